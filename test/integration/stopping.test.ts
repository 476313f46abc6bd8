// Ctrl-C, SIGTERM, time limits, a parent that dies: what is written, and that nothing is left behind.
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isAlive } from "../../scripts/processes.ts";
import { fakeArgs, RunningCommand, runCommand, testFolder } from "./run-command.ts";

/** Two threads would need a minute for it. */
const endless = { costMsPerSample: 0.02 };
const picture = ["--size", "128x96", "--spp", "512", "--num-mcrt", "2"];

/** A frame that renders, in a temporary folder of its own. */
async function rendering(...args: readonly string[]) {
  const folder = await testFolder();
  const output = join(folder, "out.exr");
  const environment = { TMPDIR: folder };
  const command = new RunningCommand(fakeArgs(endless, ...picture, "-o", output, ...args), { environment });
  await command.said(/ spp · /);
  // The merger, and both computations.
  await expect.poll(() => command.children()).toHaveLength(3);
  return { command, folder, output };
}

function hashInHeader(path: string): string {
  return /filmSha256[^\n]*?"([0-9a-f]{64})"/.exec(execFileSync("exrheader", [path], { encoding: "utf8" }))?.[1] ?? "";
}

describe("a render that is stopped", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("%s → says so, writes what there is, exit 0", async (signal) => {
    const { command, folder, output } = await rendering();
    const children = command.children();
    command.signal(signal);
    const { json, exitCode, stderr } = await command.finished;
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/Stopping; what there is will be written/);
    expect(json).toMatchObject({ outcome: "stopped", outputs: [output] });
    expect(json.samples).toBeGreaterThan(0);
    expect(json.spp).toBeLessThan(512);
    expect(hashInHeader(output)).toBe(json.filmSha256);
    expect(children.filter(isAlive)).toEqual([]);
    expect(readdirSync(folder)).toEqual(["out.exr"]);
  });

  it("SIGINT before anything is rendered → stopped, nothing written, exit 0, nobody left", async () => {
    const folder = await testFolder();
    const output = join(folder, "out.exr");
    const args = fakeArgs({}, ...picture, "-l", "3", "-o", output);
    const command = new RunningCommand(args, { environment: { TMPDIR: folder } });
    await command.said(/Created session id/);
    const children = command.children();
    command.signal("SIGINT");
    const { json, exitCode } = await command.finished;
    expect({ exitCode, outcome: json.outcome }).toEqual({ exitCode: 0, outcome: "stopped" });
    expect(children.filter(isAlive)).toEqual([]);
    expect(readdirSync(folder)).toEqual(json.outputs.length === 0 ? [] : ["out.exr"]);
  });

  it("SIGINT twice → leaves at once, no process and no folder left", async () => {
    const { command, folder } = await rendering();
    const children = command.children();
    command.signal("SIGINT");
    await command.said(/Ctrl-C again leaves at once/);
    command.signal("SIGINT");
    const { exitCode, stdout } = await command.finished;
    // The first may have been faster.
    expect([0, 130]).toContain(exitCode);
    if (exitCode === 130) expect(stdout).toBe("");
    await expect.poll(() => children.filter(isAlive)).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.startsWith("arras-"))).toEqual([]);
  });

  it("the command is killed → its computations end by themselves", async () => {
    const { command } = await rendering();
    const children = command.children();
    command.signal("SIGKILL");
    await command.finished;
    await expect.poll(() => children.filter(isAlive)).toEqual([]);
  });

  it("--seconds → ends with what there is, as finished", async () => {
    const args = fakeArgs(endless, ...picture, "--seconds", "3", "-l", "3");
    const { json, exitCode, stderr } = await runCommand(args);
    expect(exitCode).toBe(0);
    expect(json.outcome).toBe("finished");
    expect(json.samples).toBeGreaterThan(0);
    expect(json.spp).toBeLessThan(512);
    expect(stderr).toMatch(/The time of 3 s is up/);
  });
});
