// Renders one frame: creates the session, shows its progress, fetches and writes the pictures, tells the result.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { errorFromMessage } from "../proto/error-message.ts";
import { ArrasError } from "../proto/errors.ts";
import type { SessionEvent, SessionSpec } from "../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../proto/limits.ts";
import { type Benchmark, BenchmarkWatch, benchmarkLines } from "./benchmark.ts";
import { renderAgain } from "./benchmark-render.ts";
import { writeEdits } from "./edits-files.ts";
import { type OutputFile, writeBeside } from "./output-file.ts";
import { countText, durationText } from "./progress-line.ts";
import type { ProgressLines } from "./progress-lines.ts";
import { ProgressReport } from "./progress-report.ts";
import { exitCodeOf, type RenderResult, renderResult } from "./result.ts";
import { resumeCommand } from "./resume-command.ts";
import type { SessionClient } from "./session-client.ts";
import { type BundledScene, type DefinitionText, imageRequest, sessionSpec } from "./session-spec.ts";
import type { RenderSettings } from "./settings.ts";

/** Whether a session that has ended has begun again. */
const lookAgainAfterMs = 1_000;

export interface RenderSurroundings {
  readonly client: SessionClient;
  readonly lines: ProgressLines;
  nowMs(): number;
  /** Brings the scene to the farm; undefined: nothing had to. Absent where the scene is read by its own path. */
  readonly submitScene?: (report: ProgressReport, signal: AbortSignal) => Promise<BundledScene | undefined>;
  /** Where the session can be looked at; absent: nobody wants to. */
  readonly pageOf?: (sessionId: string) => string;
  /** Shows it to who typed the command; absent: there is no browser here. */
  readonly openPage?: (address: string, say: (line: string) => void) => void;
  /** Goes along with the session: shows its picture, moves its camera; absent: nobody does. */
  readonly openCompanion?: (say: (line: string) => void) => RenderCompanion;
  /** Calls `stop` at the first wish to stop (Ctrl-C). */
  onStopWish(stop: () => void): void;
  /** Calls `write` at each wish for a checkpoint (SIGHUP). */
  onCheckpointWish(write: () => void): void;
}

export interface RenderCompanion {
  begin(sessionId: string): void;
  /** It has ended, and is still there: the last picture. Never rejects. */
  finish(): Promise<void>;
  /** At once. */
  close(): Promise<void>;
}

export interface Rendered {
  readonly result: RenderResult;
  readonly exitCode: 0 | 1 | 2 | 3;
}

/** Throws what is wrong with the session; once it runs, its failures are in the result. */
export async function renderFrame(
  settings: RenderSettings,
  definition: DefinitionText,
  world: RenderSurroundings,
): Promise<Rendered> {
  const { client } = world;
  const report = new ProgressReport(world.lines, {
    budgetSpp: settings.spp,
    quiet: settings.quiet,
    logLevel: settings.logLevel,
  });
  const submitting = new AbortController();
  world.onStopWish(() => submitting.abort());
  const bundle = await world.submitScene?.(report, submitting.signal);
  const spec = sessionSpec(settings, definition, bundle);
  const watch = new BenchmarkWatch(world.nowMs());
  const sessionId = await client.create(randomUUID(), spec);
  watch.created(world.nowMs());
  if (settings.logLevel >= 3) report.say(`Created session id ${sessionId}`);
  if (world.pageOf !== undefined) showPage(world.pageOf(sessionId), world, report);
  const companion = world.openCompanion?.((line) => report.say(line));
  companion?.begin(sessionId);
  world.onStopWish(() => {
    report.say("Stopping; what there is will be written. Ctrl-C again leaves at once.");
    // A session that has ended meanwhile is as good as stopped.
    client.stop(sessionId).catch(() => {});
  });
  const again = resumeCommand(settings, sessionId);
  world.onCheckpointWish(() => void writeCheckpoint(client, sessionId, again, report));
  let isResumeTold = settings.quiet;
  const told = (event: SessionEvent) => {
    report.event(event);
    watch.event(event, world.nowMs());
    // Once, while there is somebody who can: who is killed says nothing.
    if (isResumeTold || event.checkpoint === undefined) return;
    isResumeTold = true;
    report.say(`Should this be interrupted, it goes on with: ${again}`);
  };
  // Progress that nobody reads would cost the machine that renders some 4 ms of processor time a second.
  const isRead = !settings.quiet || settings.benchmark;
  const final = await client.watch(sessionId, told, isRead ? 0 : limits.watchIntervalMsMax).catch(async (thrown) => {
    await companion?.close();
    throw thrown;
  });
  const isShown = companion?.finish();
  const frame = { world, settings, sessionId, report, told };
  const ended = await keep(final, frame);
  await isShown;
  const { result, error } = world.pageOf === undefined ? ended : await lookOn(ended, frame);
  // The frame is here: a farm that is away just now closes the session by itself, later.
  await client.closeSession(sessionId).catch((thrown) => report.say(ArrasError.from(thrown).toString()));
  if (!settings.quiet) for (const line of summary(result, settings)) report.say(line);
  if (error !== undefined) report.say(error.toString());
  if (!settings.quiet && result.resume !== undefined) report.say(`It goes on with: ${again}`);
  const exitCode = error?.exitCode ?? exitCodeOf(result.outcome);
  if (!settings.benchmark) return { result, exitCode };
  return { result: { ...result, benchmark: await benchmarked(spec, { world, watch, report, result }) }, exitCode };
}

interface FirstRender {
  readonly world: RenderSurroundings;
  readonly watch: BenchmarkWatch;
  readonly report: ProgressReport;
  readonly result: RenderResult;
}

async function benchmarked(spec: SessionSpec, { world, watch, report, result }: FirstRender): Promise<Benchmark> {
  const isFinished = result.outcome === "finished";
  const second = isFinished
    ? await renderAgain(spec, world).catch((thrown) => {
        report.say(ArrasError.from(thrown).toString());
        return null;
      })
    : null;
  const benchmark = { first: watch.times, second };
  for (const line of benchmarkLines(benchmark)) report.say(line);
  return benchmark;
}

interface Frame {
  readonly world: RenderSurroundings;
  readonly settings: RenderSettings;
  readonly sessionId: string;
  readonly report: ProgressReport;
  told(event: SessionEvent): void;
}

interface Ended {
  readonly result: RenderResult;
  readonly error: ArrasError | undefined;
}

/** Writes what the session has ended with. */
async function keep(final: SessionEvent, { world, settings, sessionId, report }: Frame): Promise<Ended> {
  const { client } = world;
  report.end();
  const startedMs = world.nowMs();
  const hasFilm = (final.receipt?.sampleCount ?? 0n) > 0n;
  const { written, writeError } = await writeAll(hasFilm ? settings.outputs : [], (file) =>
    client.fetching(() => writeBeside(file.path, client.fetchImage(imageRequest(settings, sessionId, file)))),
  );
  const savedEdits = await saveEdits(settings.savedEditsPath, client, sessionId, report);
  const writeMs = world.nowMs() - startedMs;
  const error = final.error === undefined ? (writeError ?? savedEdits.error) : errorFromMessage(final.error);
  return { result: renderResult(final, { written, writeMs, error, sessionId }), error };
}

/** While the session is still there. */
async function saveEdits(
  path: string | undefined,
  client: SessionClient,
  sessionId: string,
  report: ProgressReport,
): Promise<{ readonly error?: ArrasError }> {
  if (path === undefined) return {};
  try {
    await writeEdits(path, await client.edits(sessionId));
    report.say(`wrote ${path}`);
    return {};
  } catch (thrown) {
    return { error: ArrasError.from(thrown, "output-failed") };
  }
}

function showPage(address: string, { openPage }: RenderSurroundings, report: ProgressReport): void {
  report.say(`Look at it: ${address}`);
  openPage?.(address, (line) => report.say(line));
}

/**
 * The page stays until the user has seen enough. Who stopped the frame has. More samples may be asked for on the page
 * meanwhile: what there is of them is written, too.
 */
async function lookOn(ended: Ended, frame: Frame): Promise<Ended> {
  const { world, report } = frame;
  let present = ended;
  if (isStill(present)) return present;
  let isOver = false;
  const stopped = new Promise<void>((resolve) => world.onStopWish(resolve)).then(() => {
    isOver = true;
  });
  let isWatched = true;
  sayStays(present, report);
  while (!isOver) {
    // Also what keeps this process: at a farm's door nothing else may.
    await Promise.race([stopped, delay(lookAgainAfterMs)]);
    if (!isWatched) continue;
    try {
      const last = await nextEnd(present, frame);
      if (last === undefined) continue;
      present = await keep(last, frame);
      if (isStill(present)) return present;
      if (!isOver) sayStays(present, report);
    } catch (thrown) {
      isWatched = false;
      report.say(ArrasError.from(thrown).toString());
    }
  }
  return present;
}

function isStill({ result: { outcome } }: Ended): boolean {
  return outcome === "stopped" || outcome === "failed";
}

function sayStays({ result: { outcome } }: Ended, report: ProgressReport): void {
  report.say(`${outcome}; the page stays until Ctrl-C (samples that are raised on it are rendered, and written, too)`);
}

/** Resolves when it has ended again, and at once with undefined while it has not begun again. */
async function nextEnd({ result }: Ended, { world, sessionId, told }: Frame): Promise<SessionEvent | undefined> {
  const isKnown = ({ receipt }: SessionEvent) => receipt?.filmSha256 === result.filmSha256;
  const last = await world.client.watch(sessionId, (event) => {
    if (!isKnown(event)) told(event);
  });
  return isKnown(last) ? undefined : last;
}

async function writeCheckpoint(
  client: SessionClient,
  sessionId: string,
  again: string,
  report: ProgressReport,
): Promise<void> {
  try {
    const { sppMean, sizeBytes } = await client.checkpoint(sessionId);
    const size = `${(Number(sizeBytes) / 1e6).toFixed(1)} MB`;
    report.say(`The film is written down with ${sppMean.toFixed(1)} spp (${size}); it goes on with: ${again}`);
  } catch (thrown) {
    report.say(ArrasError.from(thrown).toString());
  }
}

/** One that fails leaves the others their chance; the first error is told. */
async function writeAll(
  files: readonly OutputFile[],
  write: (file: OutputFile) => Promise<void>,
): Promise<{ readonly written: readonly string[]; readonly writeError: ArrasError | undefined }> {
  const written: string[] = [];
  let writeError: ArrasError | undefined;
  for (const file of files) {
    try {
      await write(file);
      written.push(file.path);
    } catch (thrown) {
      writeError ??= ArrasError.from(thrown, "output-failed");
    }
  }
  return { written, writeError };
}

function summary(result: RenderResult, settings: RenderSettings): string[] {
  const { seconds, samples } = result;
  const files = result.outputs.map((path) => `wrote ${path}`);
  if (result.outcome === "failed") return files;
  if (samples === 0) return [`${result.outcome}: nothing was rendered, so nothing is written`];
  const rate = seconds.render > 0 ? `, ${countText(samples / seconds.render)} samples/s` : "";
  const regions = `${result.holes.length} region${result.holes.length === 1 ? "" : "s"}`;
  const holes = result.outcome === "holes" ? `; ${regions} could not be rendered to the end` : "";
  return [
    `${result.outcome}: ${result.spp.toFixed(result.spp === settings.spp ? 0 : 1)} spp in ${durationText(seconds.render * 1000)}${rate}${holes}`,
    `film ${result.filmSha256}`,
    ...files,
  ];
}
