// Authorities and certificates for tests, made by openssl in a folder that goes with the test file.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

export const opensslPresent = spawnSync("openssl", ["version"]).status === 0;

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

export interface TestIdentity {
  /** Paths. */
  readonly cert: string;
  readonly key: string;
}

export class TestAuthority {
  /** Path of its certificate. */
  readonly ca: string;
  readonly #folder: string;
  #count = 0;

  constructor(name: string) {
    const folder = mkdtempSync(join(tmpdir(), "arras-certificates-"));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    this.#folder = folder;
    this.ca = join(folder, "ca.pem");
    const files = ["-keyout", join(folder, "ca.key"), "-out", this.ca];
    openssl("req", "-x509", ...newKey, "-days", "2", ...files, "-subj", `/CN=${name}`);
  }

  /** `names`: as subjectAltName has them. `days`: from now; -1 has expired yesterday. */
  identity(commonName: string, { names = "DNS:localhost,IP:127.0.0.1", days = 2 } = {}): TestIdentity {
    this.#count += 1;
    const path = (extension: string) => join(this.#folder, `${this.#count}.${extension}`);
    const [cert, key, request] = [path("pem"), path("key"), path("csr")];
    const subject = ["-subj", `/CN=${commonName}`, "-addext", `subjectAltName=${names}`];
    openssl("req", ...newKey, "-keyout", key, "-out", request, ...subject);
    const signing = ["-CA", this.ca, "-CAkey", join(this.#folder, "ca.key"), "-CAcreateserial"];
    openssl("x509", "-req", "-in", request, ...signing, "-copy_extensions", "copy", "-days", `${days}`, "-out", cert);
    return { cert, key };
  }

  /** One that nobody else has signed. */
  selfSigned(commonName: string): TestIdentity {
    const [cert, key] = [this.path(`${commonName}.pem`), this.path(`${commonName}.key`)];
    const subject = ["-subj", `/CN=${commonName}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    openssl("req", "-x509", ...newKey, "-days", "2", "-keyout", key, "-out", cert, ...subject);
    return { cert, key };
  }

  /** A file of its folder, whether it is there or not. */
  path(name: string): string {
    return join(this.#folder, name);
  }
}

function openssl(...args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: "pipe" });
}
