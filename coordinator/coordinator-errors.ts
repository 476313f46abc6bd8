// What a coordinator says of itself and of nodes that are gone. Pure.
import { ArrasError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";

export function starting(): ArrasError {
  const message = "The coordinator is starting";
  return new ArrasError("unavailable", { message, action: "Try again in a moment." });
}

export function lostNode(nodeId: string, host: string): ArrasError {
  const silenceS = (limits.heartbeatIntervalMs * limits.heartbeatsMissedMax) / 1000;
  return new ArrasError("computation-lost", {
    message: `Its node on ${host} was not heard of for ${silenceS} s`,
    action: "Nothing: it is placed again. Is that machine still there?",
    place: { node: nodeId },
  });
}
