// Methods that reply with a stream, at the pace of whoever reads it: what its messages are made of waits meanwhile.
import { toGrpcError } from "./grpc-error.ts";

/** As much of a call as leaving it needs. */
interface Left {
  on(event: "cancelled" | "close", listener: () => void): unknown;
}

/** As much of a call that is answered with a stream as that needs. */
interface StreamAnswered<Message> extends Left {
  write(message: Message): boolean;
  end(): unknown;
  emit(event: "error", error: unknown): boolean;
  on(event: "cancelled" | "close" | "drain", listener: () => void): unknown;
  off(event: "drain", listener: () => void): unknown;
}

/** Aborted when whoever asked is gone. */
export function leavingSignal(call: Left): AbortSignal {
  const leaving = new AbortController();
  for (const event of ["cancelled", "close"] as const) call.on(event, () => leaving.abort());
  return leaving.signal;
}

/**
 * Sends them all and ends the call; what they throw becomes its status. Never rejects. `signal`: whoever asked is gone, and
 * no more is wanted.
 */
export async function streamReply<Message>(
  call: StreamAnswered<Message>,
  messages: (signal: AbortSignal) => AsyncIterable<Message>,
): Promise<void> {
  const signal = leavingSignal(call);
  try {
    for await (const message of messages(signal)) {
      if (signal.aborted) return;
      if (!call.write(message)) await drained(call, signal);
    }
    call.end();
  } catch (thrown) {
    if (!signal.aborted) call.emit("error", toGrpcError(thrown));
  }
}

/** There is room for more, or nobody to read it. */
function drained(call: StreamAnswered<never>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      call.off("drain", end);
      signal.removeEventListener("abort", end);
      resolve();
    };
    call.on("drain", end);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}
