// Files of a door that change while it is open.
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { DoorFileWatch } from "../../../../host/door/door-file-watch.ts";
import { type DoorFiles, readDoorFiles } from "../../../../host/door/door-files.ts";
import { limits } from "../../../../proto/limits.ts";
import { opensslPresent, TestAuthority } from "../../../fakes/certificates.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

const folder = mkdtempSync(join(tmpdir(), "arras-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const file = (name: string) => ({ path: join(folder, name), setting: `--${name}` });
const line = (user: string) => `${user} sha256:${createHash("sha256").update(user).digest("hex")} watch\n`;

function watching(settings: { readonly tls?: boolean } = {}) {
  const tls = { cert: file("cert"), key: file("key"), ca: file("ca"), clientCa: undefined };
  const wanted = {
    tls: settings.tls === true ? tls : undefined,
    tokens: file("tokens"),
    advertise: { host: "localhost", port: 0 },
  };
  const clock = new FakeClock();
  const renewed: DoorFiles[] = [];
  const watch = new DoorFileWatch(wanted, readDoorFiles(wanted, Date.now()), {
    clock,
    wallClockMs: Date.now,
    log: silentLog,
    renewed: (files) => void renewed.push(files),
  });
  ends.push(() => watch.end());
  const users = () => renewed.map(({ tokens }) => tokens?.map(({ user }) => user).join(" "));
  return { clock, watch, renewed, users };
}

describe("files of an open door", () => {
  it("nothing changes -> nothing is read; the list of tokens changes -> the new one, once", () => {
    writeFileSync(file("tokens").path, line("ada"));
    const { clock, users } = watching();
    clock.advance(3 * limits.doorFilesLookIntervalMs);
    expect(users()).toEqual([]);
    writeFileSync(file("tokens").path, line("ada") + line("bob"));
    clock.advance(3 * limits.doorFilesLookIntervalMs);
    expect(users()).toEqual(["ada bob"]);
  });

  it("it has a mistake, or is gone -> stays as it was, until it can be read again", () => {
    writeFileSync(file("tokens").path, line("ada"));
    const { clock, users } = watching();
    writeFileSync(file("tokens").path, "ada plain-text watch\n");
    clock.advance(limits.doorFilesLookIntervalMs);
    rmSync(file("tokens").path);
    clock.advance(limits.doorFilesLookIntervalMs);
    expect(users()).toEqual([]);
    writeFileSync(file("tokens").path, line("cyd"));
    clock.advance(limits.doorFilesLookIntervalMs);
    expect(users()).toEqual(["cyd"]);
  });

  it("asked to -> read at once; ended -> never again", () => {
    writeFileSync(file("tokens").path, line("ada"));
    const { clock, watch, users } = watching();
    watch.readAgain();
    expect(users()).toEqual(["ada"]);
    watch.end();
    writeFileSync(file("tokens").path, line("ada") + line("bob"));
    clock.advance(3 * limits.doorFilesLookIntervalMs);
    expect(users()).toEqual(["ada"]);
  });

  it.skipIf(!opensslPresent)(
    "a new certificate, file by file -> as soon as both fit; another authority's -> not",
    () => {
      const authority = new TestAuthority("authority");
      const use = (identity: { readonly cert: string; readonly key: string }, ca: string) => ({
        cert: () => copyFileSync(identity.cert, file("cert").path),
        key: () => copyFileSync(identity.key, file("key").path),
        ca: () => copyFileSync(ca, file("ca").path),
      });
      writeFileSync(file("tokens").path, line("ada"));
      for (const write of Object.values(use(authority.identity("door"), authority.ca))) write();
      const { clock, renewed } = watching({ tls: true });
      const next = use(authority.identity("door"), authority.ca);
      next.cert();
      clock.advance(limits.doorFilesLookIntervalMs);
      expect(renewed).toHaveLength(0);
      next.key();
      clock.advance(limits.doorFilesLookIntervalMs);
      expect(renewed).toHaveLength(1);
      const other = new TestAuthority("other");
      for (const write of Object.values(use(other.identity("door"), other.ca))) write();
      clock.advance(limits.doorFilesLookIntervalMs);
      expect(renewed).toHaveLength(1);
    },
  );
});
