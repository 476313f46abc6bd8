import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, describe, expect, it } from "vitest";
import { hashedToken, readDoorFiles } from "../../../../host/door/door-files.ts";
import { findToken } from "../../../../host/door/token-list.ts";

const folder = mkdtempSync(join(tmpdir(), "arras-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const token = "0123456789abcdef0123456789abcdef";
const hash = createHash("sha256").update(token).digest("hex");
const advertise = { host: "localhost", port: 0 };
const file = (name: string, setting: string) => ({ path: join(folder, name), setting });

describe("files of a door", () => {
  it("none is named -> neither TLS nor tokens", () => {
    expect(readDoorFiles({ tls: undefined, tokens: undefined, advertise }, 0)).toEqual({});
  });

  it("a list of tokens, as --hash-token makes its lines -> the token finds its user", async () => {
    const hashed = (await hashedToken(Readable.from([token.slice(0, 9), `${token.slice(9)}\nmore`]))).trim();
    expect(hashed).toBe(`sha256:${hash}`);
    writeFileSync(join(folder, "tokens"), `ada ${hashed} watch\n`);
    const { tokens = [] } = readDoorFiles({ tls: undefined, tokens: file("tokens", "--tokens"), advertise }, 0);
    expect(findToken(tokens, token)?.user).toBe("ada");
  });

  it("files that are not there -> every mistake at once", () => {
    const tls = {
      cert: file("x", "--tls-cert"),
      key: file("x", "--tls-key"),
      ca: undefined,
      clientCa: file("x", "--tls-client-ca"),
    };
    expect(() => readDoorFiles({ tls, tokens: file("x", "--tokens"), advertise }, 0)).toThrow(
      /--tls-cert[\s\S]*--tls-key[\s\S]*--tls-client-ca[\s\S]*--tokens/,
    );
  });

  it("a token that is none, or endless -> refused without being repeated", async () => {
    const endless = function* () {
      for (;;) yield "secret".repeat(100);
    };
    for (const stream of [Readable.from(["secret\n"]), Readable.from([]), Readable.from(endless())]) {
      const failure = await hashedToken(stream).catch((thrown: unknown) => thrown);
      expect(failure).toMatchObject({ code: "usage", place: { setting: "standard input" } });
      expect(String(failure)).not.toContain("secret");
    }
  });
});
