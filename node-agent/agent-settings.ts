// What a node agent is told when it is started: all of it, by its composition root.
import type { NodeCapabilities } from "./capabilities.ts";
import type { ComputationEntry } from "./computation-child.ts";
import type { ComputationProgram } from "./computation-program.ts";
import type { IdentityPem } from "./merger-identity.ts";

/** What ends a computation that passes its limit; "none": nothing does. */
export type MemoryEnforcement = "cgroup-v2" | "cgroup-v1" | "watchdog" | "none";

export interface AgentSettings {
  readonly nodeId: string;
  readonly capabilities: NodeCapabilities;
  /** Local mode: cores may be promised more than once. */
  readonly coresShared: boolean;
  readonly renderers: readonly string[];
  readonly tags: readonly string[];
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  /** `limits.drainDeadlineMs` when absent. */
  readonly drainDeadlineMs?: number;
  /** Where a merger listens, whatever its order says; absent (a local machine): where its order says. */
  readonly hostAddress?: string;
  /** For mergers: `objectStorePlaceToText`; may hold a password. Absent: films cannot be written to one. */
  readonly objectStore?: string;
  /** What a merger that is about to start serves with; absent: without TLS. Counts only with `hostAddress`. */
  readonly mergerIdentity?: () => IdentityPem;
  /** What is run for each kind; nothing else is ever run. */
  readonly entries: Readonly<Record<ComputationProgram, ComputationEntry>>;
  /** The agent's own environment, from which a child's is chosen. */
  readonly environment: { readonly [name: string]: string | undefined };
  /** "auto" (when absent): a cgroup for each computation where this process may make them, otherwise the watchdog. */
  readonly memoryEnforcement?: "auto" | "watchdog";
  /** Of each kind so many processes are started beforehand and wait for an order; absent: none. */
  readonly prestartCount?: number;
  /** Of launching and stopping; `defaultGraces` unless a test is in a hurry. */
  readonly graces?: { readonly launchTimeoutMs: number; readonly stopGraceMs: number; readonly killGraceMs: number };
}
