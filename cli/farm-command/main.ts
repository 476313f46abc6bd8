// The arras-farm command: wires its settings, the coordinator and the terminal.
import { setTimeout as delay } from "node:timers/promises";
import { type ClientTls, type DoorAccess, readAccess } from "../../host/read-access.ts";
import { ArrasError, ArrasErrors } from "../../proto/errors.ts";
import { softwareVersion } from "../../proto/version.ts";
import { writeBeside } from "../output-file.ts";
import type { FarmTerminal } from "./farm.ts";
import { farmHelp } from "./farm-options.ts";
import {
  type Asked,
  type FarmAction,
  type FarmSettings,
  type ImageAction,
  isImageAction,
  readFarmCommand,
} from "./farm-settings.ts";
import type { ImageTerminal } from "./images.ts";

/** Tables fit into this where the terminal does not say that it is wider. */
const widthMin = 100;

/** Resolves with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const command = readFarmCommand(args, { environment: process.env, nowMs: Date.now() });
    if (command.t === "help") return say(farmHelp());
    if (command.t === "version") return say(`arras-farm ${softwareVersion}\n`);
    await run(command.settings);
    return 0;
  } catch (thrown) {
    return complain(thrown, args.includes("--json"));
  }
}

async function run(settings: FarmSettings): Promise<void> {
  // Whoever pages or cuts the output (head, less) has seen enough when he leaves.
  process.stdout.on("error", () => process.exit(0));
  const access = readAccess(settings.access, Date.now());
  const door = { address: settings.address, access };
  const terminal = {
    write: (text: string) => void process.stdout.write(text),
    remark: (text: string) => void process.stderr.write(text),
    width: Math.max(widthMin, process.stdout.columns ?? 0),
    wallMs: () => Date.now(),
    pause: (durationMs: number) => delay(durationMs),
  };
  try {
    const { action, json } = settings;
    await (isImageAction(action)
      ? runImages({ action, json }, door, terminal)
      : runFarm({ action, json }, door, terminal));
  } catch (thrown) {
    throw await withAdvice(ArrasError.from(thrown), settings.address, access.tls);
  }
}

interface Door {
  readonly address: string;
  readonly access: DoorAccess;
}

async function runFarm(asked: Asked<Exclude<FarmAction, ImageAction>>, door: Door, terminal: FarmTerminal) {
  const [{ FarmClient }, { runFarmCommand }] = await Promise.all([import("./farm-client.ts"), import("./farm.ts")]);
  const client = new FarmClient(door);
  await runFarmCommand(asked, client, terminal).finally(() => client.close());
}

async function runImages(asked: Asked<ImageAction>, door: Door, terminal: ImageTerminal) {
  const [{ ImageClient }, { runImageCommand }] = await Promise.all([
    import("./image-client.ts"),
    import("./images.ts"),
  ]);
  const client = new ImageClient(door);
  const images = {
    list: () => client.list(),
    fetch: (sessionId: string, name: string) => client.fetch(sessionId, name),
    write: writeBeside,
  };
  await runImageCommand(asked, images, terminal).finally(() => client.close());
}

/** Only the coordinator's own absence: what a coordinator says of others (a node, NATS) has its own advice. */
async function withAdvice(error: ArrasError, address: string, tls: ClientTls | undefined): Promise<ArrasError> {
  // An error that a coordinator sent has no cause here.
  const isOfThisCall = error.cause !== undefined;
  if (!isOfThisCall || (error.code !== "unavailable" && error.code !== "timed-out")) return error;
  const { diagnoseTls } = await import("../../host/tls-diagnosis.ts");
  const diagnosis = await diagnoseTls(address, tls);
  if (diagnosis !== undefined) return diagnosis;
  return new ArrasError(error.code, {
    message: `No coordinator answers at ${address}`,
    action: "Is arras-coordinator running there, and are --host and --port right?",
    place: { setting: "--host" },
    cause: error,
  });
}

function say(text: string): 0 {
  process.stdout.write(text);
  return 0;
}

/** Mistakes of ours keep their stack; what a user can mend is one line each. Who reads JSON gets an object too. */
function complain(thrown: unknown, json: boolean): number {
  if (!(thrown instanceof ArrasErrors || thrown instanceof ArrasError)) {
    process.stderr.write(`[internal] ${thrown instanceof Error ? thrown.stack : String(thrown)}\n`);
    return 1;
  }
  const errors = thrown instanceof ArrasErrors ? thrown.errors : [thrown];
  for (const error of errors) process.stderr.write(`${error.toString()}\n`);
  const { code, message, action } = ArrasError.from(thrown);
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message, action } })}\n`);
  return thrown.exitCode;
}
