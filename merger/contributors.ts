// Who gave what to a film: totals for the receipt, and for each tile whose samples are in it, so that what came from a
// wrong node can be found and rendered again. A contributor is a computation on a node.
import { ArrasError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";
import type { StopRule } from "../proto/stop-rule.ts";
import type { Admission } from "./admit.ts";
import { malformed } from "./contribution-reader.ts";

export interface ContributorTotal {
  readonly computation: string;
  readonly sampleCount: number;
  readonly unitCount: number;
  readonly duplicateCount: number;
  readonly clampedCount: number;
  readonly nonFiniteCount: number;
}

/** Who sent a contribution, and what it says of its samples. */
export interface Origin {
  readonly computation: string;
  /** "" where it is not known. */
  readonly nodeId: string;
  readonly clampedCount: number;
  readonly nonFiniteCount: number;
  /** Processor time of rendering it; absent or 0: not told. */
  readonly renderMs?: number;
}

export interface Contributor {
  readonly computation: string;
  readonly nodeId: string;
  readonly duplicateCount: number;
}

/** What one contributor has in one tile. `sampleCount`: pixel samples. */
export interface TileShare {
  readonly contributorIndex: number;
  readonly sampleCount: number;
  readonly unitCount: number;
  readonly clampedCount: number;
  readonly nonFiniteCount: number;
}

/** Of computations, wherever they ran, and of nodes, whatever ran there. */
export interface Suspects {
  readonly computations: readonly string[];
  readonly nodeIds: readonly string[];
  /** By which tiles stop; absent: all get the whole budget. */
  readonly stopRule?: StopRule | undefined;
}

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

export class Contributors {
  readonly #all: Mutable<Contributor>[] = [];
  readonly #indices = new Map<string, number>();
  /** Few contributors have worked on one tile: a list is shorter than a map. */
  readonly #shares = new Map<number, Mutable<TileShare>[]>();
  readonly #barred = new Set<string>();

  get all(): readonly Contributor[] {
    return this.#all;
  }

  get barredNodeIds(): readonly string[] {
    return [...this.#barred];
  }

  /**
   * Throws `node-quarantined` for a barred node, and `message-malformed` for a name that is empty or too long, or one
   * more than a session may have.
   */
  requireWelcome({ computation, nodeId }: Origin): void {
    if (this.#barred.has(nodeId)) throw quarantined(nodeId);
    if (this.#indices.has(keyOf(computation, nodeId))) return;
    if (computation === "" || Math.max(computation.length, nodeId.length) > limits.computationNameCharsMax) {
      throw malformed(`a computation's name has ${computation.length} characters, its node's ${nodeId.length}`);
    }
    if (this.#all.length >= limits.contributorsMax) {
      throw malformed(`more than contributorsMax = ${limits.contributorsMax} computations and nodes contribute`);
    }
  }

  /** `pixelCount`: of the unit, for counting pixel samples. */
  note(origin: Origin, tileIndex: number, admission: Admission, pixelCount: number): void {
    if (admission.t !== "added" && admission.t !== "duplicate") return;
    const contributorIndex = this.#indexOf(origin);
    if (admission.t === "duplicate") {
      this.#all[contributorIndex].duplicateCount += 1;
      return;
    }
    const share = this.#shareOf(tileIndex, contributorIndex);
    share.sampleCount += pixelCount * admission.sampleCount;
    share.unitCount += 1;
    share.clampedCount += origin.clampedCount;
    share.nonFiniteCount += origin.nonFiniteCount;
  }

  /** Of each computation, by name. */
  totals(): ContributorTotal[] {
    const totals = new Map<string, Mutable<ContributorTotal>>();
    for (const { computation, duplicateCount } of this.#all) {
      const total = totals.get(computation) ?? nothingOf(computation);
      total.duplicateCount += duplicateCount;
      totals.set(computation, total);
    }
    for (const shares of this.#shares.values()) {
      for (const share of shares) addTo(totals.get(this.#all[share.contributorIndex].computation)!, share);
    }
    return [...totals.values()].sort((a, b) => (a.computation < b.computation ? -1 : 1));
  }

  shares(tileIndex: number): readonly TileShare[] {
    return this.#shares.get(tileIndex) ?? [];
  }

  /** The tile is empty again: nobody has anything in it. */
  clearTile(tileIndex: number): void {
    this.#shares.delete(tileIndex);
  }

  /** From now on contributions of these nodes are refused. */
  bar(nodeIds: readonly string[]): void {
    for (const nodeId of nodeIds) {
      if (this.#barred.size >= limits.nodesMax) throw malformed(`more than nodesMax = ${limits.nodesMax} are barred`);
      this.#barred.add(nodeId);
    }
  }

  /** Tiles that have samples of any of them. */
  tilesOf({ computations, nodeIds }: Suspects): number[] {
    const suspects = new Set(
      this.#all.flatMap(({ computation, nodeId }, index) =>
        computations.includes(computation) || nodeIds.includes(nodeId) ? [index] : [],
      ),
    );
    return [...this.#shares].flatMap(([tileIndex, shares]) =>
      shares.some(({ contributorIndex }) => suspects.has(contributorIndex)) ? [tileIndex] : [],
    );
  }

  /** Of a checkpoint's tile. `restoreAll` says later who they are. */
  restoreTile(tileIndex: number, shares: readonly TileShare[]): void {
    if (shares.length > 0)
      this.#shares.set(
        tileIndex,
        shares.map((share) => ({ ...share })),
      );
  }

  /** In the order that shares count. */
  restoreAll(all: readonly Contributor[], barredNodeIds: readonly string[]): void {
    for (const { duplicateCount, ...origin } of all) this.#all[this.#indexOf(origin)].duplicateCount = duplicateCount;
    this.bar(barredNodeIds);
  }

  #indexOf({ computation, nodeId }: Pick<Origin, "computation" | "nodeId">): number {
    const key = keyOf(computation, nodeId);
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    this.#indices.set(key, this.#all.length);
    return this.#all.push({ computation, nodeId, duplicateCount: 0 }) - 1;
  }

  #shareOf(tileIndex: number, contributorIndex: number): Mutable<TileShare> {
    const shares = this.#shares.get(tileIndex) ?? [];
    if (shares.length === 0) this.#shares.set(tileIndex, shares);
    const known = shares.find((share) => share.contributorIndex === contributorIndex);
    if (known !== undefined) return known;
    const fresh = { contributorIndex, sampleCount: 0, unitCount: 0, clampedCount: 0, nonFiniteCount: 0 };
    shares.push(fresh);
    return fresh;
  }
}

/** With the length, as a name may hold anything. */
function keyOf(computation: string, nodeId: string): string {
  return `${computation.length} ${computation} ${nodeId}`;
}

function nothingOf(computation: string): Mutable<ContributorTotal> {
  return { computation, sampleCount: 0, unitCount: 0, duplicateCount: 0, clampedCount: 0, nonFiniteCount: 0 };
}

function addTo(total: Mutable<ContributorTotal>, share: TileShare): void {
  total.sampleCount += share.sampleCount;
  total.unitCount += share.unitCount;
  total.clampedCount += share.clampedCount;
  total.nonFiniteCount += share.nonFiniteCount;
}

function quarantined(nodeId: string): ArrasError {
  return new ArrasError("node-quarantined", {
    message: "Samples of this node were found wrong; it contributes no more to this film",
    action: "Look into that machine: its memory, its renderer's build.",
    place: { node: nodeId },
  });
}
