import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Secret } from "../../../host/nats/secret.ts";
import { readAccess } from "../../../host/read-access.ts";
import { ArrasErrors } from "../../../proto/errors.ts";

const folder = mkdtempSync(join(tmpdir(), "arras-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const token = "0123456789abcdef0123456789abcdef";
const tokenFile = (text: string) => {
  const path = join(folder, "token");
  writeFileSync(path, text);
  return { t: "file", path, setting: "--token-file" } as const;
};

describe("what a client has with it", () => {
  it("nothing -> nothing", () => {
    expect(readAccess({ tls: undefined, token: undefined }, 0)).toEqual({ tls: undefined, token: undefined });
  });

  it("a token in a file or a variable -> its text, which is not shown", () => {
    const given = { t: "given", secret: new Secret(token), setting: "ARRAS_TOKEN" } as const;
    for (const source of [tokenFile(`${token}\n`), given]) {
      const access = readAccess({ tls: {}, token: source }, 0);
      expect(access.token?.reveal()).toBe(token);
      expect(access.tls).toEqual({ ca: undefined, identity: undefined });
      expect(JSON.stringify(access)).not.toContain(token);
    }
  });

  it("files that are not there, a token that is none -> all mistakes at once", () => {
    const missing = (setting: string) => ({ path: join(folder, "nowhere"), setting });
    const tls = { ca: missing("--ca"), identity: { cert: missing("--cert"), key: missing("--key") } };
    for (const source of [tokenFile("short"), { t: "file", ...missing("--token-file") } as const]) {
      const attempt = () => readAccess({ tls, token: source }, 0);
      expect(attempt).toThrow(ArrasErrors);
      expect(attempt).toThrow(/--ca[\s\S]*--cert[\s\S]*--key[\s\S]*--token-file/);
      expect(attempt).not.toThrow(/short/);
    }
  });
});
