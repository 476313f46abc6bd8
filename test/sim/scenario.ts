// What happens in one run, all of it drawn from its seed: the farm, the film, the network's weather, the faults and
// when they strike. Equal seeds give equal scenarios.
import { uniform } from "../unit/coordinator/planner/random.ts";
import type { FilmShape } from "./analytic-film.ts";
import type { NetworkWeather } from "./packet-network.ts";

const drawnKinds = [
  "kill mcrt",
  "kill agent",
  "power off",
  "kill merger",
  "kill coordinator",
  "reset connection",
  "cut node from coordinator",
  "cut node from merger",
  "cut node off",
  "freeze mcrt",
  "freeze merger",
  "freeze coordinator",
  "freeze agent",
  "slow node",
  "pause",
  "stop and resume",
] as const;
export const faultKinds = [...drawnKinds, "drain node"] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  readonly kind: FaultKind;
  readonly atMs: number;
  readonly durationMs: number;
  /** 0 to 1: chooses among those that it can strike. */
  readonly pick: number;
}

/** crash: the process dies. hang: it never ends. The others: the renderer says so, with that retry class. */
export type PoisonKind = "crash" | "hang" | "same-node" | "other-node" | "never";

export interface Poison {
  readonly kind: PoisonKind;
  readonly x: number;
  readonly y: number;
  readonly sampleIndex: number;
}

/** always: by the same error. changing: in half of its units, by another error each time. */
export interface WrongNode {
  readonly kind: "always" | "changing";
  readonly nodeId: string;
  readonly fromMs: number;
}

export interface SimNodeSpec {
  readonly cores: number;
  readonly memoryMB: number;
  readonly speed: number;
  readonly comesAtMs: number;
}

export interface Scenario {
  readonly seed: number;
  readonly film: FilmShape;
  readonly mcrtCount: number;
  readonly nodes: readonly SimNodeSpec[];
  readonly weather: NetworkWeather;
  /** Of a pixel's sample on a thread of speed 1. */
  readonly costMs: number;
  readonly coarse: boolean;
  readonly targetError: number | undefined;
  readonly faults: readonly Fault[];
  readonly poison: readonly Poison[];
  /** Share of units that are rendered twice. */
  readonly verifyShare: number;
  readonly wrong: WrongNode | undefined;
}

const shapes: readonly FilmShape[] = [
  { widthPx: 48, heightPx: 32, cropWindow: { x0: 0, y0: 0, x1: 48, y1: 32 }, budgetSpp: 16 },
  { widthPx: 64, heightPx: 40, cropWindow: { x0: 5, y0: 3, x1: 58, y1: 37 }, budgetSpp: 8 },
  { widthPx: 40, heightPx: 24, cropWindow: { x0: 0, y0: 0, x1: 40, y1: 24 }, budgetSpp: 32 },
];

export function scenarioOf(seed: number): Scenario {
  const random = uniform(seed);
  const whole = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
  const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
  const film = oneOf(shapes);
  const mcrtCount = whole(1, 5);
  const nodeCount = whole(1, 4);
  const nodes = Array.from({ length: nodeCount }, (_, at) => ({
    cores: whole(1, 4),
    // The first alone has room for all, so that a session can start; others may be small.
    memoryMB: at === 0 ? 1024 * (mcrtCount + 1) : 1024 * whole(1, 4),
    speed: 0.5 * 4 ** random(),
    comesAtMs: at === 0 || random() < 0.7 ? 0 : random() * 4_000,
  }));
  const isCalm = random() < 0.1;
  const weather = {
    delayMs: oneOf([0.2, 1, 10, 40]),
    jitterMs: oneOf([0, 2, 20, 100]),
    lossShare: isCalm ? 0 : oneOf([0, 0.001, 0.01, 0.05]),
    repeatShare: isCalm ? 0 : oneOf([0, 0.01, 0.1]),
  };
  // 2 to 12 seconds of one thread of speed 1 for the frame.
  const { x0, y0, x1, y1 } = film.cropWindow;
  const pixelSamples = (x1 - x0) * (y1 - y0) * film.budgetSpp;
  const costMs = (2_000 + random() * 10_000) / pixelSamples;
  const targetError = random() < 0.2 ? oneOf([0.05, 0.1, 0.2]) : undefined;
  const poison = targetError === undefined && random() < 0.25 ? poisonOf(film, whole, oneOf) : [];
  const faultCount = isCalm ? 0 : whole(0, 8);
  const faults = Array.from({ length: faultCount }, () => ({
    kind: oneOf(drawnKinds),
    atMs: random() * 8_000,
    durationMs: oneOf([100, 800, 2_500, 6_000, 12_000]) * (0.5 + random()),
    pick: random(),
  }));
  const coarse = random() < 0.7;
  return {
    seed,
    film,
    mcrtCount,
    nodes,
    weather,
    costMs,
    coarse,
    targetError,
    faults: [...faults, ...drainsOf(seed)].sort((a, b) => a.atMs - b.atMs),
    poison,
    ...wrongOf(seed, nodeCount),
  };
}

/** Of other numbers, so that what was drawn before there were wrong nodes is drawn still. */
function wrongOf(seed: number, nodeCount: number): Pick<Scenario, "verifyShare" | "wrong"> {
  const random = uniform(seed ^ 0x2545f491);
  if (nodeCount === 1 || random() >= 0.3) return { verifyShare: random() < 0.2 ? 0.3 : 0, wrong: undefined };
  // Without the first there may not be room enough.
  const nodeId = `n${1 + Math.floor(random() * (nodeCount - 1))}`;
  // Who is wrong of two that stay with what they say, nobody knows.
  const kind = random() < (nodeCount === 2 ? 0.1 : 0.7) ? "always" : "changing";
  return { verifyShare: 1, wrong: { kind, nodeId, fromMs: random() < 0.5 ? 0 : random() * 3_000 } };
}

/** Nodes that are to leave, of other numbers too. */
function drainsOf(seed: number): Fault[] {
  const random = uniform(seed ^ 0x61c88647);
  const count = random() < 0.6 ? 0 : 1 + Math.floor(random() * 3);
  return Array.from({ length: count }, () => ({
    kind: "drain node" as const,
    atMs: random() * 8_000,
    durationMs: random() < 0.2 ? 500 * random() : 25_000 * random(),
    pick: random(),
  }));
}

function poisonOf(
  { cropWindow, budgetSpp }: FilmShape,
  whole: (min: number, max: number) => number,
  oneOf: <T>(list: readonly T[]) => T,
): Poison[] {
  const kind = oneOf<PoisonKind>(["crash", "crash", "hang", "same-node", "other-node", "never"]);
  return Array.from({ length: whole(1, 2) }, () => ({
    kind,
    x: whole(cropWindow.x0, cropWindow.x1 - 1),
    y: whole(cropWindow.y0, cropWindow.y1 - 1),
    sampleIndex: whole(0, budgetSpp - 1),
  }));
}
