// A session definition as it was read: Arras's `*.sessiondef`, typed, with what has no meaning here named beside it.
// Nothing in it depends on a command line or on the machines; see overrides.ts and expand.ts for that.

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export interface SessionDefinition {
  readonly name: string;
  readonly description: string;
  /** Where it was read from; opens every error's place. */
  readonly path: string;
  /** In the file's order, without `(client)`. */
  readonly computations: readonly ComputationDefinition[];
  /** Kept as it stands: Rez and shell environments belong to Arras's launcher. */
  readonly contexts: { readonly [name: string]: JsonValue };
  /** Fields without meaning here, each once, for one line of information. */
  readonly ignored: readonly string[];
}

/**
 * What a shared library of Arras means here. `dispatch` is built into the coordinator: no process.
 * `unknown` is readable but nothing here runs it.
 */
export type ComputationKind = "mcrt" | "dispatch" | "merge" | "unknown";

export type ComputationArray =
  | { readonly t: "single" }
  /** `arrayExpand`: copies named `<name>_i0` … */
  | { readonly t: "fixed"; readonly count: number }
  /** `arrayMin`, `arrayMax`: starts with `min`, grows to `max` as there is room. */
  | { readonly t: "range"; readonly min: number; readonly max: number };

export interface ResourceRequirement {
  /** Cores, possibly fractional; 0 for a computation that waits rather than computes. */
  readonly minCores: number;
  readonly maxCores: number | "all";
  /** Whole MiB; undefined where the definition gives none. */
  readonly memoryMB: number | undefined;
  /** Local mode: cores kept free for the client. */
  readonly reservedCores: number;
}

export interface ComputationDefinition {
  readonly name: string;
  readonly dso: string;
  readonly kind: ComputationKind;
  readonly entry: boolean;
  readonly array: ComputationArray;
  readonly resources: ResourceRequirement;
  readonly hostnamePin: string | undefined;
  /** Against the client's host: `requirements.local_only`, `requirements.no_local`. */
  readonly locality: "any" | "local-only" | "no-local";
  readonly environment: { readonly [name: string]: string };
  /** `limits.maxThreads`. */
  readonly maxThreads: number | undefined;
  /** 0 fatal … 5 trace. */
  readonly logLevel: number | undefined;
  /** Every other plain value, with `$array…` not yet evaluated: fps, exec_mode, machineId … */
  readonly options: { readonly [name: string]: string | number | boolean };
  readonly messages: readonly MessageFilter[];
}

/** What a computation wants to hear from `source`. Read, checked, and without meaning here: our links are fixed. */
export interface MessageFilter {
  readonly source: string;
  /** "all", or message types. An empty list means all, as in Arras. */
  readonly accept: readonly string[] | "all";
  readonly ignore: readonly string[];
}
