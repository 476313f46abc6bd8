// The promise that everything rests on: the same film, whoever renders it and whatever dies meanwhile.
import { describe, expect, it } from "vitest";
import { fakeArgs, killOnly, mcrtMain, mergerMain, RunningCommand, runCommand, slowFrame } from "./run-command.ts";

const picture = ["--size", "128x96", "--spp", "32"];

async function hashOf(args: readonly string[]): Promise<string> {
  const { json, exitCode } = await runCommand(args);
  expect(json).toMatchObject({ outcome: "finished", spp: 32, samples: 128 * 96 * 32, holes: [] });
  expect(exitCode).toBe(0);
  return json.filmSha256;
}

interface Harm {
  readonly knobs?: Readonly<Record<string, unknown>>;
  readonly mcrtCount: number;
  readonly harm: (command: RunningCommand) => void;
  /** What standard error holds before the rest of the frame goes fast. */
  readonly told?: RegExp;
}

/** Renders, and lets `harm` happen when all computations run and something is rendered. */
async function harmed({ knobs = {}, mcrtCount, harm, told }: Harm) {
  const slow = slowFrame();
  const args = fakeArgs({ ...knobs, ...slow.knobs }, ...picture, "--num-mcrt", String(mcrtCount), "-l", "3");
  const command = new RunningCommand(args);
  await command.said(/ spp · /);
  await expect.poll(() => command.children(mcrtMain)).toHaveLength(mcrtCount);
  harm(command);
  if (told !== undefined) await command.said(told);
  slow.hurry();
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

  it.each([1, 2])("one of %i computations killed in the middle → started again, the same hash", async (mcrtCount) => {
    const harm = (command: RunningCommand) => killOnly(command.children(mcrtMain).slice(0, 1));
    const { json, stderr, exitCode } = await harmed({ mcrtCount, harm, told: /is started again: / });
    expect(json).toMatchObject({ outcome: "finished", filmSha256: await reference(), samples: 128 * 96 * 32 });
    expect(json.computations.reduce((sum, each) => sum + each.restarts, 0)).toBe(1);
    expect(stderr).toMatch(/is started again: .* ended with signal SIGKILL/);
    expect(exitCode).toBe(0);
  });

  it("the merger killed in the middle → the frame is rendered again, the same hash", async () => {
    const harm = (command: RunningCommand) => killOnly(command.children(mergerMain));
    const { json, stderr } = await harmed({ mcrtCount: 2, harm, told: /The merger is started again/ });
    expect(stderr).toMatch(/The merger is started again, and what its film lacks rendered again/);
    expect(json).toMatchObject({ outcome: "finished", filmSha256: await reference(), samples: 128 * 96 * 32 });
  });

  it("merger and a computation killed together → the same hash", async () => {
    const knobs = { repeatContributions: 2, delayContributionsMs: 20 };
    const harm = (command: RunningCommand) => {
      killOnly(command.children(mergerMain));
      killOnly(command.children(mcrtMain).slice(1));
    };
    const { json } = await harmed({ knobs, mcrtCount: 2, harm, told: /The merger is started again/ });
    expect(json).toMatchObject({ outcome: "finished", filmSha256: await reference() });
  });

  it("a computation stopped for good → its units go to the other, it is ended, the same hash", async () => {
    let stopped = 0;
    const harm = (command: RunningCommand) => {
      stopped = command.children(mcrtMain)[0];
      process.kill(stopped, "SIGSTOP");
    };
    const { json } = await harmed({ mcrtCount: 2, harm });
    expect(json).toMatchObject({ outcome: "finished", filmSha256: await reference() });
    expect(() => process.kill(stopped, 0)).toThrow(/ESRCH/);
  });
});
