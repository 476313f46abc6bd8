// What the command says, and where: the result on standard output, all else on standard error.
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { optionTable } from "../../cli/option-table.ts";
import { fakeArgs, RunningCommand, runCommand, testFolder } from "./run-command.ts";

const picture = ["--size", "64x48", "--spp", "16", "--num-mcrt", "2"];
/** Enough time for several lines of progress, and for reports of what is rendered. */
const slow = { costMsPerSample: 0.04 };

function hasProgram(...command: readonly [string, ...string[]]): boolean {
  try {
    execFileSync(command[0], command.slice(1), { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("--json", () => {
  it("one object on the one line of standard output, with every field", async () => {
    const output = join(await testFolder(), "x.exr");
    const { stdout, stderr, json, exitCode } = await runCommand(fakeArgs(slow, ...picture, "-o", output));
    expect(exitCode).toBe(0);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(json).toEqual({
      outcome: "finished",
      filmSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      spp: 16,
      samples: 64 * 48 * 16,
      renderedSamples: expect.any(Number),
      clampedSamples: 0,
      nonFiniteSamples: 0,
      seconds: {
        session: expect.any(Number),
        scene: expect.any(Number),
        firstPicture: expect.any(Number),
        render: expect.any(Number),
        write: expect.any(Number),
      },
      computations: ["mcrt_i0", "mcrt_i1"].map((name) => ({
        name,
        node: "local",
        samples: expect.any(Number),
        restarts: 0,
        peakMemoryMB: expect.any(Number),
      })),
      outputs: [output],
      holes: [],
    });
    expect(json.computations.reduce((sum, each) => sum + each.samples, 0)).toBe(json.samples);
    // The frame is finished by what is merged; of units that are on their way to the end a computation may not have said
    // that it rendered them. Of the first ones it has.
    expect(json.renderedSamples).toBeGreaterThan(0);
    expect(json.renderedSamples).toBeLessThanOrEqual(1.02 * json.samples);
    for (const value of Object.values(json.seconds)) expect(value).toBeGreaterThan(0);
    for (const each of json.computations) expect(each.peakMemoryMB).toBeGreaterThan(20);
    expect(stderr).toContain(`film ${json.filmSha256}`);
    expect(stderr).toContain(`wrote ${output}`);
  });

  it("without it → nothing on standard output", async () => {
    const output = join(await testFolder(), "x.png");
    const { stdout, exitCode } = await runCommand(["--renderer", "fake", ...picture, "-o", output]);
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 0 });
    expect((await readFile(output)).length).toBeGreaterThan(0);
  });
});

describe("--benchmark", () => {
  it("a frame -> rendered twice; a table, and the times in the object, each milestone after the one before", async () => {
    const { exitCode, stderr, json } = await runCommand(fakeArgs({}, ...picture, "--benchmark"));
    expect([exitCode, json.outcome]).toEqual([0, "finished"]);
    for (const times of [json.benchmark?.first, json.benchmark?.second]) {
      const { created, started, firstPicture, percent1, percent10, percent100 } = times ?? {};
      const order = [created, started, firstPicture, percent10, percent100].map(Number);
      expect(order).toEqual([...order].sort((a, b) => a - b));
      expect(created).toBeGreaterThan(0);
      expect(Number(percent1)).toBeLessThanOrEqual(Number(percent10));
    }
    expect(stderr).toMatch(/^benchmark +first +second$/m);
    expect(stderr).toMatch(/^100 % +\d+\.\d{3} s +\d+\.\d{3} s$/m);
  });

  it("it is stopped -> no second one", async () => {
    const command = new RunningCommand(fakeArgs(slow, "--size", "640x480", "--spp", "512", "--benchmark"));
    await command.said(/ spp · /);
    command.signal("SIGINT");
    const { json } = await command.finished;
    expect(json.benchmark).toMatchObject({ first: { percent100: null }, second: null });
  });
});

describe("progress", () => {
  it("no terminal → a plain line at most every tenth, no control characters", async () => {
    const { stderr } = await runCommand(fakeArgs(slow, ...picture));
    const lines = stderr.split("\n").filter((line) => / spp · /.test(line));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThanOrEqual(11);
    for (const line of lines) expect(line).toMatch(/^[\d.]+\/16 spp · \d+% · .*samples\/s · \d computations?/);
    const percentages = lines.map((line) => Number(/(\d+)%/.exec(line)?.[1]));
    expect(percentages).toEqual([...percentages].sort((a, b) => a - b));
    expect(percentages.at(-1)).toBe(100);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
    expect(stderr).not.toMatch(/[\r\u001b]/);
  });

  it("--quiet → nothing but what is wrong", async () => {
    const { stderr, exitCode } = await runCommand(fakeArgs({}, ...picture, "--quiet"));
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  });

  it.skipIf(!hasProgram("script", "--version"))("a terminal → one line, written over in its place", async () => {
    const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
    // Seconds: all of it is not told at once, however late the process comes to tell.
    const { stdout, exitCode } = await runCommand(fakeArgs({ costMsPerSample: 0.1 }, ...picture), {
      spawnAs: (command) => ["script", "-qec", command.map(quote).join(" "), "/dev/null"],
    });
    expect(exitCode).toBe(0);
    // Back to the line's begin, and erase it (ECMA-48 EL).
    const shown = stdout.split("\r\u001b[2K").filter((text) => /^[\d.]+\/16 spp · /.test(text));
    expect(shown.length).toBeGreaterThan(1);
    // Of all of them only the last ends in a new line.
    expect(stdout.match(/ spp · [^\r\n]*\r?\n/g) ?? []).toHaveLength(1);
  });
});

describe("words about itself", () => {
  it("--help → groups, every option, defaults, exit codes, three examples", async () => {
    const { stdout, stderr, exitCode } = await runCommand(["--help"]);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    for (const name of Object.keys(optionTable)) expect(stdout).toContain(`--${name}`);
    for (const group of ["Scene:", "Camera:", "Picture:", "Quality:", "Session:", "Output:", "Reports:"]) {
      expect(stdout).toContain(`\n${group}\n`);
    }
    expect(stdout).toMatch(/--spp N .*\[64\]/);
    expect(stdout).toMatch(/Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}3 /);
    expect(stdout.match(/^ {2}arras-render .*$/gm)).toHaveLength(3);
  });

  it("--version → name and version", async () => {
    const { stdout, exitCode } = await runCommand(["--version"]);
    expect(stdout).toMatch(/^arras-render \d+\.\d+\.\d+\n$/);
    expect(exitCode).toBe(0);
  });

  it("-l 3 → the session's name and what the definition's fields mean here", async () => {
    const { stderr } = await runCommand(fakeArgs({}, ...picture, "-l", "3"));
    expect(stderr).toMatch(/^Created session id [0-9a-f-]{36}$/m);
  });
});
