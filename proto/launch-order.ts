// The order that a computation reads from its standard input: one line of JSON, then the input stays open for as long
// as the computation may live, and each further line is a note. And the line with which it answers on its standard
// output.
import { fromJsonString, toJsonString } from "@bufbuild/protobuf";
import { z } from "zod";
import { ArrasError } from "./errors.ts";
import { ComputationKind, type LaunchOrder, LaunchOrderSchema } from "./gen/arras/v1/node_pb.ts";
import { parseHostPort } from "./host-port.ts";
import { limits } from "./limits.ts";
import { isSha256 } from "./sha256.ts";

export function launchOrderToLine(order: LaunchOrder): string {
  return `${toJsonString(LaunchOrderSchema, order)}\n`;
}

/** Throws `message-malformed`. The text is never repeated: it holds a token. */
export function launchOrderFromLine(line: string): LaunchOrder {
  let order: LaunchOrder;
  try {
    if (line.length > limits.launchOrderSizeBytesMax) throw new Error("too long");
    order = fromJsonString(LaunchOrderSchema, line);
  } catch {
    throw malformed("is not one line of JSON in the form of arras.v1.LaunchOrder");
  }
  if (order.sessionId === "" || order.computation === "" || order.token === "")
    throw malformed("lacks session, computation or token");
  if (order.kind !== ComputationKind.MCRT && order.kind !== ComputationKind.MERGE) throw malformed("has no known kind");
  if (order.kind === ComputationKind.MCRT && (order.coordinatorAddress === "" || order.threadCount < 1)) {
    throw malformed("lacks the coordinator's address or a thread count");
  }
  if (order.kind === ComputationKind.MERGE && order.listenAddress === "")
    throw malformed("lacks an address to listen on");
  return order;
}

/** `unix:/path` or `host:port`, as gRPC takes them. */
export function isAddress(text: string): boolean {
  if (text.length > limits.addressCharsMax) return false;
  return /^unix:\/[^\0\n]+$/.test(text) || parseHostPort(text) !== undefined;
}

const digest = z.string().refine(isSha256, "is no digest");
const sizeBytes = z.int().min(0);

const noteSchema = z.discriminatedUnion("t", [
  z.object({ t: z.literal("coordinator"), address: z.string().refine(isAddress, "is no address") }).strict(),
  z.object({ t: z.literal("bundle-progress"), sha256: digest, doneBytes: sizeBytes, totalBytes: sizeBytes }).strict(),
  z.object({ t: z.literal("bundle"), sha256: digest, folder: z.string().regex(/^\/[^\0]*$/) }).strict(),
  z
    .object({
      t: z.literal("bundle-failed"),
      sha256: digest,
      code: z.string(),
      message: z.string(),
      action: z.string(),
      path: z.string(),
    })
    .strict(),
]);

/**
 * What an agent tells a computation that runs. Any may come twice, and the newest of a kind counts.
 * coordinator: who owns the session is now there; an mcrt leaves its stream and says Hello there, others ignore it.
 * bundle-progress, bundle, bundle-failed: of the scene's files that an mcrt was launched with (LaunchRequest): how far
 * they are, in which folder they are, or why they will not be. One of the last two comes, and is the last.
 */
export type AgentNote = Readonly<z.infer<typeof noteSchema>>;

export function agentNoteToLine(note: AgentNote): string {
  return `${JSON.stringify(note)}\n`;
}

/** undefined: no note, or of a kind that a newer agent knows. Whoever reads it passes it over, and says so. */
export function agentNoteFromLine(line: string): AgentNote | undefined {
  try {
    return noteSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** First line on standard output. `address` is where FilmService is served; empty for an mcrt. */
export interface Announcement {
  readonly address: string;
}

export function announcementToLine(announcement: Announcement): string {
  return `${JSON.stringify(announcement)}\n`;
}

export function announcementFromLine(line: string): Announcement {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && "address" in value && typeof value.address === "string") {
      return { address: value.address };
    }
  } catch {
    // Falls through: text that is no JSON and JSON of another form are the same mistake.
  }
  throw new ArrasError("computation-crashed", {
    message: `A computation announced itself with ${JSON.stringify(line.slice(0, 120))}`,
    action: "Its first line on standard output must be an announcement: see launch-order.ts.",
  });
}

function malformed(what: string): ArrasError {
  return new ArrasError("message-malformed", {
    message: `The launch order on standard input ${what}`,
    action: "Computations are started by a node agent, not by hand.",
  });
}
