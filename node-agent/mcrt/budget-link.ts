// The stream to the coordinator: opened again with backoff whenever it breaks, with Hello first each time, also where
// another coordinator has taken the session over. What was said on a broken stream is not repeated: its units have
// already gone back to the plan.
import { create } from "@bufbuild/protobuf";
import { type ClientDuplexStream, status } from "@grpc/grpc-js";
import type { Clock, Timer } from "../../host/clock.ts";
import { GrpcClient } from "../../host/grpc-client.ts";
import type { Log } from "../../host/log.ts";
import type { ClientTls } from "../../host/read-access.ts";
import { ArrasError } from "../../proto/errors.ts";
import {
  BudgetService,
  type Hello,
  type WorkOrder,
  type WorkReport,
  WorkReportSchema,
} from "../../proto/gen/arras/v1/budget_pb.ts";
import { limits } from "../../proto/limits.ts";

const reconnectDelayMs = 100;
const reconnectDelayMsMax = 2_000;

/** Told what comes from the coordinator. */
export interface OrderListener {
  order(order: WorkOrder): void;
  /** The stream broke: all granted units are void. */
  disconnected(): void;
  /** The coordinator does not want us; there is no use in trying again. */
  rejected(error: ArrasError): void;
}

interface Connection {
  readonly hello: Hello;
  readonly listener: OrderListener;
}

export class BudgetLink {
  #address: string;
  readonly #tls: ClientTls | undefined;
  #client: GrpcClient;
  readonly #clock: Clock;
  readonly #log: Log;
  #connection: Connection | undefined;
  #stream: ClientDuplexStream<WorkReport, WorkOrder> | undefined;
  #delayMs = reconnectDelayMs;
  #reconnect: Timer | undefined;
  #closed = false;
  /** Since when there has been no word of the coordinator. */
  #silentSinceMs: number | undefined;
  /** Those who wait for a report to leave. grpc-js forgets the callbacks of a broken stream. */
  readonly #waiting = new Set<() => void>();

  /** `caPem`: the authority of the coordinators' certificates; empty: they speak no TLS. */
  constructor(options: { address: string; caPem: string; clock: Clock; log: Log }) {
    this.#address = options.address;
    this.#tls = options.caPem === "" ? undefined : { ca: Buffer.from(options.caPem), identity: undefined };
    this.#client = this.#clientTo(options.address);
    this.#clock = options.clock;
    this.#log = options.log;
  }

  connect(hello: Hello, listener: OrderListener): void {
    if (this.#closed) return;
    this.#connection = { hello, listener };
    const stream = this.#client.duplex<WorkReport, WorkOrder>("work");
    this.#stream = stream;
    stream.on("data", (order) => {
      // Of a coordinator that was left: another decides now.
      if (this.#stream !== stream) return;
      this.#delayMs = reconnectDelayMs;
      this.#silentSinceMs = undefined;
      listener.order(order);
    });
    const broken = (error?: Error & { code?: number }) => {
      if (this.#stream !== stream) return;
      this.#stream = undefined;
      this.#letGo();
      if (this.#closed) return;
      if (error?.code === status.NOT_FOUND || error?.code === status.UNAUTHENTICATED)
        return listener.rejected(this.#client.error(error));
      this.#log.warn({ reason: error?.message }, "stream to the coordinator broke");
      listener.disconnected();
      this.#silentSinceMs ??= this.#clock.nowMs();
      if (this.#clock.nowMs() - this.#silentSinceMs >= limits.coordinatorAwayMsMax) return listener.rejected(away());
      this.#reconnect = this.#clock.after(this.#delayMs, () => this.connect(hello, listener));
      this.#delayMs = Math.min(reconnectDelayMsMax, this.#delayMs * 2);
    };
    stream.on("error", broken);
    stream.on("end", () => broken());
    void this.send({ case: "hello", value: hello });
  }

  /** The session's coordinator is there now: leaves the present stream, as if it broke, and says Hello there. */
  moveTo(address: string): void {
    const connection = this.#connection;
    if (this.#closed || connection === undefined || (address === this.#address && this.#stream !== undefined)) return;
    this.#log.info({ address }, "the session's coordinator is elsewhere now");
    this.#reconnect?.cancel();
    const stream = this.#stream;
    this.#stream = undefined;
    this.#letGo();
    stream?.cancel();
    this.#client.close();
    this.#address = address;
    this.#client = this.#clientTo(address);
    this.#delayMs = reconnectDelayMs;
    this.#silentSinceMs = undefined;
    if (stream !== undefined) connection.listener.disconnected();
    this.connect(connection.hello, connection.listener);
  }

  /**
   * Dropped when there is no stream. Resolves when it has left this process, so that no crash can take it back, or when
   * its stream has ended.
   */
  send(report: WorkReport["report"]): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const left = () => {
        this.#waiting.delete(left);
        resolve();
      };
      this.#waiting.add(left);
      stream.write(create(WorkReportSchema, { report }), left);
    });
  }

  close(): void {
    this.#closed = true;
    this.#reconnect?.cancel();
    this.#stream?.end();
    this.#stream = undefined;
    this.#client.close();
    this.#letGo();
  }

  #clientTo(address: string): GrpcClient {
    const access = { tls: this.#tls };
    return new GrpcClient({ address, service: BudgetService, peer: "the coordinator", access, writesToSocket: true });
  }

  #letGo(): void {
    for (const left of [...this.#waiting]) left();
  }
}

function away(): ArrasError {
  return new ArrasError("unavailable", {
    message: `The coordinator was away for ${limits.coordinatorAwayMsMax / 1000} s`,
    action: "Its session is lost: render again.",
  });
}
