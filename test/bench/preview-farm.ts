// A small farm of real processes that is looked at: how soon there is a picture, and what looking costs.
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SessionClient } from "../../cli/session-client.ts";
import { sessionSpec } from "../../cli/session-spec.ts";
import { readCommand } from "../../cli/settings.ts";
import { loadDefinitionText } from "../../coordinator/session-definition/load-definition.ts";
import { packageRoot } from "../../host/package-root.ts";
import { childrenOf, Program } from "../../scripts/programs.ts";
import { LiveClient } from "../integration/live-client.ts";
import { NatsServer } from "../integration/nats-server.ts";
import type { BenchRow } from "./bench-row.ts";
import { median } from "./percentile.ts";

const scene = join(
  process.env.ARRAS_TEST_DATA ?? join(packageRoot(), "../shared/data"),
  "gltf/FlightHelmet/FlightHelmet.gltf",
);
const sessionCount = 5;
const costRoundCount = 3;

interface Farm {
  readonly door: string;
  readonly coordinator: Program;
  readonly node: Program;
  close(): Promise<void>;
}

async function startFarm(renderer: string): Promise<Farm> {
  const nats = await NatsServer.start();
  const start = (name: string, args: readonly string[]) =>
    new Program(name, process.execPath, [join(packageRoot(), `bin/${name}.js`), "--nats", nats.url, ...args]);
  const coordinator = start("arras-coordinator", ["--listen", "127.0.0.1:0"]);
  const [, door = ""] = await coordinator.said(/^door +(127\.0\.0\.1:\d+)/m);
  const node = start("arras-node", ["--cores", "2", "--memory", "8g", "--renderer", renderer]);
  await coordinator.said(/node joined/);
  const close = async () => {
    for (const program of [node, coordinator]) {
      program.signal("SIGKILL");
      await program.exited;
    }
    await nats.end();
  };
  return { door, coordinator, node, close };
}

/** The fake renderer, so that it is the system's time, not the scene's. */
export async function firstPictures(): Promise<BenchRow[]> {
  const farm = await startFarm("fake");
  try {
    const timesMs: number[] = [];
    for (let at = 0; at < sessionCount; at++) timesMs.push(await firstPictureMs(farm.door));
    // The first one warms the farm.
    const value = median(timesMs.slice(1));
    const name = "preview: submit → whole coarse picture in a viewer, 1080p, warm farm on one machine, median";
    return [{ name, value, unit: "ms", goal: 100, higherIsBetter: false }];
  } finally {
    await farm.close();
  }
}

async function firstPictureMs(door: string): Promise<number> {
  const spec = specOf(["--renderer", "fake", "--renderer-options", "{}", "--size", "1920x1080", "--spp", "4096"]);
  const client = new SessionClient({ addresses: [door] });
  const startedMs = performance.now();
  const sessionId = await client.create(randomUUID(), spec);
  const viewer = new LiveClient(door, sessionId);
  await viewer.wish();
  await viewer.saw(() => viewer.tileCount("beauty") === 510);
  const takenMs = performance.now() - startedMs;
  viewer.close();
  await client.stop(sessionId);
  await client.watch(sessionId, () => {});
  await client.closeSession(sessionId);
  return takenMs;
}

/** Processor time of coordinator and merger, as a share of all of the farm's: rendering's wall time drifts by more. */
export async function lookingCost(): Promise<BenchRow[]> {
  if (!existsSync(scene)) {
    process.stderr.write("preview: FlightHelmet.gltf is not there, so the cost of looking is not measured\n");
    return [];
  }
  const farm = await startFarm("embree");
  try {
    const [alone, lookedAt]: [number[], number[]] = [[], []];
    for (let round = 0; round < costRoundCount; round++) {
      alone.push(await overheadShare(farm, false));
      lookedAt.push(await overheadShare(farm, true));
    }
    const value = 100 * (Math.min(...lookedAt) - Math.min(...alone));
    const name = "preview: processor time that one viewer of 720p costs, of rendering's";
    return [{ name, value, unit: "%", goal: 2, higherIsBetter: false }];
  } finally {
    await farm.close();
  }
}

async function overheadShare({ door, coordinator, node }: Farm, isLookedAt: boolean): Promise<number> {
  const spec = specOf(["--scene", scene, "--shared-fs", "--host", "h", "--size", "1280x720", "--spp", "48"]);
  const client = new SessionClient({ addresses: [door] });
  const before = processorMs(coordinator.pid);
  const sessionId = await client.create(randomUUID(), spec);
  const viewer = isLookedAt ? new LiveClient(door, sessionId) : undefined;
  await viewer?.wish();
  const meter = new Meter(node.pid);
  const final = await client.watch(sessionId, () => {});
  meter.close();
  if (final.error !== undefined) throw new Error(`the render failed: ${final.error.message}`);
  const share = (processorMs(coordinator.pid) - before + meter.totalMs("merge")) / meter.totalMs("mcrt");
  viewer?.close();
  await client.closeSession(sessionId);
  return share;
}

/** Of a node's computations, which end by themselves: what they had taken when they were last there. */
class Meter {
  readonly #takenMs = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(nodePid: number) {
    this.#timer = setInterval(() => {
      for (const kind of ["merge", "mcrt"]) {
        for (const pid of childrenOf([nodePid], kind)) {
          const key = `${kind} ${pid}`;
          this.#takenMs.set(key, Math.max(processorMs(pid), this.#takenMs.get(key) ?? 0));
        }
      }
    }, 100);
  }

  totalMs(kind: string): number {
    return sum([...this.#takenMs].map(([key, takenMs]) => (key.startsWith(kind) ? takenMs : 0)));
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

function specOf(args: readonly string[]) {
  const command = readCommand([...args, "--num-mcrt", "1", "--num-cores", "2", "--json"]);
  if (command.t !== "render" || command.mistakes.length > 0) throw new Error(JSON.stringify(command));
  const { settings } = command;
  const definition = loadDefinitionText(settings.sessionName, { searchPath: undefined, suffix: undefined });
  return sessionSpec(settings, definition);
}

/** User and system time of a process so far. Linux: from /proc, in hundredths of a second. */
function processorMs(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    // It ended meanwhile.
    return 0;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
