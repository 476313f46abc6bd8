// The arras-render command: reads its command line, starts a local farm, renders, ends with the outcome's exit code.
import { homedir } from "node:os";
import { loadDefinitionText } from "../coordinator/session-definition/load-definition.ts";
import { createLog } from "../host/log.ts";
import type { DoorAccess } from "../host/read-access.ts";
import { ArrasError, ArrasErrors } from "../proto/errors.ts";
import type { SceneEdits } from "../proto/gen/arras/v1/edits_pb.ts";
import { softwareVersion } from "../proto/version.ts";
import type { CameraPath } from "./camera-path.ts";
import { helpText } from "./help.ts";
import { inputObstacles } from "./input-check.ts";
import { Interruption } from "./interruption.ts";
import { linesOf } from "./progress-lines.ts";
import type { ProgressReport } from "./progress-report.ts";
import type { Rendered, RenderSurroundings } from "./render.ts";
import type { RenderResult } from "./result.ts";
import type { SessionClientOptions } from "./session-client.ts";
import type { DefinitionText } from "./session-spec.ts";
import { rendererNames } from "./settings/session.ts";
import { type RenderSettings, readCommand } from "./settings.ts";
import { stateFolder } from "./state-folder.ts";

/** Resolves with the exit code. What renders is loaded only when it is needed: help and mistakes come at once. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const command = readCommand(args, process.env);
    if (command.t === "help") return say(helpText());
    if (command.t === "version") return say(`arras-render ${softwareVersion}\n`);
    const { settings } = command;
    const inputs = await checkInputs(settings, command.mistakes);
    if (settings.debugSample !== undefined) {
      const [{ debugSample }, { sessionSpec }] = await Promise.all([
        import("../node-agent/mcrt/debug-sample.ts"),
        import("./session-spec.ts"),
      ]);
      const path = await debugSample(sessionSpec(settings, inputs), settings.debugSample);
      return say(`${path.trimEnd()}\n`);
    }
    const { result, exitCode } = await (settings.coordinators.length === 0
      ? renderLocally(settings, inputs)
      : renderOnFarm(settings, inputs));
    if (settings.json) say(`${JSON.stringify(result)}\n`);
    return exitCode;
  } catch (thrown) {
    const exitCode = complain(thrown);
    // Whoever reads the object gets one for refusals too, whatever else is wrong with the command line.
    if (args.includes("--json")) say(`${JSON.stringify(await refusal(thrown))}\n`);
    return exitCode;
  }
}

async function refusal(thrown: unknown): Promise<RenderResult> {
  const { refusedResult } = await import("./result.ts");
  return refusedResult(ArrasError.from(thrown));
}

/** What is read of files before anything starts. */
interface Inputs extends DefinitionText {
  /** The camera's way that --replay names. */
  readonly replay?: CameraPath;
}

/** Throws everything that is wrong with the command line and with files, at once. */
async function checkInputs(settings: RenderSettings, mistakes: readonly ArrasError[]): Promise<Inputs> {
  const all = [...mistakes, ...(await inputObstacles(settings))];
  let definition: DefinitionText | undefined = settings.resume === undefined ? undefined : { json: "", path: "" };
  try {
    definition ??= loadDefinitionText(settings.sessionName, {
      searchPath: process.env.ARRAS_SESSION_PATH,
      suffix: process.env.ARRASCLIENT_OVR_SESSION_DEF_SUFFIX,
    });
  } catch (thrown) {
    all.push(ArrasError.from(thrown));
  }
  const note = (thrown: unknown) => void all.push(ArrasError.from(thrown));
  const edits = await editsOf(settings).catch(note);
  const replay = await replayOf(settings).catch(note);
  if (definition === undefined || all.length > 0) throw new ArrasErrors(all);
  return { ...definition, ...(edits === undefined ? {} : { edits }), ...(replay === undefined ? {} : { replay }) };
}

async function editsOf({ editsPath }: RenderSettings): Promise<SceneEdits | undefined> {
  if (editsPath === undefined) return undefined;
  const { readEdits } = await import("./edits-files.ts");
  return readEdits(editsPath);
}

async function replayOf({ replay }: RenderSettings): Promise<CameraPath | undefined> {
  if (replay === undefined) return undefined;
  const { readCameraPath } = await import("./camera-path-companion.ts");
  return readCameraPath(replay);
}

async function renderLocally(settings: RenderSettings, inputs: Inputs): Promise<Rendered> {
  const { logLevel, renderer, resume } = settings;
  const [{ startLocalFarm }, { firstProcesses }] = await Promise.all([
    import("./local.ts"),
    import("../coordinator/session-definition/first-processes.ts"),
  ]);
  const folder = stateFolder(settings.stateDir, process.env, homedir());
  if (resume !== undefined) {
    const { requireSameFiles } = await import("../coordinator/checkpoints/local-checkpoints.ts");
    await requireSameFiles(folder, resume);
  }
  const { mcrtCount } = settings;
  const overrides = mcrtCount === undefined ? {} : { mcrtCount };
  // What a session that is gone on with begins with, its record says.
  const first = resume === undefined ? firstProcesses(inputs.json, inputs.path, overrides) : { merge: 0, mcrt: 0 };
  // Which renderer a session that is gone on with had, its coordinator reads.
  const renderers = resume === undefined ? [renderer] : rendererNames;
  const log = createLog("arras-render", logLevel);
  const options = {
    renderers,
    environment: process.env,
    log,
    logLevel,
    stateFolder: folder,
    hasPage: settings.gui,
    first,
  };
  const farm = await startLocalFarm(options);
  try {
    const addresses = [farm.address];
    const { pageOf } = farm;
    const there = { addresses, isHere: true, kill: () => farm.kill(), ...(pageOf === undefined ? {} : { pageOf }) };
    return await renderThere(settings, inputs, there);
  } finally {
    await farm.close();
  }
}

async function renderOnFarm(settings: RenderSettings, inputs: Inputs): Promise<Rendered> {
  try {
    const addresses = settings.coordinators;
    const access = await accessTo(addresses, settings);
    const hasNoScene = settings.sharedFs || settings.resume !== undefined;
    const submitScene = hasNoScene ? {} : { submitScene: await sceneSubmitter(settings, access) };
    // A second Ctrl-C leaves the session to the coordinator, which the first has told to stop it.
    const scheme = access.tls === undefined ? "http" : "https";
    const pageOf = (sessionId: string) => `${scheme}://${addresses[0]}/sessions/${sessionId}`;
    const farm = {
      addresses,
      access,
      isHere: false,
      kill: () => {},
      ...submitScene,
      ...(settings.gui ? { pageOf } : {}),
    };
    return await renderThere(settings, inputs, farm);
  } catch (thrown) {
    const error = ArrasError.from(thrown);
    const isKnown = error.place.setting !== undefined;
    if (isKnown || (error.code !== "unavailable" && error.code !== "timed-out")) throw thrown;
    const action = "Is arras-coordinator running there, and are --host and --port right?";
    throw new ArrasError(error.code, { message: error.message, action, place: { setting: "--host" }, cause: thrown });
  }
}

/** Throws what is wrong with TLS on all of the ways: gRPC would try again for long, and not say it. */
async function accessTo(addresses: readonly string[], settings: RenderSettings): Promise<DoorAccess> {
  const [{ readAccess }, { diagnoseTls }] = await Promise.all([
    import("../host/read-access.ts"),
    import("../host/tls-diagnosis.ts"),
  ]);
  const access = readAccess(settings.access, Date.now());
  const faults = await Promise.all(addresses.map((address) => diagnoseTls(address, access.tls)));
  const [first] = faults;
  if (first !== undefined && !faults.includes(undefined)) throw first;
  return access;
}

async function sceneSubmitter(settings: RenderSettings, access: DoorAccess) {
  const [{ sceneFiles }, { submitScene }, { readyDoor }] = await Promise.all([
    import("../node-agent/scene/scene-files.ts"),
    import("./bundle/submit-scene.ts"),
    import("./session-client.ts"),
  ]);
  const findDoor = async () => ({ address: await readyDoor(settings.coordinators, access), access });
  return (report: ProgressReport, signal: AbortSignal) =>
    submitScene(settings, findDoor, sceneFiles, { report, signal });
}

async function renderThere(
  settings: RenderSettings,
  inputs: Inputs,
  farm: Pick<SessionClientOptions, "addresses" | "access"> &
    Pick<RenderSurroundings, "submitScene" | "pageOf"> & { readonly isHere: boolean; kill(): void },
): Promise<Rendered> {
  const [{ SessionClient, farmPatience, noPatience }, { renderFrame }] = await Promise.all([
    import("./session-client.ts"),
    import("./render.ts"),
  ]);
  const patience = farm.isHere ? noPatience : farmPatience;
  const slowedDown = (error: ArrasError) => void process.stderr.write(`${error.toString()} Trying again.\n`);
  const { addresses, access } = farm;
  const client = new SessionClient({ addresses, patience, slowedDown, ...(access === undefined ? {} : { access }) });
  const interruption = new Interruption(() => {
    farm.kill();
    // 128 + SIGINT, as shells have it.
    process.exit(130);
  });
  const interrupted = () => interruption.wish();
  let writeCheckpoint = () => {};
  const hungUp = () => writeCheckpoint();
  const [companions, browser] = await Promise.all([
    openCompanions(settings, inputs.replay, farm),
    findBrowser(farm.pageOf !== undefined),
  ]);
  process.on("SIGINT", interrupted).on("SIGTERM", interrupted).on("SIGHUP", hungUp);
  try {
    return await renderFrame(settings, inputs, {
      client,
      ...companions,
      nowMs: () => performance.now(),
      ...(farm.submitScene === undefined ? {} : { submitScene: farm.submitScene }),
      ...(farm.pageOf === undefined ? {} : { pageOf: farm.pageOf }),
      ...browser.surroundings,
      onStopWish: (stop) => interruption.whenWished(stop),
      onCheckpointWish: (write) => {
        writeCheckpoint = write;
      },
    });
  } finally {
    browser.close();
    client.close();
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted).off("SIGHUP", hungUp);
  }
}

async function findBrowser(isWanted: boolean) {
  const none = { surroundings: {}, close: () => {} };
  if (!isWanted) return none;
  const [{ browserProgram }, { openPage }] = await Promise.all([import("./browser-choice.ts"), import("./browser.ts")]);
  const program = browserProgram(process.platform, process.env);
  if (program === undefined) return none;
  let opened: ReturnType<typeof openPage> | undefined;
  const show = (address: string, say: (line: string) => void) => {
    opened = openPage(program, address, say);
  };
  return { surroundings: { openPage: show }, close: () => opened?.close() };
}

/** Where lines go, and who goes along with the session. Loaded only where somebody does. */
async function openCompanions(
  settings: RenderSettings,
  replay: CameraPath | undefined,
  farm: Pick<SessionClientOptions, "addresses" | "access">,
): Promise<Pick<RenderSurroundings, "lines" | "openCompanion">> {
  const { tev, preview, record } = settings;
  const isAlone = tev === undefined && preview === "none" && record === undefined && replay === undefined;
  if (isAlone) return { lines: linesOf(process.stderr) };
  const { openAll } = await import("./open-companions.ts");
  return openAll(settings, replay, { ...farm, environment: process.env });
}

function say(text: string): 0 {
  process.stdout.write(text);
  return 0;
}

/** Mistakes of ours keep their stack; what a user can mend is one line each. */
function complain(thrown: unknown): number {
  if (thrown instanceof ArrasErrors || thrown instanceof ArrasError) {
    const errors = thrown instanceof ArrasErrors ? thrown.errors : [thrown];
    for (const error of errors) process.stderr.write(`${error.toString()}\n`);
    return thrown.exitCode;
  }
  process.stderr.write(`[internal] ${thrown instanceof Error ? thrown.stack : String(thrown)}\n`);
  return 1;
}
