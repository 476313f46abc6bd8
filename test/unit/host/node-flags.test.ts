import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { computationNodeFlags, coordinatorNodeFlags, renderNodeFlags } from "../../../host/node-flags.ts";
import { packageRoot } from "../../../host/package-root.ts";

describe("flags of our processes", () => {
  it.each([
    ["arras-coordinator", coordinatorNodeFlags],
    ["arras-render", renderNodeFlags],
  ])("%s has them in its first line, which a shell and npm's links start it by", async (command, flags) => {
    const source = await readFile(join(packageRoot(), `bin/${command}.js`), "utf8");
    expect(source.split("\n")[0]).toBe(`#!/usr/bin/env -S node ${flags.join(" ")}`);
  });

  it.each([...computationNodeFlags, ...coordinatorNodeFlags, ...renderNodeFlags])(
    "%s -> this Node knows it",
    (flag) => {
      expect(execFileSync(process.execPath, [flag, "-p", "1"], { encoding: "utf8" })).toBe("1\n");
    },
  );
});
