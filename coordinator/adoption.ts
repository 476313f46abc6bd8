// Finds out what of a session that was taken over still runs: asks each of its nodes, again until it answers or is lost.
import type { Clock, Timer } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { ArrasError } from "../proto/errors.ts";
import type { AdoptedComputation } from "../proto/gen/arras/v1/node_pb.ts";
import type { ComputationRecord, SessionRecord } from "../proto/gen/arras/v1/record_pb.ts";
import type { Crew } from "./crew.ts";
import type { Launcher } from "./launcher.ts";
import type { MergerHost } from "./merger-host.ts";

const askAgainAfterMs = 500;

export interface AdoptionSurroundings {
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly log: Log;
  /** What runs there of the session; what is not named does not. Told once for each node. */
  found(nodeId: string, computations: readonly AdoptedComputation[]): void;
}

export class Adoption {
  readonly #world: AdoptionSurroundings;
  readonly #sessionId: string;
  /** Nodes that have not answered yet. */
  readonly #asked = new Map<string, Timer | undefined>();

  constructor(sessionId: string, nodeIds: Iterable<string>, world: AdoptionSurroundings) {
    this.#world = world;
    this.#sessionId = sessionId;
    for (const nodeId of nodeIds) this.#asked.set(nodeId, undefined);
  }

  start(): void {
    for (const nodeId of [...this.#asked.keys()]) void this.#ask(nodeId);
  }

  /** It is not asked any more. */
  lostNode(nodeId: string): void {
    this.#asked.get(nodeId)?.cancel();
    this.#asked.delete(nodeId);
  }

  end(): void {
    for (const nodeId of [...this.#asked.keys()]) this.lostNode(nodeId);
  }

  async #ask(nodeId: string): Promise<void> {
    const { launcher, clock, log } = this.#world;
    try {
      const computations = await launcher.adopt(nodeId, this.#sessionId);
      if (!this.#asked.delete(nodeId)) return;
      this.#world.found(nodeId, computations);
    } catch (thrown) {
      if (!this.#asked.has(nodeId)) return;
      const { code, message } = ArrasError.from(thrown);
      log.info({ node: nodeId, code }, `does not say yet what it runs: ${message}`);
      this.#asked.set(
        nodeId,
        clock.after(askAgainAfterMs, () => void this.#ask(nodeId)),
      );
    }
  }
}

/** Whose nodes are asked: of a session that has ended only the merger is left, for its pictures. */
export function soughtOf(
  { computations }: SessionRecord,
  { hasEnded, isMerger }: { readonly hasEnded: boolean; isMerger(name: string): boolean },
): ComputationRecord[] {
  return computations.filter(({ name, gone }) => (hasEnded ? isMerger(name) : gone === undefined));
}

/** Tells merger and crew which of the computations that were `sought` on a node run there, and which do not. */
export function tellFound(
  sought: readonly { readonly name: string }[],
  running: readonly AdoptedComputation[],
  merger: Pick<MergerHost, "isMerger" | "found" | "missing">,
  crew: Pick<Crew, "found" | "missing">,
): void {
  for (const { name } of sought) {
    const found = running.find((each) => each.name === name);
    if (merger.isMerger(name)) {
      if (found === undefined) merger.missing();
      else merger.found(found.attempt, found.address);
    } else if (found === undefined) crew.missing(name);
    else crew.found(name, found.attempt);
  }
}
