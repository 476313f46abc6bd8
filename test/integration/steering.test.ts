// Sessions of real farms that are paused, resumed, given more samples and a region that comes first, through gRPC and the
// live socket, at the owner's door and at another one: the film is that of a session that nobody touched.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it, onTestFinished } from "vitest";
import { GrpcClient } from "../../host/grpc-client.ts";
import { PixelRectSchema } from "../../proto/gen/arras/v1/common_pb.ts";
import {
  LookService,
  PauseSessionRequestSchema,
  RaiseBudgetRequestSchema,
  type RestartSessionReply,
  RestartSessionRequestSchema,
  ResumeSessionRequestSchema,
  SetRegionRequestSchema,
} from "../../proto/gen/arras/v1/look_pb.ts";
import { type SessionEvent, SessionState } from "../../proto/gen/arras/v1/session_pb.ts";
import { ViewerCommand } from "../../proto/gen/arras/v1/viewer_pb.ts";
import { doorsOf, startFarm, startNode } from "./farm-parts.ts";
import type { LiveClient } from "./live-client.ts";
import { look, onlySessionId } from "./looking.ts";
import { natsServerPresent } from "./nats-server.ts";
import { beginSlowFrame, fakeArgs, RunningCommand, slowFrame, undisturbedFilm } from "./run-command.ts";

const present = natsServerPresent();

/** Coordinators that know a node of two cores, and a frame in the middle at the first of them. */
async function startFrame(
  { size = "128x96", spp = "64", costMsPerSample = 0.1, args = [] as readonly string[] },
  coordinatorCount = 1,
) {
  const { coordinators } = await startFarm({ coordinatorCount, nodeCount: 1 });
  const doors = coordinators.map(({ door }) => door);
  const frame = ["--size", size, "--spp", spp, "--num-mcrt", "2", "--num-cores", "1", ...args];
  const { command, hurry } = await beginSlowFrame([...frame, ...doorsOf(...coordinators)], costMsPerSample);
  return { coordinators, doors, command, hurry, sessionId: await onlySessionId(doors[0]) };
}

function programAt(door: string): GrpcClient {
  const client = new GrpcClient({ address: door, service: LookService, peer: "the door" });
  onTestFinished(() => client.close());
  return client;
}

const isFinishedWith = (budgetSpp: number) => (event: LiveClient["events"][number]) =>
  event.case === "session" &&
  event.value.state === SessionState.FINISHED &&
  event.value.progress?.budgetSpp === budgetSpp;

function sessionEvents(page: LiveClient): SessionEvent[] {
  return page.events.flatMap((event) => (event.case === "session" ? [event.value] : []));
}

/** Resolves when so many events in a row tell of the same samples, in a paused session. */
async function standsStill(page: LiveClient, eventCount: number): Promise<void> {
  await page.saw(() => {
    const last = sessionEvents(page).slice(-eventCount);
    const samples = new Set(last.map(({ progress }) => progress?.sppMean));
    return last.length === eventCount && samples.size === 1 && last.every(({ state }) => state === SessionState.PAUSED);
  });
}

function hashOf(spp: string, size = "128x96", ...args: readonly string[]): Promise<string> {
  return undisturbedFilm("--size", size, "--spp", spp, "--num-mcrt", "2", "--num-cores", "1", ...args);
}

describe.skipIf(!present)("steering a farm's session", () => {
  it("paused by a program, resumed by a page -> nothing is rendered between, then the film of an undisturbed frame", async () => {
    const { doors, command, hurry, sessionId } = await startFrame({});
    const program = programAt(doors[0]);
    const page = look(doors[0], sessionId);
    await program.unary("pauseSession", create(PauseSessionRequestSchema, { sessionId }), 60_000);
    // If anything were granted now, it would be rendered at once. What was out is merged; then two seconds of events.
    hurry();
    await standsStill(page, 10);
    const { fraction = 1 } = sessionEvents(page).at(-1)?.progress ?? {};
    expect(fraction).toBeLessThan(1);
    page.send({ case: "command", value: ViewerCommand.RESUME });
    const { json, exitCode } = await command.finished;
    expect([exitCode, json.outcome, json.filmSha256]).toEqual([0, "finished", await hashOf("64")]);
  });

  it("a limit of time, and a pause longer than it -> the time goes on after the pause", async () => {
    const { nats, coordinators } = await startFarm({ nodeCount: 0 });
    const [{ door }] = coordinators;
    const size = ["--size", "128x96", "--tile-size", "16", "--spp", "4096"];
    const frame = [...size, "--num-mcrt", "2", "--num-cores", "1", "--seconds", "6"];
    const command = new RunningCommand(fakeArgs(slowFrame().knobs, ...frame, ...doorsOf(...coordinators)));
    await command.said(/queued 1 of 1/);
    // Both are there before it renders, and its time begins.
    const sessionId = await onlySessionId(door);
    const [program, page] = [programAt(door), look(door, sessionId)];
    await page.saw((event) => event.case === "session");
    await expect(
      program.unary("pauseSession", create(PauseSessionRequestSchema, { sessionId }), 60_000),
    ).rejects.toThrow(/does not render yet/);
    startNode(nats);
    await page.saw((event) => event.case === "session" && event.value.state === SessionState.RENDERING);
    await program.unary("pauseSession", create(PauseSessionRequestSchema, { sessionId }), 60_000);
    // Five a second: longer than its limit.
    await standsStill(page, 33);
    const { sppMean = 0 } = sessionEvents(page).at(-1)?.progress ?? {};
    await program.unary("resumeSession", create(ResumeSessionRequestSchema, { sessionId }), 60_000);
    const { json, exitCode } = await command.finished;
    expect([exitCode, json.outcome]).toEqual([0, "finished"]);
    expect(json.samples / (128 * 96)).toBeGreaterThan(sppMean);
  });

  it("paused at another's door, then the owner is killed -> it stays paused with its samples; resumed, the same film", async () => {
    const { coordinators, doors, command, hurry, sessionId } = await startFrame({}, 2);
    const program = programAt(doors[1]);
    const [owner, other] = coordinators;
    await program.unary("pauseSession", create(PauseSessionRequestSchema, { sessionId }), 60_000);
    await standsStill(look(doors[1], sessionId), 5);
    hurry();
    owner?.process.signal("SIGKILL");
    await other?.process.said(/taking a session over/);
    const page = look(doors[1], sessionId);
    await standsStill(page, 10);
    expect(sessionEvents(page).every(({ state }) => state === SessionState.PAUSED)).toBe(true);
    const { sppMean = 0, fraction = 1 } = sessionEvents(page).at(-1)?.progress ?? {};
    expect([sppMean > 0, fraction < 1]).toEqual([true, true]);
    await program.unary("resumeSession", create(ResumeSessionRequestSchema, { sessionId }), 60_000);
    const { json, exitCode } = await command.finished;
    expect([exitCode, json.filmSha256]).toEqual([0, await hashOf("64")]);
  });

  it("8 samples, raised to 16 in the middle, and the owner killed then -> the film of 16, and who looks is told", async () => {
    const wish = { size: "192x128", spp: "8", costMsPerSample: 0.6 };
    const { coordinators, doors, command, hurry, sessionId } = await startFrame(wish, 2);
    const program = programAt(doors[1]);
    const raise = (spp: number) =>
      program.unary("raiseBudget", create(RaiseBudgetRequestSchema, { sessionId, spp }), 60_000);
    await raise(16);
    await expect(raise(8)).rejects.toMatchObject({ code: "usage" });
    await expect(raise(1_000_000)).rejects.toMatchObject({ code: "limit-exceeded" });
    coordinators[0]?.process.signal("SIGKILL");
    await coordinators[1]?.process.said(/taking a session over/);
    const page = look(doors[1], sessionId);
    await page.saw((event) => event.case === "film" && event.value.budgetSpp === 16);
    hurry();
    const { json, exitCode } = await command.finished;
    expect([exitCode, json.filmSha256]).toEqual([0, await hashOf("16", "192x128")]);
    await expect(raise(32)).rejects.toMatchObject({ code: expect.stringMatching(/session-(state|missing)/) });
  });

  it("a region -> its tile is far ahead of the others; the film is the same", async () => {
    const args = ["--tile-size", "32"];
    const wish = { size: "192x128", spp: "32", costMsPerSample: 0.4, args };
    const { doors, command, hurry, sessionId } = await startFrame(wish);
    const page = look(doors[0], sessionId);
    await page.wish({ outputs: ["samples"] });
    page.send({ case: "region", value: { rect: { x0: 70, y0: 70, x1: 80, y1: 80 } } });
    const sppOf = (x0: number, y0: number) => page.tile("samples", x0, y0)?.sppMean ?? 0;
    const others = [0, 32, 64, 96, 128, 160]
      .flatMap((x0) => [0, 32, 64, 96].map((y0) => [x0, y0] as const))
      .filter(([x, y]) => x !== 64 || y !== 64);
    await page.saw(() => sppOf(64, 64) >= 16 && sppOf(64, 64) >= 4 * Math.max(...others.map(([x, y]) => sppOf(x, y))));
    page.send({ case: "region", value: { rect: { x0: 190, y0: 0, x1: 193, y1: 5 } } });
    await page.saw((event) => event.case === "error" && event.value.code === "usage");
    hurry();
    const { json } = await command.finished;
    expect(json.filmSha256).toBe(await hashOf("32", "192x128", ...args));
  });

  it("a region alone by a program, and the owner killed when it is done -> it waits, alone still; lifted by a page -> the film", async () => {
    const { coordinators, doors, command, hurry, sessionId } = await startFrame({ size: "192x128", spp: "32" }, 2);
    const page = look(doors[1], sessionId);
    await page.wish({ outputs: ["samples"] });
    const region = create(PixelRectSchema, { x0: 70, y0: 70, x1: 80, y1: 80 });
    const request = create(SetRegionRequestSchema, { sessionId, region, alone: true, editor: "Ada" });
    await programAt(doors[1]).unary("setRegion", request, 60_000);
    // It would be finished at once without the region.
    hurry();
    const isDone = ({ state, region: told }: SessionEvent) =>
      state === SessionState.RENDERING && told?.alone === true && told.done && told.editor === "Ada";
    await page.saw((event) => event.case === "session" && isDone(event.value));
    expect(sessionEvents(page).at(-1)?.progress).toMatchObject({ sppMean: 32, fraction: 1, remainingMs: 0n });
    await page.saw(() => page.tile("samples", 64, 64)?.sppMean === 32);
    expect(page.tile("samples", 0, 0)?.sppMean ?? 0).toBeLessThan(32);

    coordinators[0]?.process.signal("SIGKILL");
    await coordinators[1]?.process.said(/taking a session over/);
    const later = look(doors[1], sessionId);
    await later.saw(() => sessionEvents(later).slice(-10).filter(isDone).length === 10);
    later.send({ case: "region", value: {} });
    const { json, exitCode } = await command.finished;
    expect(command.stderr).toMatch(/only a region.*region is done.*whole frame/s);
    expect([exitCode, json.outcome, json.filmSha256]).toEqual([0, "finished", await hashOf("32", "192x128")]);
  });

  it("finished, and its samples raised at another door; the owner killed then -> it renders on, to the film of so many", async () => {
    const { coordinators, doors, command, hurry, sessionId } = await startFrame({ spp: "4", args: ["--gui"] }, 2);
    hurry();
    await command.said(/the page stays until Ctrl-C/);
    const program = programAt(doors[1]);
    const raise = (spp: number) =>
      program.unary("raiseBudget", create(RaiseBudgetRequestSchema, { sessionId, spp }), 60_000);
    await expect(raise(2)).rejects.toMatchObject({ code: "usage" });
    const page = look(doors[1], sessionId);
    await page.saw((event) => event.case === "session" && event.value.state === SessionState.FINISHED);
    await raise(64);
    coordinators[0]?.process.signal("SIGKILL");
    await coordinators[1]?.process.said(/taking a session over/);
    const later = look(doors[1], sessionId);
    await later.saw((event) => event.case === "film" && event.value.budgetSpp === 64);
    await later.saw(isFinishedWith(64));
    // Once more, by the page, and now with nothing else.
    later.send({ case: "budgetSpp", value: 128 });
    await later.saw((event) => event.case === "film" && event.value.budgetSpp === 128);
    await later.saw(isFinishedWith(128));
    command.signal("SIGINT");
    const { json, exitCode } = await command.finished;
    expect([exitCode, json.outcome, json.spp, json.filmSha256]).toEqual([0, "finished", 128, await hashOf("128")]);
    await expect(raise(256)).rejects.toMatchObject({ code: "session-missing" });
  });

  it("restarted while paused, and again -> epochs that begin with nothing, and the same film at the end", async () => {
    const { doors, command, hurry, sessionId } = await startFrame({}, 2);
    const page = look(doors[0], sessionId);
    await page.wish();
    await page.saw((event) => event.case === "frame" && event.value.epoch === 1);
    // So much is rendered again.
    await page.saw(() => sessionEvents(page).some(({ progress }) => (progress?.fraction ?? 0) >= 0.1));
    page.send({ case: "command", value: ViewerCommand.PAUSE });
    await standsStill(page, 5);
    page.send({ case: "command", value: ViewerCommand.RESTART });
    await page.saw((event) => event.case === "frame" && event.value.epoch === 2);
    // And by a program, at the other door.
    const program = programAt(doors[1]);
    const request = create(RestartSessionRequestSchema, { sessionId });
    const { epoch } = await program.unary<typeof request, RestartSessionReply>("restartSession", request, 60_000);
    expect(epoch).toBe(3);
    hurry();
    const { json, exitCode } = await command.finished;
    expect([exitCode, json.outcome, json.filmSha256]).toEqual([0, "finished", await hashOf("64")]);
    expect(json.renderedSamples).toBeGreaterThan(json.samples);
  });

  it("stopped while paused -> it ends with what it has", async () => {
    const { doors, command, sessionId } = await startFrame({});
    const page = look(doors[0], sessionId);
    await page.saw((event) => event.case === "film");
    page.send({ case: "command", value: ViewerCommand.PAUSE });
    await standsStill(page, 5);
    page.send({ case: "command", value: ViewerCommand.STOP });
    const { json } = await command.finished;
    expect(json.outcome).toBe("stopped");
  });
});
