// What renderers say of themselves, and what a node offers because of it.
import { describe, expect, it } from "vitest";
import { identitiesIn, offerOf } from "../../../../node-agent/renderers/renderer-identity.ts";

const embree = { t: "here", name: "embree", version: "3.13.5", instructionSet: "embree-3.13.5-avx2" } as const;
const fake = { t: "here", name: "fake", version: "1", instructionSet: "fake" } as const;
const said = (value: unknown, exitCode = 0) => ({ t: "ended", exitCode, output: JSON.stringify(value) }) as const;

describe("identities", () => {
  it("each has said what it is -> that", () => {
    const missing = { t: "missing", name: "fake", reason: "not built" };
    expect(identitiesIn(said([embree, missing]), ["embree", "fake"])).toEqual([embree, missing]);
  });

  it.each([
    ["the process could not start", { t: "failed", reason: "ENOENT" } as const, "ENOENT"],
    ["it died of an instruction that the processor lacks", { t: "failed", reason: "SIGILL" } as const, "SIGILL"],
    ["it ended with an error", said([embree], 1), "exit code 1"],
    ["it spoke of another", said([fake]), "cannot be read"],
    ["it said something else", said({ t: "here" }), "cannot be read"],
    ["it said nothing", { t: "ended", exitCode: 0, output: "" } as const, "cannot be read"],
  ])("%s -> missing, and why", (_, outcome, reason) => {
    expect(identitiesIn(outcome, ["embree"])).toEqual([
      { t: "missing", name: "embree", reason: expect.stringContaining(reason) },
    ]);
  });
});

describe("an offer", () => {
  it("of those that are here -> names, versions, and the instruction set that bits depend on", () => {
    expect(offerOf([fake, embree, { t: "missing", name: "cycles", reason: "" }])).toEqual({
      renderers: ["fake", "embree"],
      rendererVersions: ["fake 1", "embree 3.13.5"],
      instructionSet: "avx2",
    });
    expect(offerOf([fake]).instructionSet).toBe("");
  });
});
