// What a node agent is told when it is started: all of it, by its composition root.
import type { NodeCapabilities } from "./capabilities.ts";
import type { ComputationEntry } from "./launch.ts";

export interface AgentSettings {
  readonly nodeId: string;
  readonly capabilities: NodeCapabilities;
  /** Local mode: cores may be promised more than once. */
  readonly coresShared: boolean;
  readonly renderers: readonly string[];
  readonly tags: readonly string[];
  /** What is run for each kind; nothing else is ever run. */
  readonly entries: { readonly mcrt: ComputationEntry; readonly merge: ComputationEntry };
  /** The agent's own environment, from which a child's is chosen. */
  readonly environment: { readonly [name: string]: string | undefined };
  /** Of launching and stopping; `defaultGraces` unless a test is in a hurry. */
  readonly graces?: { readonly launchTimeoutMs: number; readonly stopGraceMs: number; readonly killGraceMs: number };
}
