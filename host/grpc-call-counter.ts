// Tells of each gRPC call that ended: which method, and with which status. Only methods that are served are told of, so
// that nobody outside can make up names.
import { ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";

/** `method`: "SessionService/CreateSession". `code`: gRPC's name of it, "NOT_FOUND". */
export type CallEnded = (method: string, code: string) => void;

export function callCounter(ended: CallEnded): ServerInterceptor {
  return ({ path }, call) => {
    let isTold = false;
    const tell = (code: status) => {
      if (isTold) return;
      isTold = true;
      ended(path.replace(/^\/(?:\w+\.)*/, ""), status[code] ?? "UNKNOWN");
    };
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onCancel: () => tell(status.CANCELLED),
        }),
      sendStatus: (sent, next) => {
        tell(sent.code ?? status.OK);
        next(sent);
      },
    });
  };
}
