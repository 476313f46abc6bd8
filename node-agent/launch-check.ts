// Whether an agent may do what it is asked: it trusts no coordinator further than its own configuration. Pure.
import { fromBinary } from "@bufbuild/protobuf";
import { ArrasError } from "../proto/errors.ts";
import {
  type AdoptRequest,
  AdoptRequestSchema,
  ComputationKind,
  type LaunchOrder,
  type LaunchRequest,
} from "../proto/gen/arras/v1/node_pb.ts";
import { isAddress } from "../proto/launch-order.ts";
import { limits } from "../proto/limits.ts";

export interface NodeUse {
  readonly nodeId: string;
  readonly host: string;
  readonly memoryBytes: number;
  /** Limits of what runs now, together. */
  readonly promisedBytes: number;
  readonly runningCount: number;
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
  if (order.computation.length > limits.computationNameCharsMax) throw malformed("has too long a name", use);
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
export function adoptRequestFrom(message: Uint8Array, nodeId: string): AdoptRequest {
  const request = fromBinary(AdoptRequestSchema, message);
  const { sessionId, coordinatorAddress } = request;
  if (sessionId !== "" && (coordinatorAddress === "" || isAddress(coordinatorAddress))) return request;
  throw new ArrasError("message-malformed", {
    message: `A request to adopt ${sessionId === "" ? "names no session" : "names no address"}`,
    action: "Do coordinator and agent have the same version?",
    place: { node: nodeId },
  });
}

function malformed(what: string, { nodeId }: Pick<NodeUse, "nodeId">): ArrasError {
  return new ArrasError("message-malformed", {
    message: `A launch request ${what}`,
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
