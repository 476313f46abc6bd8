// The command's way to a coordinator, against a SessionService that a test scripts, over a real socket.
import { create } from "@bufbuild/protobuf";
import type { ServerUnaryCall, ServerWritableStream, sendUnaryData } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { noPatience, SessionClient } from "../../../cli/session-client.ts";
import { toGrpcError } from "../../../host/grpc-error.ts";
import { serveGrpc } from "../../../host/grpc-server.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { EncodeImageRequestSchema, type ImageChunk, ImageChunkSchema } from "../../../proto/gen/arras/v1/film_pb.ts";
import {
  CloseSessionReplySchema,
  type CloseSessionRequest,
  CreateSessionReplySchema,
  type CreateSessionRequest,
  type SessionEvent,
  SessionEventSchema,
  SessionService,
  SessionSpecSchema,
  SessionState,
  StopSessionReplySchema,
  type StopSessionRequest,
} from "../../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { until } from "../../fakes/settled.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";

const freshAddress = socketFolder();
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Unary = (call: ServerUnaryCall<object, object>, reply: sendUnaryData<object>) => void;
type Stream<Message> = ServerWritableStream<object, Message>;

const refused = new ArrasError("session-missing", {
  message: "There is no session s",
  action: "List sessions.",
  place: { session: "s" },
});

async function clientOf(implementation: Record<string, unknown>): Promise<SessionClient> {
  const server = await serveGrpc(freshAddress(), [
    { service: SessionService, implementation: implementation as never },
  ]);
  const client = new SessionClient({ addresses: [server.address], patience: noPatience });
  ends.push(
    () => server.close(),
    () => client.close(),
  );
  return client;
}

const event = (state: SessionState) => create(SessionEventSchema, { state });
const image = create(EncodeImageRequestSchema, { sessionId: "s" });

/** Says these states and ends. */
const saying =
  (...states: SessionState[]) =>
  (call: Stream<SessionEvent>) => {
    for (const state of states) call.write(event(state));
    call.end();
  };

it("create -> the request's id and specification arrive, the session's id comes back", async () => {
  let arrived: CreateSessionRequest | undefined;
  const createSession: Unary = (call, reply) => {
    arrived = call.request as CreateSessionRequest;
    reply(null, create(CreateSessionReplySchema, { sessionId: "s-7" }));
  };
  const client = await clientOf({ createSession });
  expect(await client.create("r-1", create(SessionSpecSchema, { mcrtCores: 5 }))).toBe("s-7");
  expect(arrived).toMatchObject({ requestId: "r-1", session: { mcrtCores: 5 } });
});

it("stop and close -> each names its session", async () => {
  const asked: string[] = [];
  const stopSession: Unary = (call, reply) => {
    asked.push(`stop ${(call.request as StopSessionRequest).sessionId}`);
    reply(null, create(StopSessionReplySchema));
  };
  const closeSession: Unary = (call, reply) => {
    asked.push(`close ${(call.request as CloseSessionRequest).sessionId}`);
    reply(null, create(CloseSessionReplySchema));
  };
  const client = await clientOf({ stopSession, closeSession });
  await client.stop("a");
  await client.closeSession("b");
  expect(asked).toEqual(["stop a", "close b"]);
});

it("the coordinator refuses -> every call fails with its code, place and action", async () => {
  const unary: Unary = (_, reply) => reply(toGrpcError(refused));
  const stream = (call: Stream<object>) => void call.emit("error", toGrpcError(refused));
  const client = await clientOf({
    createSession: unary,
    stopSession: unary,
    closeSession: unary,
    watchSession: stream,
    fetchImage: stream,
  });
  const { code, message, action, place } = refused;
  const same = expect.objectContaining({ code, message, action, place });
  await expect(client.create("r", create(SessionSpecSchema))).rejects.toEqual(same);
  await expect(client.stop("s")).rejects.toEqual(same);
  await expect(client.closeSession("s")).rejects.toEqual(same);
  await expect(client.watch("s", () => {})).rejects.toEqual(same);
  await expect(client.fetchImage(image).next()).rejects.toEqual(same);
});

it("nobody serves -> unavailable, naming the coordinator", async () => {
  const address = freshAddress();
  const client = new SessionClient({ addresses: [address], patience: noPatience });
  ends.push(() => client.close());
  await expect(client.stop("s")).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining(`the coordinator at ${address}`),
  });
});

it("events come -> all are told in order, and the last is the result", async () => {
  const client = await clientOf({
    watchSession: saying(SessionState.STARTING, SessionState.RENDERING, SessionState.HOLES),
  });
  const told: SessionState[] = [];
  const last = await client.watch("s", ({ state }) => void told.push(state));
  expect(told).toEqual([SessionState.STARTING, SessionState.RENDERING, SessionState.HOLES]);
  expect(last.state).toBe(SessionState.HOLES);
});

it.each([
  ["without an event", []],
  ["while the session renders", [SessionState.STARTING, SessionState.RENDERING]],
])("the stream ends %s -> unavailable: that is no result", async (_, states) => {
  const client = await clientOf({ watchSession: saying(...states) });
  await expect(client.watch("s", () => {})).rejects.toMatchObject({ code: "unavailable" });
});

it("an image comes in chunks -> the same bytes in the same order", async () => {
  const fetchImage = (call: Stream<ImageChunk>) => {
    for (let at = 0; at < 5; at++) call.write(create(ImageChunkSchema, { content: Uint8Array.of(at, at) }));
    call.end();
  };
  const client = await clientOf({ fetchImage });
  const bytes: number[] = [];
  for await (const chunk of client.fetchImage(image)) bytes.push(...chunk);
  expect(bytes).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
});

it("an image breaks off -> what came is given, then the error", async () => {
  const fetchImage = (call: Stream<ImageChunk>) => {
    call.write(create(ImageChunkSchema, { content: Uint8Array.of(1) }), () => {
      call.emit("error", toGrpcError(refused));
    });
  };
  const client = await clientOf({ fetchImage });
  const chunks = client.fetchImage(image);
  expect((await chunks.next()).value).toEqual(Buffer.of(1));
  await expect(chunks.next()).rejects.toMatchObject({ code: "session-missing" });
});

it("an image is not read to its end (the disk is full) -> the coordinator learns that nobody wants the rest", async () => {
  let isCancelled = false;
  const fetchImage = (call: Stream<ImageChunk>) => {
    call.on("cancelled", () => {
      isCancelled = true;
    });
    call.write(create(ImageChunkSchema, { content: Uint8Array.of(1) }));
  };
  const client = await clientOf({ fetchImage });
  for await (const _ of client.fetchImage(image)) break;
  await until(() => isCancelled);
});

describe("a farm's client", () => {
  /** Time that only pauses move. */
  class PausedTime {
    atMs = 0;
    readonly pauses: number[] = [];
    nowMs(): number {
      return this.atMs;
    }
    async pause(delayMs: number): Promise<void> {
      this.pauses.push(delayMs);
      this.atMs += delayMs;
    }
  }
  const away = new ArrasError("unavailable", { message: "away", action: "Wait." });

  async function serve(implementation: Record<string, unknown>): Promise<string> {
    const server = await serveGrpc(freshAddress(), [
      { service: SessionService, implementation: implementation as never },
    ]);
    ends.push(() => server.close());
    return server.address;
  }
  function farmClient(...addresses: readonly string[]): { client: SessionClient; time: PausedTime } {
    const time = new PausedTime();
    const client = new SessionClient({ addresses, time });
    ends.push(() => client.close());
    return { client, time };
  }

  it("the first coordinator is away -> the session is created with the second, by the same request, without a pause", async () => {
    const asked: string[] = [];
    const createSession: Unary = (call, reply) => {
      asked.push((call.request as CreateSessionRequest).requestId);
      if (asked.length === 1) reply(toGrpcError(away));
      else reply(null, create(CreateSessionReplySchema, { sessionId: "s-7" }));
    };
    const address = await serve({ createSession });
    const { client, time } = farmClient(freshAddress(), address, address);
    expect(await client.create("r-1", create(SessionSpecSchema))).toBe("s-7");
    expect([asked, time.pauses]).toEqual([["r-1", "r-1"], []]);
  });

  it("nobody is there -> pauses that grow, then given up with what was wrong", async () => {
    const { client, time } = farmClient(freshAddress(), freshAddress());
    await expect(client.create("r", create(SessionSpecSchema))).rejects.toMatchObject({ code: "unavailable" });
    expect(time.pauses.slice(0, 5)).toEqual([100, 200, 400, 800, 1600]);
    expect(time.atMs).toBeGreaterThanOrEqual(limits.clientCreateMsMax);
    expect(time.atMs).toBeLessThan(2 * limits.clientCreateMsMax);
  });

  it("what is asked for is wrong -> refused at once, and nobody else is asked", async () => {
    let askedCount = 0;
    const createSession: Unary = (_, reply) => {
      askedCount += 1;
      reply(toGrpcError(refused));
    };
    const address = await serve({ createSession });
    const { client, time } = farmClient(address, address);
    await expect(client.create("r", create(SessionSpecSchema))).rejects.toMatchObject({ code: "session-missing" });
    expect([askedCount, time.pauses]).toEqual([1, []]);
  });

  it("the coordinator goes away in the middle, twice -> watched again; its notices are told once, the end is the result", async () => {
    let watchCount = 0;
    const watchSession = (call: Stream<SessionEvent>) => {
      watchCount += 1;
      const notices = ["a", ...(watchCount > 1 ? ["b"] : [])].map((text) => ({ level: 2, text }));
      const state = watchCount < 3 ? SessionState.RENDERING : SessionState.FINISHED;
      call.write(create(SessionEventSchema, { state, notices }), () => {
        if (watchCount === 1) call.emit("error", toGrpcError(away));
        else call.end();
      });
    };
    const { client, time } = farmClient(await serve({ watchSession }));
    const told: string[] = [];
    const last = await client.watch("s", ({ state, notices }) => {
      told.push(`${state}: ${notices.map(({ text }) => text)}`);
    });
    expect(last.state).toBe(SessionState.FINISHED);
    expect(told).toEqual(["3: a", "3: b", "4: "]);
    expect(time.pauses).toEqual([100, 100]);
  });

  it("nobody tells anything for long -> given up; each event gives all the time again", async () => {
    let watchCount = 0;
    const watchSession = (call: Stream<SessionEvent>) => {
      watchCount += 1;
      if (watchCount % 30 === 0) call.write(event(SessionState.RENDERING), () => call.emit("error", toGrpcError(away)));
      else call.emit("error", toGrpcError(watchCount < 100 ? away : refused));
    };
    const { client, time } = farmClient(await serve({ watchSession }));
    await expect(client.watch("s", () => {})).rejects.toMatchObject({ code: "session-missing" });
    expect(time.atMs).toBeGreaterThan(limits.clientAwayMsMax);
    const silent = farmClient(freshAddress());
    await expect(silent.client.watch("s", () => {})).rejects.toMatchObject({ code: "unavailable" });
    expect(silent.time.atMs).toBeLessThan(limits.clientAwayMsMax + 5_000);
  });

  it("a picture breaks off because its coordinator went away -> fetched again from its beginning", async () => {
    let fetchCount = 0;
    const fetchImage = (call: Stream<ImageChunk>) => {
      fetchCount += 1;
      call.write(create(ImageChunkSchema, { content: Uint8Array.of(fetchCount) }), () => {
        if (fetchCount === 1) call.emit("error", toGrpcError(away));
        else call.end();
      });
    };
    const { client } = farmClient(await serve({ fetchImage }));
    const bytes = await client.fetching(async () => {
      const all: number[] = [];
      for await (const chunk of client.fetchImage(image)) all.push(...chunk);
      return all;
    });
    expect(bytes).toEqual([2]);
  });

  it("it asks too much -> waits and tries again, and it is told once", async () => {
    let askedCount = 0;
    const hasty = new ArrasError("rate-exceeded", { message: "too much", action: "Wait." });
    const stopSession: Unary = (_, reply) => {
      askedCount += 1;
      if (askedCount < 4) reply(toGrpcError(hasty));
      else reply(null, create(StopSessionReplySchema));
    };
    const told: string[] = [];
    const time = new PausedTime();
    const slowedDown = (error: ArrasError) => void told.push(error.code);
    const client = new SessionClient({ addresses: [await serve({ stopSession })], time, slowedDown });
    ends.push(() => client.close());
    await client.stop("s");
    expect([time.pauses, told]).toEqual([[100, 200, 400], ["rate-exceeded"]]);
  });
});
