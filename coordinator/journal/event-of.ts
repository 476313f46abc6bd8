// What a happening looks like in the farm's journal: its kind, whom it is about, and a sentence. Pure.
import { create } from "@bufbuild/protobuf";
import { errorToMessage } from "../../proto/error-message.ts";
import type { ArrasError } from "../../proto/errors.ts";
import { EventKind, type FarmEvent, FarmEventSchema } from "../../proto/gen/arras/v1/farm_pb.ts";
import { limits } from "../../proto/limits.ts";
import type { Happening } from "./happening.ts";

/** undefined: nothing that the journal's readers care for. */
const kinds: Readonly<Record<Happening["t"], EventKind | undefined>> = {
  "session-created": EventKind.SESSION_CREATED,
  "session-queued": EventKind.SESSION_QUEUED,
  "session-placed": EventKind.SESSION_PLACED,
  "session-preparing": EventKind.SESSION_PREPARING,
  "session-rendering": EventKind.SESSION_RENDERING,
  "session-paused": EventKind.SESSION_PAUSED,
  "session-resumed": EventKind.SESSION_RESUMED,
  "session-finished": EventKind.SESSION_FINISHED,
  "session-stopped": EventKind.SESSION_STOPPED,
  "session-holes": EventKind.SESSION_HOLES,
  "session-failed": EventKind.SESSION_FAILED,
  "session-closed": EventKind.SESSION_CLOSED,
  "session-taken-over": EventKind.SESSION_TAKEN_OVER,
  "session-yielded": undefined,
  "session-recovered": undefined,
  "session-restored": EventKind.SESSION_RESTORED,
  "session-hole": EventKind.SESSION_HOLE,
  "session-undecided": EventKind.SESSION_UNDECIDED,
  "session-unclean": EventKind.SESSION_UNCLEAN,
  "image-fetched": undefined,
  checkpointed: undefined,
  "images-kept": EventKind.SESSION_IMAGES_KEPT,
  "images-missing": EventKind.SESSION_IMAGES_MISSING,
  "computation-launched": undefined,
  "computation-started": EventKind.COMPUTATION_STARTED,
  "computation-prepared": undefined,
  "computation-ended": EventKind.COMPUTATION_ENDED,
  "computation-restarted": EventKind.COMPUTATION_RESTARTED,
  "computation-gone": EventKind.COMPUTATION_GONE,
  "computation-unplaced": EventKind.COMPUTATION_UNPLACED,
  "node-joined": EventKind.NODE_JOINED,
  "node-draining": EventKind.NODE_DRAINING,
  "node-left": EventKind.NODE_LEFT,
  "node-lost": EventKind.NODE_LOST,
  "node-refused": EventKind.NODE_REFUSED,
  "node-quarantined": EventKind.NODE_QUARANTINED,
};

export interface EventStamp {
  /** For happenings that only one coordinator sees. */
  readonly id: string;
  /** Wall clock, milliseconds since 1970. */
  readonly atMs: number;
}

export function eventOf(happening: Happening, { id, atMs }: EventStamp): FarmEvent | undefined {
  const kind = kindOf(happening);
  if (kind === undefined) return undefined;
  return create(FarmEventSchema, {
    id: "factId" in happening ? `${happening.t}:${happening.nodeId}:${happening.factId}` : id,
    atMs: BigInt(Math.round(atMs)),
    kind,
    text: sentence(happening).slice(0, limits.messageTextCharsMax),
    ...("sessionId" in happening ? { sessionId: happening.sessionId } : {}),
    ...("computation" in happening ? { computation: happening.computation, attempt: happening.attempt } : {}),
    ...("nodeId" in happening ? { nodeId: happening.nodeId } : {}),
    ...("error" in happening ? { error: errorToMessage(happening.error) } : {}),
  });
}

/** A process that passed its memory has a kind of its own, whatever follows from it. */
function kindOf(happening: Happening): EventKind | undefined {
  const isOverMemory = "computation" in happening && "error" in happening && happening.error.code === "memory-exceeded";
  return isOverMemory ? EventKind.COMPUTATION_MEMORY_EXCEEDED : kinds[happening.t];
}

/** One sentence for each kind; who reads a log of them reads these. */
export function sentence(happening: Happening): string {
  switch (happening.t) {
    case "session-created":
      return `Created${words(" for ", happening.scene)}${words(" by ", happening.user)}`;
    case "session-queued":
      return `Waits at place ${happening.place}: ${happening.reason}`;
    case "session-placed":
      return `Placed on ${nodesText(happening.nodeIds)}`;
    case "session-failed":
      return `Failed: ${happening.error.toString()}`;
    case "session-hole":
      return holeText(happening);
    case "session-restored":
      return `The film begins with a checkpoint${samplesText(happening.sppMean)}`;
    case "session-recovered":
      return `Goes on after a takeover of ${Math.round(happening.durationMs)} ms`;
    case "image-fetched":
      return `A picture (${happening.format}) was fetched in ${Math.round(happening.durationMs)} ms`;
    case "checkpointed":
      return `A checkpoint of ${happening.sizeBytes} bytes was written in ${Math.round(happening.durationMs)} ms`;
    case "images-kept":
      return `Finished images of ${happening.sizeBytes} bytes are kept`;
    case "images-missing":
      return `Finished images could not be kept: ${happening.error.toString()}`;
    case "computation-restarted":
      return `${happening.computation} is started again: ${happening.error.toString()}`;
    case "computation-gone":
      return `${happening.computation} is gone for good: ${happening.error.toString()}`;
    case "computation-unplaced":
      return `${happening.computation} waits for a place: ${happening.error.message}`;
    case "computation-launched":
    case "computation-started":
    case "computation-prepared":
    case "computation-ended":
      return `${happening.computation} ${computationWords[happening.t]} ${happening.nodeId}${attemptText(happening.attempt)}`;
    case "session-unclean":
      return uncleanText(happening.error);
    case "session-undecided":
      return `Nodes differ, and nobody could tell which of them is wrong: ${happening.evidence}`;
    case "node-quarantined":
      return `${happening.host} renders wrong samples and gets nothing any more: ${happening.evidence}`;
    case "node-refused":
      return `${happening.host} has version ${happening.version.slice(0, 40)} and takes no part`;
    default:
      return plainSentence(happening);
  }
}

function uncleanText(error: ArrasError): string {
  return `The frame waits, as samples of a wrong node could not be taken out yet: ${error.toString()}`;
}

const computationWords = {
  "computation-launched": "is launched on",
  "computation-started": "runs on",
  "computation-prepared": "has loaded the scene on",
  "computation-ended": "has ended on",
} as const;

const plainWords = {
  "session-preparing": "The film is open, the scene is loaded",
  "session-rendering": "Rendering",
  "session-paused": "Paused",
  "session-resumed": "Rendering again",
  "session-finished": "Finished",
  "session-stopped": "Stopped",
  "session-holes": "Finished, with regions that could not be rendered",
  "session-closed": "Closed",
  "session-taken-over": "Taken over: the coordinator that had it is gone",
  "session-yielded": "Left to other coordinators",
  "node-joined": "joined",
  "node-draining": "takes nothing new and leaves",
  "node-left": "left",
  "node-lost": "is not heard of any more",
} as const;

function plainSentence(happening: Extract<Happening, { readonly t: keyof typeof plainWords }>): string {
  const words = plainWords[happening.t];
  return "host" in happening ? `${happening.host} ${words}` : words;
}

function holeText({ rect, fromSample, reason }: Extract<Happening, { readonly t: "session-hole" }>): string {
  const { x0, y0, x1, y1 } = rect;
  return `Pixels ${x0},${y0}-${x1},${y1} get no samples from ${fromSample} on: ${reason}`;
}

function words(before: string, name: string): string {
  return name === "" ? "" : `${before}${name}`;
}

function samplesText(sppMean: number | undefined): string {
  return sppMean === undefined ? "" : ` with ${sppMean.toFixed(1)} samples per pixel`;
}

function attemptText(attempt: number): string {
  return attempt > 1 ? `, attempt ${attempt}` : "";
}

function nodesText(nodeIds: readonly string[]): string {
  const distinct = [...new Set(nodeIds)];
  return distinct.length > 8 ? `${distinct.length} nodes` : distinct.join(", ");
}
