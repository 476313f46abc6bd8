import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { environmentNameMistake } from "../../../proto/environment-names.ts";

describe("a session sets an environment variable", () => {
  it.each(["OCIO", "RDL2_DSO_PATH", "_private", "a1"])("%s, which is the session's business -> may be set", (name) => {
    expect(environmentNameMistake(name)).toBeUndefined();
  });

  it.each([
    "PATH",
    "HOME",
    "LD_PRELOAD",
    "NODE_OPTIONS",
    "UV_THREADPOOL_SIZE",
    "ARRAS_TOKEN",
    "NATS_URL",
    "OPENSSL_CONF",
    "GCONV_PATH",
    "BASH_ENV",
  ])("%s, which changes what the node runs or trusts -> refused", (name) => {
    expect(environmentNameMistake(name)).toContain("belongs to the node");
  });

  it.each(["", "A B", "1A", "A=B", "A\0", "Ä", "A\n"])("%j, which no shell could set -> refused", (name) => {
    expect(environmentNameMistake(name)).toContain("no name");
  });

  it("any name that begins as the loader's or Node's do -> refused", () => {
    const family = fc.constantFrom("LD_", "DYLD_", "NODE_", "ARRAS_", "UV_", "NATS_", "GLIBC_", "MALLOC_", "SSL_");
    const rest = fc.stringMatching(/^[A-Z0-9_]{0,20}$/);
    fc.assert(
      fc.property(family, rest, (begin, end) => environmentNameMistake(begin + end) !== undefined),
      { numRuns: 500 },
    );
  });
});
