// What all simulated processes of one run share.

import { uniform } from "../unit/coordinator/planner/random.ts";
import { AnalyticFilm, type FilmShape } from "./analytic-film.ts";
import { Counts } from "./counts.ts";
import { PacketNetwork } from "./packet-network.ts";
import type { Scenario } from "./scenario.ts";
import { SimClock } from "./sim-clock.ts";

/** Faults put in on purpose, which the checks must find: a simulation that cannot fail shows nothing. */
export type Canary =
  | "none"
  | "merger records and does not add"
  | "merger adds twice"
  | "planner is not told who left"
  | "a new ledger is taken for a report"
  | "reservations are not released"
  | "units are granted twice"
  | "wrong samples are not taken out"
  | "nobody compares";

/** Violations beyond these say nothing new. */
const violationsMax = 20;

const films = new Map<FilmShape, AnalyticFilm>();

export class World {
  readonly scenario: Scenario;
  readonly canary: Canary;
  readonly clock = new SimClock();
  readonly counts = new Counts();
  readonly random: () => number;
  readonly network: PacketNetwork;
  readonly film: AnalyticFilm;
  readonly violations: string[] = [];
  /** By node: how much slower it is just now. */
  readonly slowness = new Map<string, number>();
  #errorCount = 0;
  readonly #trace: ((line: string) => void) | undefined;

  constructor(scenario: Scenario, canary: Canary, trace: ((line: string) => void) | undefined) {
    this.scenario = scenario;
    this.canary = canary;
    this.#trace = trace;
    // Not the scenario's own stream of numbers: a change there would change all of these.
    this.random = uniform(scenario.seed ^ 0x5f356495);
    this.network = new PacketNetwork(this.clock, this.random, scenario.weather, this.counts);
    const film = films.get(scenario.film) ?? new AnalyticFilm(scenario.film);
    films.set(scenario.film, film);
    this.film = film;
  }

  /** Quantums by which a unit that is rendered there now is off. */
  errorOn(nodeId: string): number {
    const { wrong } = this.scenario;
    if (wrong === undefined || wrong.nodeId !== nodeId || this.clock.nowMs() < wrong.fromMs) return 0;
    if (wrong.kind === "always") return 1;
    if (this.random() >= 0.5) return 0;
    this.#errorCount++;
    return this.#errorCount;
  }

  violate(what: string): void {
    this.note(`VIOLATION ${what}`);
    if (this.violations.length < violationsMax) this.violations.push(`${Math.round(this.clock.nowMs())} ms: ${what}`);
  }

  note(line: string): void {
    this.#trace?.(`${this.clock.nowMs().toFixed(1).padStart(9)} ${line}`);
  }

  get isTraced(): boolean {
    return this.#trace !== undefined;
  }
}
