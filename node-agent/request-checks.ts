// Whether an agent may do what it is asked: it trusts no coordinator further than its own configuration. Pure.
import { ArrasError } from "../proto/errors.ts";
import {
  type AdoptRequest,
  ComputationKind,
  type DrainRequest,
  type LaunchOrder,
  type LaunchRequest,
} from "../proto/gen/arras/v1/node_pb.ts";
import { isAddress } from "../proto/launch-order.ts";
import { limits } from "../proto/limits.ts";
import { isSha256 } from "../proto/sha256.ts";

export interface NodeUse {
  readonly nodeId: string;
  readonly host: string;
  readonly memoryBytes: number;
  /** Limits of what runs now, together. */
  readonly promisedBytes: number;
  readonly runningCount: number;
  /** Whether it can fetch a scene's files. */
  readonly hasCache: boolean;
}

/** The request's order and limit, or why not: `message-malformed`, `limit-exceeded`, `resources-insufficient`. */
export function checkLaunch(request: LaunchRequest, use: NodeUse): { order: LaunchOrder; limitBytes: number } {
  const { order } = request;
  if (order === undefined) throw malformed("has no order", use);
  if (order.nodeId !== use.nodeId) throw malformed(`is for the node ${JSON.stringify(order.nodeId)}`, use);
  if (order.kind !== ComputationKind.MCRT && order.kind !== ComputationKind.MERGE)
    throw malformed("names no kind", use);
  if (order.attempt < 1) throw malformed("has no attempt", use);
  if (order.sessionId === "" || order.computation === "") throw malformed("names no session or computation", use);
  if (
    order.computation.length > limits.computationNameCharsMax ||
    order.sessionId.length > limits.computationNameCharsMax
  )
    throw malformed("has too long a name", use);
  for (const address of [order.coordinatorAddress, order.listenAddress])
    if (address !== "" && !isAddress(address)) throw malformed("has an address that is none", use);
  if (order.threadCount > limits.coresMax) {
    throw refused(
      "limit-exceeded",
      `${order.threadCount} threads pass the limit coresMax, ${limits.coresMax}`,
      order,
      use,
    );
  }
  if (request.memoryLimitBytes <= 0n || request.memoryLimitBytes > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw malformed("has no memory limit", use);
  }
  if (request.bundleSha256 !== "") {
    if (!isSha256(request.bundleSha256)) throw malformed("names its bundle by something that is no digest", use);
    if (!use.hasCache) throw malformed("names a bundle, and this node fetches none", use);
  }
  const limitBytes = Number(request.memoryLimitBytes);
  if (use.runningCount >= limits.nodeComputationsMax) {
    const message = `${use.host} runs ${use.runningCount} computations, as many as nodeComputationsMax allows`;
    throw refused("resources-insufficient", message, order, use);
  }
  const freeBytes = use.memoryBytes - use.promisedBytes;
  if (limitBytes > freeBytes) {
    const message = `${use.host} has ${megabytes(freeBytes)} MB left to promise, ${order.computation} is to have ${megabytes(limitBytes)} MB`;
    throw refused("resources-insufficient", message, order, use);
  }
  return { order, limitBytes };
}

/** Throws `message-malformed`. */
export function checkAdopt(request: AdoptRequest, nodeId: string): AdoptRequest {
  const { sessionId, coordinatorAddress } = request;
  const what = "A request to adopt";
  if (sessionId === "") throw malformed("names no session", { nodeId }, what);
  if (coordinatorAddress !== "" && !isAddress(coordinatorAddress))
    throw malformed("names no address", { nodeId }, what);
  return request;
}

/** Throws `message-malformed`. */
export function checkDrain(
  { deadlineMs, reason }: DrainRequest,
  node: { readonly nodeId: string; readonly drainDeadlineMs: number },
): { readonly deadlineMs: number; readonly reason: string } {
  const what = "A request to drain";
  if (deadlineMs > limits.drainDeadlineMsMax) throw malformed("passes the limit drainDeadlineMsMax", node, what);
  if (reason.length > limits.messageTextCharsMax) throw malformed("has too long a reason", node, what);
  return { deadlineMs: deadlineMs === 0 ? node.drainDeadlineMs : deadlineMs, reason: `a request: ${reason}` };
}

function malformed(what: string, { nodeId }: { readonly nodeId: string }, subject = "A launch request"): ArrasError {
  return new ArrasError("message-malformed", {
    message: `${subject} ${what}`,
    action: "Do coordinator and agent have the same version?",
    place: { node: nodeId },
  });
}

function refused(
  code: "limit-exceeded" | "resources-insufficient",
  message: string,
  { sessionId, computation }: LaunchOrder,
  { nodeId }: NodeUse,
): ArrasError {
  const action = "Place it on another node, or ask for less.";
  return new ArrasError(code, { message, action, place: { session: sessionId, computation, node: nodeId } });
}

function megabytes(sizeBytes: number): number {
  return Math.floor(sizeBytes / 2 ** 20);
}
