// What placement is asked, and of which nodes. Types alone.
import type { ExpandedComputation } from "../session-definition/expand.ts";
import type { NodeCapacity } from "./reservations.ts";

export interface PlacementNode extends NodeCapacity {
  readonly host: string;
  readonly renderers: readonly string[];
  readonly tags: readonly string[];
  /** Empty or the session's: see `PlacementRequest.architecture`. */
  readonly architecture: string;
  /** See Heartbeat; absent or empty: not known. */
  readonly instructionSet?: string;
  readonly rendererVersions?: readonly string[];
  /** Scenes in the node's cache, as their bundles' digests. */
  readonly bundles?: readonly string[];
  /** Draining, or suspected to be gone: takes nothing new. */
  readonly closed?: boolean;
}

export interface PlacementRequest {
  readonly sessionId: string;
  /** All of them must have a place. */
  readonly computations: readonly ExpandedComputation[];
  /** Of a range, beyond its minimum: as many as fit, in order. */
  readonly growth?: readonly ExpandedComputation[];
  /** Needed by every mcrt, e.g. "embree". */
  readonly renderer: string;
  /** Of its scene, so that it comes to where that is already; undefined: all see the same files. */
  readonly bundleSha256?: string | undefined;
  /** Every node must have all of them. */
  readonly tags?: readonly string[];
  /** Pinned by the session, so that all its samples have the same bits; undefined: any. */
  readonly architecture?: string | undefined;
  /** The same, as the session's first computation said it (Prepared.instruction_set); undefined: none has yet. */
  readonly instructionSet?: string | undefined;
  /** Where not enough cores are free, its computations get fewer than they ask for; see auto-fit.ts. */
  readonly autoFit?: boolean;
  /** For `local_only` and `no_local`. */
  readonly clientHost?: string | undefined;
}
