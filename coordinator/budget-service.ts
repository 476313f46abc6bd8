// BudgetService over gRPC: one stream per computation, handed to its session.
import { create } from "@bufbuild/protobuf";
import type { ServerDuplexStream } from "@grpc/grpc-js";
import { toGrpcError } from "../host/grpc-error.ts";
import type { ServedService } from "../host/grpc-server.ts";
import { ArrasError } from "../proto/errors.ts";
import {
  BudgetService,
  type Hello,
  type WorkOrder,
  WorkOrderSchema,
  type WorkReport,
} from "../proto/gen/arras/v1/budget_pb.ts";
import type { WorkStream } from "./crew-member.ts";

/** What the streams of one session's computations are handed to. */
export interface WorkReceiver {
  connected(hello: Hello, stream: WorkStream): void;
  report(computation: string, report: WorkReport): void;
  disconnected(computation: string, stream: WorkStream): void;
}

export function budgetService(receiverOf: (hello: Hello) => WorkReceiver): ServedService {
  return {
    service: BudgetService,
    // Computations say their session's token in their first message.
    access: "own",
    implementation: { work: (call: ServerDuplexStream<WorkReport, WorkOrder>) => serveWork(call, receiverOf) },
  };
}

function serveWork(call: ServerDuplexStream<WorkReport, WorkOrder>, receiverOf: (hello: Hello) => WorkReceiver): void {
  let joined: { readonly receiver: WorkReceiver; readonly computation: string } | undefined;
  const stream: WorkStream = {
    send: (order) => void call.write(create(WorkOrderSchema, { order })),
    close: () => call.end(),
  };
  const leave = () => {
    joined?.receiver.disconnected(joined.computation, stream);
    joined = undefined;
  };
  let isRefused = false;
  call.on("data", (message: WorkReport) => {
    if (isRefused) return;
    try {
      if (joined !== undefined) {
        joined.receiver.report(joined.computation, message);
        return;
      }
      const hello = requireHello(message);
      const receiver = receiverOf(hello);
      receiver.connected(hello, stream);
      joined = { receiver, computation: hello.computation };
    } catch (thrown) {
      // A programmer's mistake must not pass as a bad message.
      if (!(thrown instanceof ArrasError)) throw thrown;
      leave();
      isRefused = true;
      call.emit("error", toGrpcError(thrown));
    }
  });
  call.on("end", () => {
    leave();
    call.end();
  });
  call.on("cancelled", leave);
  call.on("error", leave);
}

function requireHello({ report }: WorkReport): Hello {
  if (report.case === "hello") return report.value;
  throw new ArrasError("message-malformed", {
    message: "A computation's first message is no Hello",
    action: "Compare software versions.",
  });
}
