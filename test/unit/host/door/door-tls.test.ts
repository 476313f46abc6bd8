import { readFileSync, writeFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import { describe, expect, it } from "vitest";
import { readDoorTls } from "../../../../host/door/door-tls.ts";
import { ArrasErrors } from "../../../../proto/errors.ts";
import { opensslPresent, TestAuthority } from "../../../fakes/certificates.ts";

/** Certificates are made a little later, and begin then. */
const world = { nowMs: Date.now() + 60_000 };

describe.skipIf(!opensslPresent)("the door's certificate", () => {
  const authority = opensslPresent ? new TestAuthority("authority") : (undefined as never);
  const other = opensslPresent ? new TestAuthority("other") : (undefined as never);

  function read(
    { cert, key }: { cert: string; key: string },
    { ca, clientCa, host = "localhost" }: { ca?: string; clientCa?: string; host?: string } = {},
  ) {
    return readDoorTls(
      {
        cert: { path: cert, setting: "--tls-cert" },
        key: { path: key, setting: "--tls-key" },
        ca: ca === undefined ? undefined : { path: ca, setting: "--tls-ca" },
        clientCa: clientCa === undefined ? undefined : { path: clientCa, setting: "--tls-client-ca" },
      },
      { ...world, advertisedHost: host },
    );
  }

  function mistakes(attempt: () => unknown): string[] {
    try {
      attempt();
      return [];
    } catch (thrown) {
      if (!(thrown instanceof ArrasErrors)) throw thrown;
      return thrown.errors.map(({ place, message }) => `${place.setting}: ${message}`);
    }
  }

  const text = (path: string) => readFileSync(path, "utf8");

  it("its authority is named, or in its own file -> computations are given it", () => {
    const identity = authority.identity("door");
    expect(read(identity, { ca: authority.ca }).authority.trim()).toBe(text(authority.ca).trim());
    const cert = authority.path("chain.pem");
    writeFileSync(cert, text(identity.cert) + text(authority.ca));
    expect(read({ ...identity, cert }).authority.trim()).toBe(text(authority.ca).trim());
  });

  it("it has signed itself -> it is its own authority", () => {
    const lone = authority.selfSigned("lone");
    expect(read(lone).authority.trim()).toBe(text(lone.cert).trim());
  });

  it("nobody knows its authority, or another one is named -> refused", () => {
    const identity = authority.identity("door");
    const unknown = [expect.stringMatching(/^--tls-cert: .*neither in it nor known/)];
    expect(mistakes(() => read(identity))).toEqual(unknown);
    expect(mistakes(() => read(identity, { ca: other.ca }))).toEqual(unknown);
    writeFileSync(authority.path("root.pem"), rootCertificates[0] ?? "");
    expect(mistakes(() => read(identity, { ca: authority.path("root.pem") }))).toEqual(unknown);
  });

  it("it is not for where computations look -> refused, naming both; for an address too", () => {
    const identity = authority.identity("door", { names: "DNS:farm.example,IP:10.0.0.7" });
    const said = (host: string) => mistakes(() => read(identity, { ca: authority.ca, host }));
    expect([said("farm.example"), said("10.0.0.7")]).toEqual([[], []]);
    expect(said("elsewhere.example")).toEqual([expect.stringMatching(/farm\.example.*look for elsewhere\.example/)]);
    expect(said("10.0.0.8")).toHaveLength(1);
  });

  it("several mistakes -> all of them", () => {
    const { cert } = authority.identity("door", { days: -1 });
    const found = mistakes(() => read({ cert, key: "/nowhere" }, { clientCa: "/nowhere", ca: "/nowhere" }));
    expect(found.map((line) => line.split(":")[0])).toEqual(["--tls-key", "--tls-cert", "--tls-client-ca", "--tls-ca"]);
  });
});
