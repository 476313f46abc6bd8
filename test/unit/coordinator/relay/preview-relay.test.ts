// A program's preview at a coordinator's door: real gRPC to a merger that a test speaks through, here or behind another
// coordinator's door.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { ClientDuplexStream, ServerDuplexStream } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MergerLink } from "../../../../coordinator/merger-link.ts";
import type { Located } from "../../../../coordinator/relay/located.ts";
import { dialWith } from "../../../../coordinator/relay/peer-doors.ts";
import { type PreviewCall, relayPreview } from "../../../../coordinator/relay/preview-relay.ts";
import { SessionRelay } from "../../../../coordinator/relay/session-relay.ts";
import type { Session } from "../../../../coordinator/session.ts";
import { sessionMissing } from "../../../../coordinator/session-errors.ts";
import { GrpcClient } from "../../../../host/grpc-client.ts";
import { toGrpcError } from "../../../../host/grpc-error.ts";
import { serveGrpc } from "../../../../host/grpc-server.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import { FilmService } from "../../../../proto/gen/arras/v1/film_pb.ts";
import {
  LookService,
  type WatchPreviewRequest,
  WatchPreviewRequestSchema,
} from "../../../../proto/gen/arras/v1/look_pb.ts";
import {
  type PreviewFrame,
  PreviewFrameSchema,
  type PreviewRequest,
  PreviewRequestSchema,
} from "../../../../proto/gen/arras/v1/preview_pb.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { until } from "../../../fakes/settled.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

const freshAddress = socketFolder();
const wishFor = (output: string) =>
  create(PreviewRequestSchema, { request: { case: "wish", value: { outputs: [output] } } });
const wish = wishFor("beauty");
const acknowledge = create(PreviewRequestSchema, { request: { case: "acknowledge", value: 1n } });

describe("a relayed preview", () => {
  let clock: FakeClock;
  let at: Located["at"] | Error;
  /** Streams that the merger has, and what it was asked. */
  let streams: ServerDuplexStream<PreviewRequest, PreviewFrame>[];
  let asked: string[];
  let link: MergerLink | undefined;
  let door: string;
  let client: GrpcClient;
  const ends: (() => unknown)[] = [];

  beforeEach(async () => {
    [clock, at, streams, asked] = [new FakeClock(), { t: "nobody" }, [], []];
    const merger = await serve({
      service: FilmService,
      implementation: {
        preview: (call: (typeof streams)[number]) => {
          streams.push(call);
          call.on("error", () => {});
          call.on("data", ({ request }: PreviewRequest) => {
            asked.push(request.case === "wish" ? `wish ${request.value.outputs}` : `${request.case} ${request.value}`);
          });
        },
      },
    });
    link = new MergerLink({ address: merger, sessionId: "s", token: "t" });
    ends.push(() => link?.close());
    door = await openDoor(() => at);
    client = new GrpcClient({ address: door, service: LookService, peer: "the door" });
    ends.push(() => client.close());
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function serve(served: { service: typeof FilmService | typeof LookService; implementation: object }) {
    const server = await serveGrpc(freshAddress(), [served as never]);
    ends.push(() => server.close());
    return server.address;
  }

  async function openDoor(locate: () => Located["at"] | Error): Promise<string> {
    const finder = {
      locate: async () => {
        const found = locate();
        if (found instanceof Error) throw found;
        return { user: "", final: undefined, at: found };
      },
      close: async () => {},
    };
    const relay = new SessionRelay({ finder, dial: dialWith(undefined), clock });
    ends.push(() => relay.close());
    const watchPreview = (call: PreviewCall) => relayPreview(relay, call);
    return serve({ service: LookService, implementation: { watchPreview } });
  }

  function here(state = "rendering"): Located["at"] {
    const looking = {
      get link() {
        if (link === undefined) throw new ArrasError("session-state", { message: "no film", action: "" });
        return link;
      },
      // Its opening is not told: it is found by looking.
      watchFilm: () => () => {},
    };
    return { t: "here", session: { state: { t: state }, looking } as unknown as Session };
  }

  function look(...requests: MessageInitShape<typeof WatchPreviewRequestSchema>[]) {
    const seen: bigint[] = [];
    const stream: ClientDuplexStream<WatchPreviewRequest, PreviewFrame> = client.duplex("watchPreview");
    let end: string | undefined;
    stream.on("data", ({ frameIndex }) => seen.push(frameIndex));
    stream.on("end", () => {
      end ??= "end";
    });
    stream.on("error", (error) => {
      end ??= client.error(error).code;
    });
    const ask = (request: MessageInitShape<typeof WatchPreviewRequestSchema>) =>
      stream.write(create(WatchPreviewRequestSchema, request));
    for (const request of requests) ask(request);
    return { seen, stream, ask, ended: () => end };
  }
  const frame = (index: bigint) => create(PreviewFrameSchema, { frameIndex: index });
  async function passUntil(condition: () => boolean): Promise<void> {
    while (!condition()) {
      clock.advance(200);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it("the session is here -> its merger's frames come; wishes and acknowledgements go", async () => {
    at = here();
    const { seen, ask } = look({ sessionId: "s", request: wish });
    await until(() => asked.length > 0);
    streams[0]!.write(frame(1n));
    await until(() => seen.length > 0);
    ask({ request: acknowledge });
    ask({ request: wishFor("normal") });
    await until(() => asked.length > 2);
    expect([seen, asked]).toEqual([[1n], ["wish beauty", "acknowledge 1", "wish normal"]]);
  });

  it("another owns it -> the same, through its door", async () => {
    at = { t: "there", address: await openDoor(() => here()) };
    const { seen, ask, stream } = look({ sessionId: "s", request: wish });
    await until(() => asked.length > 0);
    streams[0]!.write(frame(1n));
    await until(() => seen.length > 0);
    ask({ request: acknowledge });
    await until(() => asked.length > 1);
    expect([seen, asked]).toEqual([[1n], ["wish beauty", "acknowledge 1"]]);
    stream.cancel();
    await until(() => streams[0]!.cancelled);
  });

  it("there is no film yet -> waited for, and the newest wish counts; the session ends without one -> session-state", async () => {
    const merger = link;
    link = undefined;
    at = here();
    const { ask } = look({ sessionId: "s", request: wish });
    await until(() => clock.timerCount > 0);
    ask({ request: wishFor("depth") });
    await passUntil(() => clock.nowMs() > 20_000);
    link = merger;
    await passUntil(() => asked.length > 0);
    expect(asked).toEqual(["wish depth"]);
    link = undefined;
    at = here("failed");
    const { ended } = look({ sessionId: "s", request: wish });
    await until(() => ended() !== undefined);
    expect(ended()).toBe("session-state");
    link = merger;
  });

  it("its merger goes, or ends it -> so does the stream", async () => {
    at = here();
    const broken = look({ sessionId: "s", request: wish });
    await until(() => asked.length === 1);
    streams[0]!.emit("error", toGrpcError(new ArrasError("usage", { message: "no such output", action: "" })));
    await until(() => broken.ended() !== undefined);
    const ended = look({ sessionId: "s", request: wish });
    await until(() => asked.length === 2);
    streams[1]!.end();
    await until(() => ended.ended() !== undefined);
    expect([broken.ended(), ended.ended()]).toEqual(["usage", "end"]);
  });

  it("no session in the first message, or an acknowledgement first, or nothing -> malformed; no such session -> missing", async () => {
    at = here();
    const odd = [look({ request: wish }), look({ sessionId: "s", request: acknowledge }), look({ sessionId: "s" })];
    for (const each of odd) await until(() => each.ended() !== undefined);
    expect(odd.map(({ ended }) => ended())).toEqual(Array(3).fill("message-malformed"));
    at = sessionMissing("s");
    const missing = look({ sessionId: "s", request: wish });
    await until(() => missing.ended() !== undefined);
    expect([missing.ended(), streams.length]).toEqual(["session-missing", 0]);
  });

  it("the viewer leaves -> the merger is left, also while there is no film yet", async () => {
    at = here();
    const { stream } = look({ sessionId: "s", request: wish });
    await until(() => asked.length > 0);
    stream.cancel();
    await until(() => streams[0]!.cancelled);
    const merger = link;
    link = undefined;
    const early = look({ sessionId: "s", request: wish });
    await until(() => clock.timerCount > 0);
    early.stream.cancel();
    await passUntil(() => clock.timerCount === 0);
    link = merger;
    expect(streams).toHaveLength(1);
  });
});
