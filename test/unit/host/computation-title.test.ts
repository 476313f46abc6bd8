import { expect, it } from "vitest";
import { computationTitle } from "../../../host/computation-title.ts";

it("what a computation is called in ps: its kind and program first, as the end may be cut", () => {
  expect(computationTitle("mcrt", "node-agent/mcrt/main.js", { computation: "mcrt_i0", sessionId: "s1" })).toBe(
    "arras-mcrt node-agent/mcrt/main.js mcrt_i0 s1",
  );
});
