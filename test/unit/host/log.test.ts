// Log levels as Arras counts them.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createLog, rehearsedLog } from "../../../host/log.ts";
import { packageRoot } from "../../../host/package-root.ts";

it("-l 0 to 5 -> fatal to trace; anything else -> warnings", () => {
  expect([0, 1, 2, 3, 4, 5, 9].map((level) => createLog("test", level).level)).toEqual([
    "fatal",
    "error",
    "warn",
    "info",
    "debug",
    "trace",
    "warn",
  ]);
});

it("a rehearsed log -> it takes what a log of information takes, and nobody reads it", () => {
  expect(rehearsedLog().level).toBe(createLog("test", 3).level);
  const log = JSON.stringify(join(packageRoot(), "dist/host/log.js"));
  const program = `const { rehearsedLog } = await import(${log}); rehearsedLog().info("aside"); process.stdout.write("done");`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  expect({ stdout, stderr }).toEqual({ stdout: "done", stderr: "" });
});
