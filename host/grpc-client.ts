// A gRPC client for one of our services, with keepalive that notices a stopped peer within seven seconds.
import type { DescService } from "@bufbuild/protobuf";
import {
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientWritableStream,
  Metadata,
} from "@grpc/grpc-js";
import { limits } from "../proto/limits.ts";
import { channelOf } from "./grpc-channel.ts";
import { grpcDefinition } from "./grpc-definition.ts";
import { fromGrpcError } from "./grpc-error.ts";
import type { Secret } from "./nats/secret.ts";
import type { DoorAccess } from "./read-access.ts";

/**
 * grpc-js keeps a copy of what it sends, in case it retries a call, and calls a message written once it has the copy.
 * Without room for copies it waits for the socket (1.14.7, retrying-call.js).
 */
const withoutCopies = { "grpc.retry_buffer_size": 0, "grpc.per_rpc_retry_buffer_size": 0 };

const receiveWindowSizeBytes = 4 * 1024 * 1024;

export interface GrpcClientOptions {
  readonly address: string;
  /** Several: they share the connection, and no two have a method of one name. */
  readonly service: DescService | readonly DescService[];
  /** Names the other side in errors, e.g. "the merger". */
  readonly peer: string;
  /** TLS and token; undefined: neither. A Unix socket needs none. */
  readonly access?: Partial<DoorAccess> | undefined;
  /** A stream's write is complete when the message has left this process, not before. */
  readonly writesToSocket?: boolean;
}

export class GrpcClient {
  readonly #client: Client;
  readonly #definition: ReturnType<typeof grpcDefinition>;
  readonly #peer: string;
  readonly #token: Secret | undefined;

  /** Connects lazily. */
  constructor(options: GrpcClientOptions) {
    this.#definition = Object.assign({}, ...[options.service].flat().map(grpcDefinition));
    this.#peer = `${options.peer} at ${options.address}`;
    const isLocal = options.address.startsWith("unix:");
    this.#token = isLocal ? undefined : options.access?.token;
    const channel = channelOf(options.address, isLocal ? undefined : options.access?.tls);
    this.#client = new Client(options.address, channel.credentials, {
      "grpc.max_receive_message_length": limits.messageSizeBytesMax,
      "grpc.max_send_message_length": limits.messageSizeBytesMax,
      "grpc.keepalive_time_ms": 2_000,
      // Renderers take all cores, and a peer that loads a scene may be silent for a while: 1 s lost healthy streams.
      "grpc.keepalive_timeout_ms": 5_000,
      "grpc.keepalive_permit_without_calls": 1,
      "grpc-node.flow_control_window": receiveWindowSizeBytes,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 2_000,
      // Every client its own connection: two computations in one test process must not share a window.
      "grpc.use_local_subchannel_pool": 1,
      ...channel.options,
      ...(options.writesToSocket === true ? withoutCopies : {}),
    });
  }

  /** Rejects with an ArrasError. */
  unary<Request extends object, Reply extends object>(
    method: string,
    request: Request,
    timeoutMs: number,
    metadata: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const { path, requestSerialize, responseDeserialize } = this.#definition[method]!;
    return new Promise((resolve, reject) => {
      const deadline = new Date(Date.now() + timeoutMs);
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        this.#metadata(metadata),
        { deadline },
        (error, reply) => (error ? reject(fromGrpcError(error, this.#peer)) : resolve(reply as Reply)),
      );
    });
  }

  /** Errors of the stream are grpc-js's: convert them with `error()`. */
  serverStream<Request extends object, Reply>(
    method: string,
    request: Request,
    metadata: Readonly<Record<string, string>> = {},
  ): ClientReadableStream<Reply> {
    const { path, requestSerialize, responseDeserialize } = this.#definition[method]!;
    return this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      this.#metadata(metadata),
    ) as ClientReadableStream<Reply>;
  }

  /** `reply` rejects with an ArrasError, and may come before all is sent: what is sent on then, nobody reads. */
  clientStream<Up, Reply>(
    method: string,
  ): { readonly stream: ClientWritableStream<Up>; readonly reply: Promise<Reply> } {
    const { path, requestSerialize, responseDeserialize } = this.#definition[method]!;
    let stream: ClientWritableStream<Up> | undefined;
    const reply = new Promise<Reply>((resolve, reject) => {
      stream = this.#client.makeClientStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        this.#metadata(),
        (error, answer) => (error ? reject(fromGrpcError(error, this.#peer)) : resolve(answer as Reply)),
      ) as unknown as ClientWritableStream<Up>;
    });
    return { stream: stream!, reply };
  }

  /** `read`: what comes down, of its bytes; absent: the message that they are. What it throws ends the stream. */
  duplex<Up, Down>(
    method: string,
    metadata: Record<string, string> = {},
    read?: (bytes: Buffer) => Down,
  ): ClientDuplexStream<Up, Down> {
    const { path, requestSerialize, responseDeserialize } = this.#definition[method]!;
    const sent = this.#metadata(metadata);
    return this.#client.makeBidiStreamRequest(
      path,
      requestSerialize,
      (read ?? responseDeserialize) as typeof responseDeserialize,
      sent,
    ) as unknown as ClientDuplexStream<Up, Down>;
  }

  /** Not call credentials: those grpc-js sends over TLS alone, and a tunnel or a proxy may end TLS before the door. */
  #metadata(entries: Readonly<Record<string, string>> = {}): Metadata {
    const metadata = new Metadata();
    if (this.#token !== undefined) metadata.set("authorization", `Bearer ${this.#token.reveal()}`);
    for (const [key, value] of Object.entries(entries)) metadata.set(key, value);
    return metadata;
  }

  /** Whether there is a connection within that time. */
  isReady(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) =>
      this.#client.waitForReady(Date.now() + timeoutMs, (error) => resolve(error === undefined || error === null)),
    );
  }

  error(thrown: unknown): ReturnType<typeof fromGrpcError> {
    return fromGrpcError(thrown, this.#peer);
  }

  close(): void {
    this.#client.close();
  }
}
