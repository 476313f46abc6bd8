// Films that survive: a merger killed after a checkpoint, commands that are stopped or killed and gone on with, broken
// checkpoints, a full disk. Each ends with the film of an undisturbed render.
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { storeNames } from "../../proto/subjects.ts";
import { isAlive } from "../../scripts/processes.ts";
import {
  fakeArgs,
  killOnly,
  mergerMain,
  RunningCommand,
  runCommand,
  slowFrame,
  testFolder,
  undisturbedFilm,
} from "./run-command.ts";

const frame = ["--size", "128x96", "--spp", "64", "--num-mcrt", "2", "--num-cores", "1"];
const frameSamples = 128 * 96 * 64;
const soon = ["--checkpoint-interval", "0.3"];

const undisturbedHash = () => undisturbedFilm(...frame);

/** A frame that renders and has a checkpoint of some of it; its merger, and the id to go on with. */
async function withCheckpoint(state: string, ...args: readonly string[]) {
  const { knobs, hurry } = slowFrame();
  const command = new RunningCommand(fakeArgs(knobs, ...frame, ...soon, ...args, "-l", "3"), {
    environment: { ARRAS_STATE_DIR: state },
  });
  await command.said(/"checkpoint written"/);
  const [, id = ""] = await command.said(/it goes on with: arras-render --resume (\S+)\s/);
  const [merger = 0] = command.children(mergerMain);
  return { command, id, merger, hurry };
}

/** A frame of which none can be written. */
async function withoutCheckpoint(state: string) {
  const { knobs, hurry } = slowFrame();
  const environment = { ARRAS_STATE_DIR: state };
  const command = new RunningCommand(fakeArgs(knobs, ...frame, ...soon), { environment });
  await command.said(/No checkpoint of the film could be written/);
  await command.said(/ [1-5]\d% /);
  hurry();
  return command.finished;
}

function resumed(state: string, id: string, ...args: readonly string[]) {
  return runCommand(["--resume", id, "--json", "-l", "3", ...args], { environment: { ARRAS_STATE_DIR: state } });
}

function checkpointFiles(state: string): string[] {
  const folder = join(state, storeNames.checkpoints);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /[0-9a-f]{64}$/.test(name))
    .map((name) => join(folder, name));
}

describe("a film with checkpoints", () => {
  it("kill -9 of the merger in mid-frame → the film is back, only the difference is rendered again, the same hash", async () => {
    const { command, hurry } = await withCheckpoint(await testFolder());
    await command.said(/ [1-5]\d% /);
    killOnly(command.children(mergerMain));
    await command.said(/The film begins with a checkpoint/);
    hurry();
    const { json, exitCode, stderr } = await command.finished;
    expect([exitCode, json.outcome, json.filmSha256]).toEqual([0, "finished", await undisturbedHash()]);
    expect(stderr).toMatch(/The merger is started again/);
    expect(stderr).toMatch(/The film begins with a checkpoint with \d+\.\d samples per pixel/);
    expect(json.renderedSamples).toBeLessThan(1.5 * frameSamples);
  });

  it("the frame is finished → nothing of it is left on disk", async () => {
    const state = await testFolder();
    const { command, hurry } = await withCheckpoint(state);
    hurry();
    const { exitCode, json } = await command.finished;
    expect([exitCode, json.resume]).toEqual([0, undefined]);
    expect(checkpointFiles(state)).toEqual([]);
    expect(readdirSync(join(state, "sessions"))).toEqual([]);
  });

  it("Ctrl-C, then --resume → the same film as undisturbed, its samples not rendered twice", async () => {
    const state = await testFolder();
    const { command, id, hurry } = await withCheckpoint(state);
    await command.said(/ [1-4]\d% /);
    command.signal("SIGINT");
    const stopped = await command.finished;
    hurry();
    expect([stopped.exitCode, stopped.json.outcome, stopped.json.resume]).toEqual([0, "stopped", id]);
    expect(stopped.stderr).toMatch(new RegExp(`It goes on with: arras-render --resume ${id} .*--json`));
    const output = join(await testFolder(), "out.exr");
    const again = await resumed(state, id, "-o", output);
    expect([again.exitCode, again.json.outcome, again.json.filmSha256]).toEqual([
      0,
      "finished",
      await undisturbedHash(),
    ]);
    expect((await stat(output)).size).toBeGreaterThan(0);
    // All that was in the film when it stopped was kept.
    expect(again.json.renderedSamples).toBeLessThanOrEqual(frameSamples - stopped.json.samples + frameSamples / 20);
    expect(checkpointFiles(state)).toEqual([]);
  });

  it("kill -9 of the command and so of everything, then --resume twice over → the same film", async () => {
    const state = await testFolder();
    const { command, id, merger, hurry } = await withCheckpoint(state);
    command.signal("SIGKILL");
    await command.finished;
    const second = new RunningCommand(["--resume", id, "--json", "-l", "3"], {
      environment: { ARRAS_STATE_DIR: state },
    });
    await second.said(/The film begins with a checkpoint/);
    await second.said(/"checkpoint written"/);
    const [, secondId = ""] = await second.said(/Created session id (\S+)\n/);
    second.signal("SIGKILL");
    await second.finished;
    hurry();
    // It is another session now, and the error names it.
    const lost = await resumed(state, id);
    expect([lost.exitCode, lost.json.error?.code]).toEqual([1, "session-missing"]);
    expect(lost.json.error?.action).toContain(secondId);
    const third = await resumed(state, secondId);
    expect([third.exitCode, third.json.filmSha256]).toEqual([0, await undisturbedHash()]);
    expect(isAlive(merger)).toBe(false);
  });

  it("--resume with more samples → the film of a render with that many", async () => {
    const state = await testFolder();
    const { command, id, hurry } = await withCheckpoint(state);
    command.signal("SIGINT");
    await command.finished;
    hurry();
    const again = await resumed(state, id, "--spp", "80");
    const more = frame.map((word) => (word === "64" ? "80" : word));
    expect([again.exitCode, again.json.spp, again.json.filmSha256]).toEqual([0, 80, await undisturbedFilm(...more)]);
  });

  it("adaptive, killed and gone on with → the film of an undisturbed adaptive render", async () => {
    const adaptive = ["--target-error", "0.06", "--min-spp", "4"];
    const state = await testFolder();
    const { command, id, hurry } = await withCheckpoint(state, ...adaptive);
    command.signal("SIGKILL");
    await command.finished;
    hurry();
    const again = await resumed(state, id);
    expect([again.exitCode, again.json.filmSha256]).toEqual([0, await undisturbedFilm(...frame, ...adaptive)]);
    expect(again.json.spp).toBeLessThan(64);
  });

  it("SIGHUP → a checkpoint at once, and rendering goes on", async () => {
    const state = await testFolder();
    const { knobs, hurry } = slowFrame();
    const command = new RunningCommand(fakeArgs(knobs, ...frame), { environment: { ARRAS_STATE_DIR: state } });
    await command.said(/ spp · /);
    expect(() => checkpointFiles(state)).toThrow();
    command.signal("SIGHUP");
    await command.said(/The film is written down with \d+\.\d spp .*--resume/);
    expect(checkpointFiles(state)).toHaveLength(1);
    hurry();
    const { exitCode, json } = await command.finished;
    expect([exitCode, json.filmSha256]).toEqual([0, await undisturbedHash()]);
  });

  it("the newest checkpoint is broken → the one before, and told; both → from the start, and told; the same film", async () => {
    const state = await testFolder();
    const { command, merger, hurry } = await withCheckpoint(state);
    await command.said(/(?:"checkpoint written"[\s\S]*){3}/);
    // Lest it writes another one meanwhile.
    process.kill(merger, "SIGSTOP");
    for (const path of checkpointFiles(state)) appendFileSync(path, "x");
    process.kill(merger, "SIGKILL");
    await command.said(/No checkpoint is left/);
    hurry();
    const { exitCode, json, stderr } = await command.finished;
    expect([exitCode, json.filmSha256]).toEqual([0, await undisturbedHash()]);
    expect(stderr.match(/A checkpoint of the film cannot be used: /g)).toHaveLength(2);
    expect(stderr).toMatch(/No checkpoint is left: the frame is rendered again from the start/);
  });

  it("there is no place to write → told once, the frame is finished, exit code 0", async () => {
    const folder = await testFolder();
    const state = join(folder, "file");
    writeFileSync(state, "not a folder");
    const { exitCode, json, stderr } = await withoutCheckpoint(state);
    expect([exitCode, json.outcome, json.filmSha256]).toEqual([0, "finished", await undisturbedHash()]);
    expect(stderr.match(/No checkpoint of the film could be written; rendering goes on/g)).toHaveLength(1);
  });

  it("no checkpoints are wanted → none, also when it is stopped", async () => {
    const state = await testFolder();
    const command = new RunningCommand(fakeArgs(slowFrame().knobs, ...frame, "--no-checkpoints"), {
      environment: { ARRAS_STATE_DIR: state },
    });
    await command.said(/ [1-5]\d% /);
    command.signal("SIGINT");
    const { exitCode, json } = await command.finished;
    expect([exitCode, json.outcome, json.resume, readdirSync(state)]).toEqual([0, "stopped", undefined, []]);
  });
});

/** A file system of one megabyte, where this user may mount one. */
function smallDisk(folder: string): string | undefined {
  mkdirSync(folder, { recursive: true });
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]).status === 0;
  if (!mounted) {
    process.stdout.write("a small disk cannot be mounted here: what a full one does is left out\n");
    return undefined;
  }
  onTestFinished(() => void spawnSync("umount", ["-l", folder]));
  return folder;
}

describe("a full disk", () => {
  it("checkpoints do not fit → told once, the frame is finished, exit code 0", async ({ skip }) => {
    const state = smallDisk(join(await testFolder(), "small"));
    if (state === undefined) return skip();
    const { exitCode, json, stderr } = await withoutCheckpoint(state);
    expect([exitCode, json.outcome, json.filmSha256]).toEqual([0, "finished", await undisturbedHash()]);
    expect(stderr.match(/No checkpoint of the film could be written; rendering goes on.*ENOSPC/g)).toHaveLength(1);
    expect(readdirSync(join(state, storeNames.checkpoints)).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});
