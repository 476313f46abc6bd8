// The one error type and its closed list of codes. The table decides: what to try next, which exit code the command
// line ends with, which gRPC status carries it. Text is for people and is never matched. docs/errors.md explains each
// code; a test keeps the two lists equal.

/**
 * What may be tried next. `never`: the same input fails the same way. `same-node`: a passing fault.
 * `other-node`: this machine or process is at fault.
 */
export type RetryClass = "never" | "same-node" | "other-node";

interface CodeRow {
  readonly grpc: keyof typeof grpcStatus;
  readonly retry: RetryClass;
  readonly exit: 1 | 2;
}

/** The numbers are gRPC's (grpc/grpc doc/statuscodes.md). */
export const grpcStatus = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

export const errorCodes = {
  usage: { grpc: "INVALID_ARGUMENT", retry: "never", exit: 2 },
  "limit-exceeded": { grpc: "INVALID_ARGUMENT", retry: "never", exit: 2 },
  "scene-missing": { grpc: "NOT_FOUND", retry: "never", exit: 2 },
  "scene-broken": { grpc: "INVALID_ARGUMENT", retry: "never", exit: 2 },
  "scene-unsupported": { grpc: "INVALID_ARGUMENT", retry: "never", exit: 2 },
  "camera-missing": { grpc: "NOT_FOUND", retry: "never", exit: 2 },
  "edit-impossible": { grpc: "INVALID_ARGUMENT", retry: "never", exit: 2 },
  "environment-missing": { grpc: "NOT_FOUND", retry: "never", exit: 2 },
  "environment-broken": { grpc: "INVALID_ARGUMENT", retry: "never", exit: 2 },
  "session-definition-missing": { grpc: "NOT_FOUND", retry: "never", exit: 2 },
  "session-definition-broken": { grpc: "INVALID_ARGUMENT", retry: "never", exit: 2 },
  "resources-insufficient": { grpc: "RESOURCE_EXHAUSTED", retry: "never", exit: 2 },
  "output-unwritable": { grpc: "INVALID_ARGUMENT", retry: "never", exit: 2 },
  "output-failed": { grpc: "INTERNAL", retry: "never", exit: 1 },
  "message-malformed": { grpc: "INVALID_ARGUMENT", retry: "never", exit: 1 },
  "contribution-overlaps": { grpc: "FAILED_PRECONDITION", retry: "never", exit: 1 },
  "session-missing": { grpc: "NOT_FOUND", retry: "never", exit: 1 },
  "node-missing": { grpc: "NOT_FOUND", retry: "never", exit: 1 },
  "object-missing": { grpc: "NOT_FOUND", retry: "same-node", exit: 1 },
  "object-broken": { grpc: "INTERNAL", retry: "same-node", exit: 1 },
  "checkpoint-broken": { grpc: "FAILED_PRECONDITION", retry: "never", exit: 1 },
  "checkpoint-mismatch": { grpc: "FAILED_PRECONDITION", retry: "never", exit: 1 },
  "node-quarantined": { grpc: "FAILED_PRECONDITION", retry: "other-node", exit: 1 },
  "not-allowed": { grpc: "PERMISSION_DENIED", retry: "never", exit: 1 },
  "rate-exceeded": { grpc: "RESOURCE_EXHAUSTED", retry: "same-node", exit: 1 },
  unauthenticated: { grpc: "UNAUTHENTICATED", retry: "never", exit: 1 },
  "session-state": { grpc: "FAILED_PRECONDITION", retry: "never", exit: 1 },
  cancelled: { grpc: "CANCELLED", retry: "same-node", exit: 1 },
  "timed-out": { grpc: "DEADLINE_EXCEEDED", retry: "same-node", exit: 1 },
  unavailable: { grpc: "UNAVAILABLE", retry: "same-node", exit: 1 },
  "denoiser-missing": { grpc: "FAILED_PRECONDITION", retry: "never", exit: 2 },
  "renderer-missing": { grpc: "FAILED_PRECONDITION", retry: "other-node", exit: 1 },
  "renderer-failed": { grpc: "INTERNAL", retry: "other-node", exit: 1 },
  "computation-crashed": { grpc: "INTERNAL", retry: "other-node", exit: 1 },
  "computation-lost": { grpc: "UNAVAILABLE", retry: "other-node", exit: 1 },
  "cache-failed": { grpc: "RESOURCE_EXHAUSTED", retry: "other-node", exit: 1 },
  "memory-exceeded": { grpc: "RESOURCE_EXHAUSTED", retry: "other-node", exit: 1 },
  internal: { grpc: "INTERNAL", retry: "never", exit: 1 },
} as const satisfies Record<string, CodeRow>;

export type ErrorCode = keyof typeof errorCodes;

/** Where it happened; only what is known is set. */
export interface ErrorPlace {
  readonly session?: string;
  readonly computation?: string;
  readonly node?: string;
  readonly unit?: string;
  /** A file, and what inside it: `scene.gltf: meshes[3].primitives[0]`. */
  readonly path?: string;
  /** The flag, environment variable or file that a bad setting came from. */
  readonly setting?: string;
}

export interface ErrorFields {
  /** What happened, one sentence. */
  readonly message: string;
  /** What the reader can do about it, one sentence. */
  readonly action: string;
  readonly place?: ErrorPlace;
  readonly cause?: unknown;
}

export class ArrasError extends Error {
  override readonly name = "ArrasError";
  readonly code: ErrorCode;
  readonly action: string;
  readonly place: ErrorPlace;

  constructor(code: ErrorCode, fields: ErrorFields) {
    super(fields.message, { cause: fields.cause });
    this.code = code;
    this.action = fields.action;
    this.place = fields.place ?? {};
  }

  get retry(): RetryClass {
    return errorCodes[this.code].retry;
  }

  get exitCode(): 1 | 2 {
    return errorCodes[this.code].exit;
  }

  /** For people: the code first, then what happened, where, and what to do. */
  override toString(): string {
    const place = Object.entries(this.place).map(([key, value]) => `${key} ${value}`);
    const where = place.length > 0 ? ` (${place.join(", ")})` : "";
    return `[${this.code}] ${this.message}${where}. ${this.action}`;
  }

  /** An unknown throw becomes ours, once, at the edge where it is caught. */
  static from(thrown: unknown, fallback: ErrorCode = "internal"): ArrasError {
    if (thrown instanceof ArrasError) return thrown;
    if (thrown instanceof ArrasErrors) return joined(thrown.errors);
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    return new ArrasError(fallback, {
      message: text,
      action: "Run again with -l 4 and report it with the log.",
      cause: thrown,
    });
  }
}

/** Several mistakes as one: for a wire that carries one error. */
function joined(errors: readonly ArrasError[]): ArrasError {
  // The exit code is that of all together: 2 as soon as one of them can be corrected in the input.
  const first = errors.find((error) => error.exitCode === 2) ?? errors[0];
  if (first === undefined) throw new Error("ArrasErrors without an error");
  if (errors.length === 1) return first;
  return new ArrasError(first.code, {
    message: `${errors.length} mistakes:\n${errors.map((error) => `  ${error.toString()}`).join("\n")}`.replace(
      /\.$/,
      "",
    ),
    action: "Correct all of them.",
  });
}

/** Several mistakes of one input, reported together. */
export class ArrasErrors extends Error {
  override readonly name = "ArrasErrors";
  readonly errors: readonly ArrasError[];

  constructor(errors: readonly ArrasError[]) {
    super(errors.map((error) => error.toString()).join("\n"));
    this.errors = errors;
  }

  get exitCode(): 1 | 2 {
    return this.errors.some((error) => error.exitCode === 2) ? 2 : 1;
  }
}
