// Methods that reply once, from functions that return the reply: what these throw becomes the call's status.
import type { sendUnaryData } from "@grpc/grpc-js";
import { toGrpcError } from "./grpc-error.ts";

/** Of any call that is answered once: with one request, or with a stream of them. */
interface OnceAnswered {
  on(event: "cancelled", listener: () => void): unknown;
}

/** `signal`: whoever asked is gone. */
export function unary<Call extends OnceAnswered, Reply>(
  answer: (call: Call, signal: AbortSignal) => Reply | Promise<Reply>,
) {
  return (call: Call, callback: sendUnaryData<Reply>): void => {
    const leaving = new AbortController();
    call.on("cancelled", () => leaving.abort());
    const answered = async () => answer(call, leaving.signal);
    answered().then(
      (reply) => callback(null, reply),
      (thrown: unknown) => callback(toGrpcError(thrown)),
    );
  };
}
