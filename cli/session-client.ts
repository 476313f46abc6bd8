// The command's way to a farm: SessionService, typed, of whichever coordinator is there. Sessions outlive coordinators,
// so what one cannot do is asked of the next, again and again, for as long as a restart or a partition may take.
import { setTimeout as delay } from "node:timers/promises";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { GrpcClient } from "../host/grpc-client.ts";
import type { DoorAccess } from "../host/read-access.ts";
import { ArrasError, type ErrorCode } from "../proto/errors.ts";
import { type SceneEdits, SceneEditsSchema } from "../proto/gen/arras/v1/edits_pb.ts";
import type { EncodeImageRequest, ImageChunk } from "../proto/gen/arras/v1/film_pb.ts";
import { LookService, type ReadSceneReply, ReadSceneRequestSchema } from "../proto/gen/arras/v1/look_pb.ts";
import {
  type CheckpointSessionReply,
  CheckpointSessionRequestSchema,
  type CloseSessionReply,
  CloseSessionRequestSchema,
  type CreateSessionReply,
  CreateSessionRequestSchema,
  FetchImageRequestSchema,
  type SessionEvent,
  SessionService,
  type SessionSpec,
  type StopSessionReply,
  StopSessionRequestSchema,
  WatchSessionRequestSchema,
} from "../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../proto/limits.ts";
import { RepeatedNotices } from "../proto/repeated-notices.ts";
import { isFinalState } from "../proto/session-states.ts";

const requestTimeoutMs = 30_000;
/** A large film through a slow store. */
const checkpointTimeoutMs = 600_000;
/** A session's last checkpoint is waited for. */
const closeTimeoutMs = 90_000;
const againAfterMsMin = 100;
const againAfterMsMax = 2_000;

/** A coordinator that ends cancels its calls. */
const passingCodes: ReadonlySet<ErrorCode> = new Set(["unavailable", "timed-out", "cancelled", "rate-exceeded"]);

/** How long it is tried again what a coordinator that is away, or about to be replaced, could not do. */
export interface Patience {
  readonly createMs: number;
  /** To hear of a session that runs. */
  readonly awayMs: number;
  readonly fetchMs: number;
}

export const farmPatience: Patience = {
  createMs: limits.clientCreateMsMax,
  awayMs: limits.clientAwayMsMax,
  fetchMs: limits.clientFetchMsMax,
};
/** Of a coordinator in this process: it is there, or all is over. */
export const noPatience: Patience = { createMs: 0, awayMs: 0, fetchMs: 0 };

/** Pauses keep the process alive, as it waits for nothing else. */
export interface ClientTime {
  nowMs(): number;
  pause(delayMs: number): Promise<void>;
}

const realTime: ClientTime = { nowMs: () => performance.now(), pause: (delayMs) => delay(delayMs) };

export interface SessionClientOptions {
  /** Doors of one farm's coordinators: each serves as well as any. */
  readonly addresses: readonly string[];
  /** TLS and token; absent: neither. */
  readonly access?: DoorAccess;
  readonly patience?: Patience;
  /** Told once of each call that has to wait because this client asks too much. */
  readonly slowedDown?: (error: ArrasError) => void;
  readonly time?: ClientTime;
}

const services = [SessionService, LookService];

export class SessionClient {
  readonly #addresses: readonly string[];
  readonly #access: DoorAccess | undefined;
  readonly #patience: Patience;
  readonly #slowedDown: (error: ArrasError) => void;
  readonly #time: ClientTime;
  readonly #clients = new Map<string, GrpcClient>();
  #addressIndex = 0;
  #isClosed = false;

  constructor(options: SessionClientOptions) {
    const { addresses, access, patience = farmPatience, slowedDown = () => {}, time = realTime } = options;
    this.#addresses = addresses;
    this.#access = access;
    this.#slowedDown = slowedDown;
    this.#patience = patience;
    this.#time = time;
  }

  async create(requestId: string, session: SessionSpec): Promise<string> {
    const request = create(CreateSessionRequestSchema, { requestId, session });
    const reply = await this.#ask<typeof request, CreateSessionReply>(
      "createSession",
      request,
      this.#patience.createMs,
    );
    return reply.sessionId;
  }

  /**
   * Calls `told` for each event; resolves with the last one, which has a final state. A coordinator that goes away is
   * asked again, and others too; what was told already may then be told again, but for notices. Rejects when the session
   * is gone, or nobody has told anything for long. `intervalMs`: see WatchSessionRequest.
   */
  async watch(sessionId: string, told: (event: SessionEvent) => void, intervalMs = 0): Promise<SessionEvent> {
    const notices = new RepeatedNotices();
    const turn = this.#turn(this.#patience.awayMs);
    for (;;) {
      notices.begin();
      try {
        const last = await this.#watchOnce({ sessionId, intervalMs }, (event) => {
          turn.succeeded();
          told({ ...event, notices: notices.fresh(event.notices) });
        });
        if (last !== undefined) return last;
        throw leftEarly(sessionId);
      } catch (thrown) {
        await turn.failed(thrown);
      }
    }
  }

  async stop(sessionId: string): Promise<void> {
    const request = create(StopSessionRequestSchema, { sessionId });
    await this.#ask<typeof request, StopSessionReply>("stopSession", request, this.#patience.awayMs);
  }

  /** The file's bytes as they come. Who leaves before their end cancels the rest. What breaks is to be begun again. */
  async *fetchImage(image: EncodeImageRequest): AsyncGenerator<Uint8Array> {
    const client = this.#client;
    const stream = client.serverStream<object, ImageChunk>("fetchImage", create(FetchImageRequestSchema, { image }));
    try {
      for await (const chunk of stream as AsyncIterable<ImageChunk>) yield chunk.content;
    } catch (thrown) {
      throw client.error(thrown);
    } finally {
      // grpc-js goes on with a call whose stream is destroyed: the merger would wait for this reader, and the next
      // picture for the merger.
      stream.cancel();
    }
  }

  /** Does it again, with another coordinator if there is one, as long as whoever was asked was away. */
  async fetching<Result>(fetch: () => Promise<Result>): Promise<Result> {
    return this.#trying(this.#patience.fetchMs, fetch);
  }

  /** The edits that its scene is rendered with now, or was at its end. */
  async edits(sessionId: string): Promise<SceneEdits> {
    const request = create(ReadSceneRequestSchema, { sessionId });
    const { edits } = await this.#ask<typeof request, ReadSceneReply>("readScene", request, this.#patience.fetchMs);
    return edits ?? create(SceneEditsSchema);
  }

  /** Resolves when the film is written down. Not asked again: who wants it may. */
  checkpoint(sessionId: string): Promise<CheckpointSessionReply> {
    const request = create(CheckpointSessionRequestSchema, { sessionId });
    return this.#client.unary("checkpointSession", request, checkpointTimeoutMs);
  }

  async closeSession(sessionId: string): Promise<void> {
    const request = create(CloseSessionRequestSchema, { sessionId });
    await this.#ask<typeof request, CloseSessionReply>("closeSession", request, this.#patience.fetchMs, closeTimeoutMs);
  }

  close(): void {
    this.#isClosed = true;
    for (const client of this.#clients.values()) client.close();
  }

  get #client(): GrpcClient {
    const address = this.#addresses[this.#addressIndex % this.#addresses.length]!;
    let client = this.#clients.get(address);
    if (client === undefined) {
      client = new GrpcClient({ address, service: services, peer: "the coordinator", access: this.#access });
      this.#clients.set(address, client);
    }
    return client;
  }

  #ask<Request extends object, Reply extends object>(
    method: string,
    request: Request,
    withinMs: number,
    timeoutMs = requestTimeoutMs,
  ): Promise<Reply> {
    return this.#trying(withinMs, () => this.#client.unary<Request, Reply>(method, request, timeoutMs));
  }

  async #watchOnce(
    wanted: MessageInitShape<typeof WatchSessionRequestSchema>,
    told: (event: SessionEvent) => void,
  ): Promise<SessionEvent | undefined> {
    const client = this.#client;
    const request = create(WatchSessionRequestSchema, wanted);
    const stream = client.serverStream<object, SessionEvent>("watchSession", request);
    let last: SessionEvent | undefined;
    try {
      for await (const event of stream as AsyncIterable<SessionEvent>) {
        last = event;
        told(event);
        if (isFinalState(event.state)) return event;
      }
    } catch (thrown) {
      throw client.error(thrown);
    } finally {
      stream.cancel();
    }
    return last !== undefined && isFinalState(last.state) ? last : undefined;
  }

  async #trying<Result>(withinMs: number, action: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn(withinMs);
    for (;;) {
      try {
        return await action();
      } catch (thrown) {
        await turn.failed(thrown);
      }
    }
  }

  /** `failed` waits and goes to the next coordinator, or throws what cannot be helped or has lasted too long. */
  #turn(withinMs: number): { succeeded(): void; failed(thrown: unknown): Promise<void> } {
    let sinceMs = this.#time.nowMs();
    let failureCount = 0;
    return {
      succeeded: () => {
        failureCount = 0;
      },
      failed: async (thrown) => {
        if (failureCount === 0) sinceMs = this.#time.nowMs();
        failureCount += 1;
        const error = ArrasError.from(thrown);
        if (!passingCodes.has(error.code) || this.#isClosed || this.#time.nowMs() - sinceMs >= withinMs) throw thrown;
        if (error.code === "rate-exceeded" && failureCount === 1) this.#slowedDown(error);
        this.#addressIndex += 1;
        // Each coordinator once, then pauses that grow.
        const round = Math.floor(failureCount / this.#addresses.length);
        const delayMs = Math.min(againAfterMsMax, againAfterMsMin * 2 ** (round - 1));
        if (failureCount % this.#addresses.length === 0) await this.#time.pause(delayMs);
      },
    };
  }
}

/** Of several doors the first that opens; when none does, the first of all: whoever goes there says what is wrong. */
export async function readyDoor(addresses: readonly string[], access?: DoorAccess): Promise<string> {
  for (const address of addresses.length > 1 ? addresses : []) {
    const client = new GrpcClient({ address, service: SessionService, peer: "the coordinator", access });
    const isReady = await client.isReady(limits.clientDoorMsMax).finally(() => client.close());
    if (isReady) return address;
  }
  return addresses[0] ?? "";
}

function leftEarly(sessionId: string): ArrasError {
  return new ArrasError("unavailable", {
    message: "The coordinator left before it told the end of the session",
    action: "Try again.",
    place: { session: sessionId },
  });
}
