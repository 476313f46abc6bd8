// The client of a rehearsal: it submits a session, looks at it as a page does until the coarse picture and some samples
// are there, stops it and closes it.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { WebSocket } from "ws";
import { GrpcClient } from "../../host/grpc-client.ts";
import type { Secret } from "../../host/nats/secret.ts";
import { rehearsalFilm, rehearsalMsMax } from "../../host/rehearsal-film.ts";
import { PreviewEncoding, PreviewWishSchema } from "../../proto/gen/arras/v1/preview_pb.ts";
import {
  CloseSessionRequestSchema,
  type CreateSessionReply,
  CreateSessionRequestSchema,
  type SessionEvent,
  SessionService,
  SessionState,
  StopSessionRequestSchema,
  WatchSessionRequestSchema,
} from "../../proto/gen/arras/v1/session_pb.ts";
import { ViewerEventSchema, type ViewerRequest, ViewerRequestSchema } from "../../proto/gen/arras/v1/viewer_pb.ts";
import { isFinalState } from "../../proto/session-states.ts";
import { rehearsedSession } from "./rehearsed-session.ts";

export interface PlayedDoor {
  /** `host:port`. */
  readonly address: string;
  readonly token: Secret;
}

/** 576 tiles: with fewer V8 leaves some of what the planner does with a frame of usual size uncompiled. */
const film = rehearsalFilm(1536);
/** Of the film, not of the coarse picture before. */
const seenTileCount = 64;

/**
 * Resolves with whether it was seen, and ended as it should; not, where `mayGoOn` says no meanwhile. Rejects where the
 * coordinator refuses.
 */
export async function renderOnce(
  { address, token }: PlayedDoor,
  requestId: string,
  mayGoOn: () => boolean,
): Promise<boolean> {
  const access = { token };
  const client = new GrpcClient({ address, service: SessionService, peer: "the rehearsal's coordinator", access });
  try {
    const request = create(CreateSessionRequestSchema, { requestId, session: rehearsedSession(film) });
    const created = client.unary<typeof request, CreateSessionReply>("createSession", request, rehearsalMsMax);
    const { sessionId } = await created;
    const ended = finalState(client, sessionId);
    const hasSeen = await look(`ws://${address}/sessions/${sessionId}/live`, token, mayGoOn);
    await client.unary("stopSession", create(StopSessionRequestSchema, { sessionId }), rehearsalMsMax);
    const state = await ended;
    await client.unary("closeSession", create(CloseSessionRequestSchema, { sessionId }), rehearsalMsMax);
    return hasSeen && state === SessionState.STOPPED;
  } finally {
    client.close();
  }
}

/** undefined: it was not told. */
function finalState(client: GrpcClient, sessionId: string): Promise<SessionState | undefined> {
  const events = client.serverStream<object, SessionEvent>(
    "watchSession",
    create(WatchSessionRequestSchema, { sessionId }),
  );
  return new Promise((resolve) => {
    const timer = setTimeout(() => events.cancel(), rehearsalMsMax);
    const end = (state?: SessionState) => {
      clearTimeout(timer);
      resolve(state);
    };
    events.on("data", ({ state }: SessionEvent) => isFinalState(state) && end(state));
    events.on("error", () => end());
    events.on("end", () => end());
  });
}

/** Resolves with whether so many tiles came. */
function look(url: string, token: Secret, mayGoOn: () => boolean): Promise<boolean> {
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token.reveal()}` } });
  socket.binaryType = "nodebuffer";
  const ask = (request: ViewerRequest["request"]) =>
    socket.send(toBinary(ViewerRequestSchema, create(ViewerRequestSchema, { request })));
  const wish = create(PreviewWishSchema, { outputs: ["beauty"], encoding: PreviewEncoding.HALF });
  socket.on("open", () => ask({ case: "wish", value: wish }));
  socket.on("error", () => {});
  const timer = setTimeout(() => socket.terminate(), rehearsalMsMax);
  let leftCount = seenTileCount;
  return new Promise((resolve) => {
    socket.on("message", (bytes: Buffer) => {
      const { event } = fromBinary(ViewerEventSchema, bytes);
      if (event.case !== "frame") return;
      ask({ case: "acknowledge", value: event.value.frameIndex });
      leftCount -= event.value.tiles.filter(({ stridePx }) => stridePx === 1).length;
      if (leftCount <= 0 || !mayGoOn()) socket.close();
    });
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(leftCount <= 0);
    });
  });
}
