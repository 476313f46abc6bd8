// The certificate of a node's mergers: checked at the start, read again for each merger.
import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MergerIdentity } from "../../../node-agent/merger-identity.ts";
import { opensslPresent, TestAuthority, type TestIdentity } from "../../fakes/certificates.ts";
import { silentLog } from "../../fakes/silent-log.ts";

const authority = opensslPresent ? new TestAuthority("farm") : (undefined as never);

function identityOf({ cert, key }: TestIdentity, hostAddress = "127.0.0.1"): MergerIdentity {
  const settings = { cert: { path: cert, setting: "--tls-cert" }, key: { path: key, setting: "--tls-key" } };
  return new MergerIdentity(settings, { hostAddress, wallClockMs: Date.now, log: silentLog });
}

const pem = ({ cert, key }: TestIdentity) => ({
  certPem: readFileSync(cert, "utf8"),
  keyPem: readFileSync(key, "utf8"),
});

describe.skipIf(!opensslPresent)("a node's certificate", () => {
  it("it is for the node's address or name -> taken; for another, or with another key -> refused, with its file", () => {
    const sound = authority.identity("node", { names: "DNS:localhost,IP:127.0.0.1,IP:fd00::7" });
    expect(identityOf(sound).current()).toEqual(pem(sound));
    expect(identityOf(sound, "localhost").current()).toEqual(pem(sound));
    expect(identityOf(sound, "[fd00::7]").current()).toEqual(pem(sound));
    expect(() => identityOf(sound, "10.0.0.9")).toThrow(/--tls-cert|computations look for 10\.0\.0\.9/);
    const mixed = { cert: sound.cert, key: authority.identity("node").key };
    expect(() => identityOf(mixed)).toThrow(/holds no key of the certificate/);
  });

  it("it is renewed -> the next merger has the new one; it is gone -> the one before it", () => {
    const [first, second] = [authority.identity("node"), authority.identity("node")];
    const files = { cert: authority.path("node.pem"), key: authority.path("node.key") };
    const use = ({ cert, key }: TestIdentity) => {
      copyFileSync(cert, files.cert);
      copyFileSync(key, files.key);
    };
    use(first);
    const identity = identityOf(files);
    use(second);
    expect(identity.current()).toEqual(pem(second));
    rmSync(files.key);
    expect(identity.current()).toEqual(pem(second));
  });
});
