// A small farm of real processes that is looked at: how soon there is a picture, and what looking costs.
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { SessionClient } from "../../cli/session-client.ts";
import { sessionSpec } from "../../cli/session-spec.ts";
import { readCommand } from "../../cli/settings.ts";
import { loadDefinitionText } from "../../coordinator/session-definition/load-definition.ts";
import { coordinatorNodeFlags } from "../../host/node-flags.ts";
import { packageRoot } from "../../host/package-root.ts";
import { processOf } from "../../scripts/processes.ts";
import { childrenOf, Program, waitingBelow } from "../../scripts/programs.ts";
import { LiveClient } from "../integration/live-client.ts";
import { NatsServer } from "../integration/nats-server.ts";
import type { BenchRow } from "./bench-row.ts";
import { median } from "./percentile.ts";

const scene = join(
  process.env.ARRAS_TEST_DATA ?? join(packageRoot(), "../shared/data"),
  "gltf/FlightHelmet/FlightHelmet.gltf",
);
/** The first ones warm the coordinator: V8 compiles what it needs for a session meanwhile. */
const warmingCount = 5;
const sessionCount = warmingCount + 5;
const demoFolder = join(packageRoot(), "deploy/demo");
const demo = [
  "--scene",
  join(demoFolder, "demo.glb"),
  "--env",
  join(demoFolder, "sky.hdr"),
  "--shared-fs",
  "--host",
  "h",
];
/** Less than Embree takes for any scene. */
const someCostMs = 0.001;
/** An odd number: one of the differences is the median. */
const costPairCount = 5;
const meterIntervalMs = 20;
const warmPollMs = 500;

interface Farm {
  readonly door: string;
  readonly coordinator: Program;
  readonly node: Program;
  close(): Promise<void>;
}

async function startFarm(renderer: string): Promise<Farm> {
  const nats = await NatsServer.start();
  const start = (name: string, args: readonly string[], flags: readonly string[] = []) =>
    new Program(name, process.execPath, [...flags, join(packageRoot(), `bin/${name}.js`), "--nats", nats.url, ...args]);
  // As its file's first line starts it.
  const coordinator = start("arras-coordinator", ["--listen", "127.0.0.1:0"], coordinatorNodeFlags);
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

/** Milliseconds from the submit on. */
interface FirstPicture {
  readonly answered: number;
  /** By the session's own account: its computations have said Hello; one of them can render, as the film is open. */
  readonly connected: number;
  readonly prepared: number;
  readonly firstTile: number;
  readonly whole: number;
}

/** The fake renderer, so that it is the system's time, not the scene's; then a scene that each computation reads anew. */
export async function firstPictures(): Promise<BenchRow[]> {
  const fake = (costMsPerSample: number) => [
    "--renderer",
    "fake",
    "--renderer-options",
    JSON.stringify({ costMsPerSample }),
  ];
  const [all, atSomeCost] = await onFarm("fake", async (farm) => [
    await firstPicturesOf(farm, fake(0)),
    // No renderer is as fast as that: its samples compete for the two cores with what makes the picture.
    await firstPicturesOf(farm, fake(someCostMs)),
  ]);
  const [rendered] = await onFarm("embree", async (farm) => [await firstPicturesOf(farm, demo)]);
  const row = (
    what: string,
    pictures: FirstPicture[],
    part: keyof FirstPicture,
    goal: number | null = null,
  ): BenchRow => ({
    name: `preview: submit → ${what}, 1080p, warm farm on one machine, median`,
    value: median(pictures.slice(warmingCount).map((each) => each[part])),
    unit: "ms",
    goal,
    higherIsBetter: false,
  });
  return [
    row("session is placed and answered", all, "answered"),
    row("a computation is connected", all, "connected"),
    row("the film is open and a computation prepared", all, "prepared"),
    row("first coarse tile in a viewer", all, "firstTile"),
    row("whole coarse picture in a viewer", all, "whole", 100),
    row("whole coarse picture, a sample takes 1 µs", atSomeCost, "whole", 100),
    row("the demo scene is read, Embree", rendered, "prepared"),
    row("whole coarse picture, Embree, the demo scene", rendered, "whole"),
  ];
}

async function onFarm<Pictures>(renderer: string, look: (farm: Farm) => Promise<Pictures>): Promise<Pictures> {
  const farm = await startFarm(renderer);
  try {
    return await look(farm);
  } finally {
    await farm.close();
  }
}

async function firstPicturesOf(farm: Farm, render: readonly string[]): Promise<FirstPicture[]> {
  const all: FirstPicture[] = [];
  for (let at = 0; at < sessionCount; at++) {
    await untilWarm(farm);
    all.push(await firstPicture(farm.door, render));
  }
  return all;
}

/** A process of each kind waits for an order, and they and the coordinator have done what they do before that. */
async function untilWarm({ coordinator, node }: Pick<Farm, "coordinator" | "node">): Promise<void> {
  await coordinator.said(/sessions (were|could not be) rehearsed/);
  for (let takenMs = -1; ; ) {
    await wait(warmPollMs);
    const waiting = waitingBelow([node.pid]);
    const nowMs = sum(waiting.map(processorMs));
    if (waiting.length === 2 && nowMs > 0 && nowMs === takenMs) return;
    takenMs = nowMs;
  }
}

async function firstPicture(door: string, render: readonly string[]): Promise<FirstPicture> {
  const spec = specOf([...render, "--size", "1920x1080", "--spp", "4096"]);
  const client = new SessionClient({ addresses: [door] });
  const startedMs = performance.now();
  const sessionId = await client.create(randomUUID(), spec);
  const answered = performance.now() - startedMs;
  const viewer = new LiveClient(door, sessionId);
  await viewer.wish();
  await viewer.saw(() => viewer.tileCount("beauty") > 0);
  const firstTile = performance.now() - startedMs;
  await viewer.saw(() => viewer.tileCount("beauty") === 510);
  const whole = performance.now() - startedMs;
  viewer.close();
  await client.stop(sessionId);
  const { totals } = await client.watch(sessionId, () => {});
  await client.closeSession(sessionId);
  const connected = totals?.sessionMs ?? Number.NaN;
  return { answered, connected, prepared: connected + (totals?.sceneMs ?? Number.NaN), firstTile, whole };
}

/**
 * Processor time of coordinator and merger, as a share of rendering's: of a frame that is looked at, less that of its
 * neighbour that is not. A shared machine's speed drifts by a tenth from frame to frame, and as both render the same
 * samples, each one's rendering is its measure.
 */
export async function lookingCost(): Promise<BenchRow[]> {
  if (!existsSync(scene)) {
    process.stderr.write("preview: FlightHelmet.gltf is not there, so the cost of looking is not measured\n");
    return [];
  }
  const farm = await startFarm("embree");
  try {
    // Warms the coordinator: V8 compiles what it needs for either.
    for (const isLookedAt of [true, false]) await overheadShare(farm, isLookedAt);
    const differences: number[] = [];
    for (let pair = 0; pair < costPairCount; pair++) {
      // Each of them comes first in turns: the coordinator gets faster from frame to frame.
      const isFirstLookedAt = pair % 2 === 0;
      const first = await overheadShare(farm, isFirstLookedAt);
      const second = await overheadShare(farm, !isFirstLookedAt);
      differences.push(isFirstLookedAt ? first - second : second - first);
    }
    const percents = differences.map((each) => (100 * each).toFixed(2));
    process.stderr.write(`preview: looking cost ${percents.join(", ")} % in ${costPairCount} pairs of frames\n`);
    const name = "preview: processor time that one viewer of 720p costs, of rendering's";
    return [{ name, value: 100 * median(differences), unit: "%", goal: 2, higherIsBetter: false }];
  } finally {
    await farm.close();
  }
}

/** Of one frame: what coordinator and merger took, by what rendering took. */
async function overheadShare({ door, coordinator, node }: Farm, isLookedAt: boolean): Promise<number> {
  const spec = specOf(["--scene", scene, "--shared-fs", "--host", "h", "--size", "1280x720", "--spp", "48"]);
  const client = new SessionClient({ addresses: [door] });
  await untilWarm({ coordinator, node });
  const meter = new Meter(node.pid);
  const before = processorMs(coordinator.pid);
  const sessionId = await client.create(randomUUID(), spec);
  const viewer = isLookedAt ? new LiveClient(door, sessionId) : undefined;
  await viewer?.wish();
  const final = await client.watch(sessionId, () => {});
  meter.close();
  if (final.error !== undefined) throw new Error(`the render failed: ${final.error.message}`);
  const overheadMs = processorMs(coordinator.pid) - before + meter.totalMs("merge");
  viewer?.close();
  await client.closeSession(sessionId);
  return overheadMs / meter.totalMs("mcrt");
}

/** Of a node's computations, which end by themselves: what they have taken, when they were last there, since they waited. */
class Meter {
  readonly #nodePid: number;
  readonly #rehearsedMs: ReadonlyMap<number, number>;
  /** Those of the frame before, which have not ended yet. */
  readonly #ofOthers: ReadonlySet<number>;
  /** By process. */
  readonly #taken = new Map<number, { readonly kind: string; readonly takenMs: number }>();
  readonly #timer: NodeJS.Timeout;

  constructor(nodePid: number) {
    this.#nodePid = nodePid;
    this.#ofOthers = new Set(["merge", "mcrt"].flatMap((kind) => childrenOf([nodePid], kind)));
    this.#rehearsedMs = new Map(waitingBelow([nodePid]).map((pid) => [pid, processorMs(pid)]));
    this.#timer = setInterval(() => this.#read(), meterIntervalMs);
  }

  totalMs(kind: string): number {
    return sum([...this.#taken.values()].map((each) => (each.kind === kind ? each.takenMs : 0)));
  }

  close(): void {
    clearInterval(this.#timer);
    this.#read();
  }

  #read(): void {
    // Looking for them takes much longer than reading what is known of each.
    for (const kind of this.#taken.size < 2 ? ["merge", "mcrt"] : [])
      for (const pid of childrenOf([this.#nodePid], kind))
        if (!this.#ofOthers.has(pid)) this.#taken.set(pid, { kind, takenMs: 0 });
    for (const [pid, { kind, takenMs }] of this.#taken) {
      const nowMs = processorMs(pid) - (this.#rehearsedMs.get(pid) ?? 0);
      if (nowMs > takenMs) this.#taken.set(pid, { kind, takenMs: nowMs });
    }
  }
}

function specOf(args: readonly string[]) {
  const command = readCommand([...args, "--num-mcrt", "1", "--num-cores", "2", "--json"]);
  if (command.t !== "render" || command.mistakes.length > 0) throw new Error(JSON.stringify(command));
  const { settings } = command;
  const definition = loadDefinitionText(settings.sessionName, { searchPath: undefined, suffix: undefined });
  return sessionSpec(settings, definition);
}

function processorMs(pid: number): number {
  return processOf(pid)?.processorMs ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
