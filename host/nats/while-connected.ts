// A request over a connection that may be lost meanwhile: then nobody will answer it, however long it would wait.
import { ArrasError } from "../../proto/errors.ts";
import type { NatsLink } from "./nats-link.ts";

/** Rejects with `unavailable` when the connection is lost first. What was asked may or may not have happened. */
export async function whileConnected<Result>(link: NatsLink, request: () => Promise<Result>): Promise<Result> {
  // Its caller may have waited for its turn: what is sent now would be lost, or wait here unnoticed.
  if (!link.isConnected) throw away();
  let end = () => {};
  const lost = new Promise<never>((_, reject) => {
    end = link.onChange((isConnected) => {
      if (!isConnected) reject(away());
    });
  });
  lost.catch(() => {});
  try {
    return await Promise.race([request(), lost]);
  } finally {
    end();
  }
}

function away(): ArrasError {
  return new ArrasError("unavailable", {
    message: "The connection to NATS was lost before the answer came",
    action: "It is asked again when NATS is back.",
  });
}
