import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readCertificates, readIdentity, readPrivateKey } from "../../../host/pem-files.ts";
import type { ArrasError } from "../../../proto/errors.ts";
import { limits } from "../../../proto/limits.ts";
import { opensslPresent, TestAuthority } from "../../fakes/certificates.ts";

describe.skipIf(!opensslPresent)("certificates and keys in files", () => {
  const authority = opensslPresent ? new TestAuthority("authority") : (undefined as never);
  const setting = "--cert";
  const file = (path: string) => ({ path, setting });
  const written = (name: string, text: string) => {
    const path = authority.path(name);
    writeFileSync(path, text);
    return file(path);
  };
  const mistakesOf = (read: (mistakes: ArrasError[]) => unknown): string[] => {
    const mistakes: ArrasError[] = [];
    const value = read(mistakes);
    expect(value === undefined || mistakes.length > 0 || value !== undefined).toBe(true);
    for (const { code, place } of mistakes) expect([code, place.setting]).toEqual(["usage", setting]);
    return mistakes.map(({ message }) => message);
  };
  const nowMs = Date.now() + 60_000;

  it("a certificate and its key -> both, with the chain in the order of the file", () => {
    const { cert, key } = authority.identity("ada");
    const chain = written(
      "chain.pem",
      `${readFileSync(cert, "utf8")}text between\n${readFileSync(authority.ca, "utf8")}`,
    );
    const mistakes: ArrasError[] = [];
    const identity = readIdentity({ cert: chain, key: file(key) }, nowMs, mistakes);
    expect(mistakes).toEqual([]);
    expect(identity?.certificates.chain.map(({ subject }) => subject)).toEqual(["CN=ada", "CN=authority"]);
  });

  it("two files of two pairs, or one that is over, or not yet begun -> refused with the file's name", () => {
    const [a, b, old] = [authority.identity("a"), authority.identity("b"), authority.identity("old", { days: -1 })];
    const said = (cert: string, key: string, atMs = nowMs) =>
      mistakesOf((mistakes) => readIdentity({ cert: file(cert), key: file(key) }, atMs, mistakes)).join();
    expect(said(a.cert, b.key)).toContain(`The file ${b.key} holds no key of the certificate in ${a.cert}`);
    expect(said(old.cert, old.key)).toMatch(/was valid until/);
    expect(said(a.cert, a.key, nowMs - 7 * 24 * 3600 * 1000)).toMatch(/valid only from/);
  });

  it("no file, another file, half a file, one too large -> each is refused, and no key is repeated", () => {
    const { cert, key } = authority.identity("ada");
    const half = written("half.pem", `${readFileSync(cert, "utf8").slice(0, 200)}\n-----END CERTIFICATE-----\n`);
    const halfKey = written("half.key", readFileSync(key, "utf8").replace(/^.{20}$/m, "hush"));
    const large = written("large.pem", "a".repeat(limits.pemSizeBytesMax + 1));
    const none = file(authority.path("nowhere"));
    const certificates = [none, file(key), half, large].flatMap((given) =>
      mistakesOf((mistakes) => readCertificates(given, mistakes)),
    );
    expect(certificates.map((text) => /(ENOENT|no certificate|cannot be read|larger)/.exec(text)?.[0])).toEqual([
      "cannot be read",
      "no certificate",
      "cannot be read",
      "larger",
    ]);
    const keys = [none, file(cert), written("empty.key", "")].flatMap((given) =>
      mistakesOf((mistakes) => readPrivateKey(given, mistakes)),
    );
    expect(keys).toHaveLength(3);
    expect(mistakesOf((mistakes) => readPrivateKey(halfKey, mistakes)).join()).not.toContain("hush");
  });
});
