// The promise that everything rests on: the same film, whoever renders it and whatever dies meanwhile.
import { describe, expect, it } from "vitest";
import { fakeArgs, mcrtMain, mergerMain, RunningCommand, runCommand } from "./run-command.ts";

const picture = ["--size", "128x96", "--spp", "32"];
/** 128 × 96 × 32 samples at this price take two threads about two seconds: time to be killed in. */
const slow = { costMsPerSample: 0.01 };

async function hashOf(args: readonly string[]): Promise<string> {
  const { json, exitCode } = await runCommand(args);
  expect(json).toMatchObject({ outcome: "finished", spp: 32, samples: 128 * 96 * 32, holes: [] });
  expect(exitCode).toBe(0);
  return json.filmSha256;
}

/** Renders, and at the first progress lets `harm` happen. */
async function harmed(args: readonly string[], harm: (command: RunningCommand) => void) {
  const command = new RunningCommand([...args, "-l", "3"]);
  await command.said(/ spp · /);
  harm(command);
  return command.finished;
}

let undisturbed: Promise<string> | undefined;

/** Of the picture rendered by one computation that nothing happens to. */
function reference(): Promise<string> {
  undisturbed ??= hashOf(fakeArgs({}, ...picture));
  return undisturbed;
}

describe("one film", () => {
  it.each([
    ["two computations", {}, ["--num-mcrt", "2"]],
    ["three computations", {}, ["--num-mcrt", "3"]],
    ["tiles of 32 pixels", {}, ["--num-mcrt", "2", "--tile-size", "32"]],
    ["tiles of 100 pixels, which do not divide the frame", {}, ["--tile-size", "100"]],
    ["contributions delayed and repeated", { repeatContributions: 3, delayContributionsMs: 50 }, ["--num-mcrt", "3"]],
    ["a range of computations on a busy node", { costMsPerSample: 0.002 }, ["--num-mcrt", "1-3"]],
  ])("%s → the same hash", async (_, knobs, args) => {
    expect(await hashOf(fakeArgs(knobs, ...picture, ...args))).toBe(await reference());
  });

  it.each([1, 2])("one of %i computations killed in the middle → started again, the same hash", async (count) => {
    const args = fakeArgs(slow, ...picture, "--num-mcrt", String(count));
    const { json, stderr, exitCode } = await harmed(args, (command) => {
      process.kill(command.children(mcrtMain)[0], "SIGKILL");
    });
    expect(json).toMatchObject({ outcome: "finished", filmSha256: await reference(), samples: 128 * 96 * 32 });
    expect(json.computations.reduce((sum, each) => sum + each.restarts, 0)).toBe(1);
    expect(stderr).toMatch(/is started again: .* ended with signal SIGKILL/);
    expect(exitCode).toBe(0);
  });

  it("the merger killed in the middle → the frame is rendered again, the same hash", async () => {
    const args = fakeArgs(slow, ...picture, "--num-mcrt", "2");
    const { json, stderr } = await harmed(args, (command) => {
      process.kill(command.children(mergerMain)[0], "SIGKILL");
    });
    expect(stderr).toMatch(/The merger is started again, and what its film lacks rendered again/);
    expect(json).toMatchObject({ outcome: "finished", filmSha256: await reference(), samples: 128 * 96 * 32 });
  });

  it("merger and a computation killed together → the same hash", async () => {
    const args = fakeArgs({ ...slow, repeatContributions: 2, delayContributionsMs: 20 }, ...picture, "--num-mcrt", "2");
    const { json } = await harmed(args, (command) => {
      for (const pid of [command.children(mergerMain)[0], command.children(mcrtMain)[1]]) process.kill(pid, "SIGKILL");
    });
    expect(json).toMatchObject({ outcome: "finished", filmSha256: await reference() });
  });

  it("a computation stopped for good → its units go to the other, it is ended, the same hash", async () => {
    let stopped = 0;
    const args = fakeArgs(slow, ...picture, "--num-mcrt", "2");
    const command = await harmed(args, (running) => {
      stopped = running.children(mcrtMain)[0];
      process.kill(stopped, "SIGSTOP");
    });
    expect(command.json).toMatchObject({ outcome: "finished", filmSha256: await reference() });
    expect(() => process.kill(stopped, 0)).toThrow(/ESRCH/);
  });
});
