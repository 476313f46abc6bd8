// Calls about sessions, at one coordinator's door, while sessions are here, there or nowhere: real gRPC, a finder that a
// test moves, time that stands still until it is moved.
import { create } from "@bufbuild/protobuf";
import type { ServerUnaryCall, ServerWritableStream, sendUnaryData } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SessionLooking } from "../../../../coordinator/looking.ts";
import type { Located, SessionFinder } from "../../../../coordinator/relay/located.ts";
import { dialWith } from "../../../../coordinator/relay/peer-doors.ts";
import { SessionRelay } from "../../../../coordinator/relay/session-relay.ts";
import type { Session } from "../../../../coordinator/session.ts";
import { sessionElsewhere, sessionMissing } from "../../../../coordinator/session-errors.ts";
import { GrpcClient } from "../../../../host/grpc-client.ts";
import { toGrpcError } from "../../../../host/grpc-error.ts";
import { serveGrpc } from "../../../../host/grpc-server.ts";
import { type ImageChunk, ImageChunkSchema } from "../../../../proto/gen/arras/v1/film_pb.ts";
import {
  FetchImageRequestSchema,
  type SessionEvent,
  SessionEventSchema,
  SessionService,
  SessionState,
  StopSessionReplySchema,
  StopSessionRequestSchema,
  WatchSessionRequestSchema,
} from "../../../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../../../proto/limits.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { until } from "../../../fakes/settled.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

const freshAddress = socketFolder();
type Watch = ServerWritableStream<object, SessionEvent>;
type Stop = ServerUnaryCall<{ sessionId: string }, object>;

const event = (state: SessionState, ...notices: string[]) =>
  create(SessionEventSchema, { state, notices: notices.map((text) => ({ level: 2, text })) });

/** What the relay asks of a session that is here. */
class HereSession {
  readonly watchers = new Set<{ told: (event: SessionEvent) => void; left: () => void; intervalMs: number }>();
  watch(told: (event: SessionEvent) => void, left: () => void, intervalMs: number): () => void {
    const watcher = { told, left, intervalMs };
    this.watchers.add(watcher);
    told(event(SessionState.RENDERING, "here"));
    return () => this.watchers.delete(watcher);
  }
  readonly looking: Pick<SessionLooking, "encodeImage"> = {
    encodeImage: () => {
      throw sessionElsewhere("s");
    },
  };
  get asSession(): Session {
    return this as unknown as Session;
  }
}

describe("a relay", () => {
  let clock: FakeClock;
  let at: Located["at"] | Error;
  let final: SessionEvent | undefined;
  let client: GrpcClient;
  const ends: (() => unknown)[] = [];

  beforeEach(async () => {
    [clock, at, final] = [new FakeClock(), { t: "nobody" }, undefined];
    const finder: SessionFinder = {
      locate: async () => {
        if (at instanceof Error) throw at;
        return { user: "", final, at };
      },
      close: async () => {},
    };
    const relay = new SessionRelay({ finder, dial: dialWith(undefined), clock });
    const address = await serve({
      watchSession: (call: Watch) => void relay.watch(call as never),
      fetchImage: (call: ServerWritableStream<object, ImageChunk>) => void relay.fetchImage(call as never),
      stopSession: (call: Stop, reply: sendUnaryData<object>) =>
        void relay
          .answer(call as never, "stopSession", async () => create(StopSessionReplySchema))
          .then(
            (answer) => reply(null, answer),
            (thrown) => reply(toGrpcError(thrown)),
          ),
    });
    client = new GrpcClient({ address, service: SessionService, peer: "the door" });
    ends.push(
      () => client.close(),
      () => relay.close(),
    );
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function serve(implementation: Record<string, unknown>): Promise<string> {
    const server = await serveGrpc(freshAddress(), [
      { service: SessionService, implementation: implementation as never },
    ]);
    ends.push(() => server.close());
    return server.address;
  }

  /** Another coordinator's door, whose watches a test speaks through. */
  async function owner() {
    const watches: Watch[] = [];
    const relayed: string[] = [];
    const note = (call: { metadata: { get(key: string): unknown[] } }) =>
      void relayed.push(
        `${call.metadata.get("arras-relayed")[0]} ${call.metadata.get("authorization")[0] ?? "nobody"}`,
      );
    const address = await serve({
      watchSession: (call: Watch) => {
        note(call);
        watches.push(call);
        call.on("error", () => {});
      },
      stopSession: (call: Stop, reply: sendUnaryData<object>) => {
        note(call);
        reply(null, create(StopSessionReplySchema));
      },
      fetchImage: (call: ServerWritableStream<object, ImageChunk>) => {
        for (const byte of [1, 2, 3]) call.write(create(ImageChunkSchema, { content: Uint8Array.of(byte) }));
        call.end();
      },
    });
    return { address, watches, relayed };
  }

  function watch(metadata: Record<string, string> = {}, intervalMs = 0) {
    const told: string[] = [];
    const stream = client.serverStream<object, SessionEvent>(
      "watchSession",
      create(WatchSessionRequestSchema, { sessionId: "s", intervalMs }),
      metadata,
    );
    let end: string | undefined;
    stream.on("data", ({ state, notices }: SessionEvent) =>
      told.push(`${state} ${notices.map(({ text }) => text)}`.trim()),
    );
    stream.on("end", () => {
      end ??= "end";
    });
    stream.on("error", (error) => {
      end ??= client.error(error).code;
    });
    return { told, stream, ended: () => end };
  }
  const stop = (metadata: Record<string, string> = {}) =>
    client.unary("stopSession", create(StopSessionRequestSchema, { sessionId: "s" }), 5_000, metadata);
  /** Lets time pass until something holds. */
  async function passUntil(condition: () => boolean): Promise<void> {
    while (!condition()) {
      clock.advance(200);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const there = (address: string): Located["at"] => ({ t: "there", address });

  it("told once a second is enough -> asked of the session, here and elsewhere; less is refused", async () => {
    const session = new HereSession();
    at = { t: "here", session: session.asSession };
    watch({}, 1_000);
    await until(() => session.watchers.size > 0);
    expect([...session.watchers].map(({ intervalMs }) => intervalMs)).toEqual([1_000]);
    const { address, watches } = await owner();
    at = there(address);
    watch({}, 1_000);
    await until(() => watches.length > 0);
    expect(watches[0]?.request).toMatchObject({ intervalMs: 1_000 });
    const { ended } = watch({}, 1_001);
    await until(() => ended() !== undefined);
    expect(ended()).toBe("message-malformed");
  });

  it("the session is here -> watched here, until its end", async () => {
    const session = new HereSession();
    at = { t: "here", session: session.asSession };
    const { told, ended } = watch();
    await until(() => told.length > 0);
    for (const watcher of session.watchers) watcher.told(event(SessionState.FINISHED));
    await until(() => ended() !== undefined);
    expect([told, ended(), session.watchers.size]).toEqual([["3 here", "4"], "end", 0]);
  });

  it("its owner is elsewhere -> asked there, once removed; what the client said of itself is not handed on as it is", async () => {
    const { address, relayed, watches } = await owner();
    at = there(address);
    await stop({ authorization: "Bearer x" });
    const { told, ended } = watch();
    await until(() => watches.length > 0);
    watches[0]!.write(event(SessionState.HOLES, "n"));
    watches[0]!.end();
    await until(() => ended() !== undefined);
    expect([told, relayed]).toEqual([["6 n"], ["1 nobody", "1 nobody"]]);
  });

  it("the owner dies in the middle, and the session comes here -> the watch goes on, its notices told once", async () => {
    const { address, watches } = await owner();
    at = there(address);
    const { told, ended } = watch();
    await until(() => watches.length > 0);
    watches[0]!.write(event(SessionState.RENDERING, "here"));
    await until(() => told.length > 0);
    at = { t: "nobody" };
    watches[0]!.emit("error", toGrpcError(sessionElsewhere("s")));
    const session = new HereSession();
    await passUntil(() => clock.timerCount > 0);
    at = { t: "here", session: session.asSession };
    await passUntil(() => session.watchers.size > 0);
    for (const watcher of session.watchers) watcher.left();
    const second = await owner();
    at = there(second.address);
    await passUntil(() => second.watches.length > 0);
    second.watches[0]!.write(event(SessionState.FINISHED, "here", "new"));
    await until(() => ended() !== undefined);
    expect([told, ended()]).toEqual([["3 here", "3", "4 new"], "end"]);
  });

  it("the owner stands still, and another has the session -> the watch goes there without waiting for it to break", async () => {
    const [first, second] = [await owner(), await owner()];
    at = there(first.address);
    const { told } = watch();
    await until(() => first.watches.length > 0);
    at = there(second.address);
    await passUntil(() => second.watches.length > 0);
    second.watches[0]!.write(event(SessionState.RENDERING));
    await until(() => told.length > 0);
    await until(() => first.watches[0]!.cancelled);
  });

  it("it has ended, and its owner is gone -> its end is told from its record", async () => {
    final = event(SessionState.STOPPED);
    const { told, ended } = watch();
    await until(() => ended() !== undefined);
    expect([told, ended()]).toEqual([["5"], "end"]);
  });

  it("nobody owns it -> calls wait for an owner; nobody does for long -> unavailable", async () => {
    const stopping = stop();
    await passUntil(() => clock.nowMs() > limits.ownerAwaitedMsMax / 2);
    at = { t: "here", session: new HereSession().asSession };
    await passUntil(() => clock.timerCount === 0);
    await stopping;
    at = { t: "nobody" };
    const { ended } = watch();
    const refused = stop().catch((error: { code: string }) => error.code);
    await passUntil(() => ended() !== undefined);
    expect([ended(), await refused]).toEqual(["unavailable", "unavailable"]);
  });

  it("there is no such session -> refused at once; a call that was handed on -> answered here or not at all", async () => {
    at = sessionMissing("s");
    const missing = watch();
    await until(() => missing.ended() !== undefined);
    expect(missing.ended()).toBe("session-missing");
    await expect(stop()).rejects.toMatchObject({ code: "session-missing" });
    at = there(freshAddress());
    await expect(stop({ "arras-relayed": "1" })).rejects.toMatchObject({ code: "unavailable" });
    const again = watch({ "arras-relayed": "1" });
    await until(() => again.ended() !== undefined);
    expect(again.ended()).toBe("unavailable");
    expect(clock.timerCount).toBe(0);
  });

  it("a picture of a session elsewhere -> its pieces, in order", async () => {
    at = { t: "here", session: new HereSession().asSession };
    const stream = client.serverStream<object, ImageChunk>(
      "fetchImage",
      create(FetchImageRequestSchema, { image: { sessionId: "s" } }),
    );
    const bytes: number[] = [];
    const ended = new Promise((resolve) => stream.on("end", resolve));
    stream.on("data", ({ content }) => bytes.push(...content));
    await until(() => clock.timerCount > 0);
    at = there((await owner()).address);
    await passUntil(() => bytes.length > 0);
    await ended;
    expect(bytes).toEqual([1, 2, 3]);
  });

  it("the client leaves -> the owner is not watched any more, and nothing is tried again", async () => {
    const { address, watches } = await owner();
    at = there(address);
    const { stream } = watch();
    await until(() => watches.length > 0);
    stream.cancel();
    await until(() => watches[0]!.cancelled);
    await passUntil(() => clock.timerCount === 0);
    expect(watches).toHaveLength(1);
  });
});
