// What the door serves over HTTP for looking: lists, pictures of now, progress as server-sent events, and the live socket.
import type { IncomingMessage, ServerResponse } from "node:http";
import { type DescMessage, type MessageShape, toJson } from "@bufbuild/protobuf";
import { WebSocketServer } from "ws";
import type { Clock } from "../../host/clock.ts";
import { type Caller, mayTouch } from "../../host/door/caller.ts";
import type { HttpRequest, HttpRoutes } from "../../host/door/http-route.ts";
import { NodeRowSchema, SessionRowSchema } from "../../proto/gen/arras/v1/farm_pb.ts";
import type { ImageChunk } from "../../proto/gen/arras/v1/film_pb.ts";
import { SessionEventSchema } from "../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../proto/limits.ts";
import { isFinalState } from "../../proto/session-states.ts";
import type { FarmView } from "../overview/farm-view.ts";
import { visibleNodes, visibleSessions } from "../overview/visible.ts";
import type { Located, SessionFinder } from "../relay/located.ts";
import type { Session } from "../session.ts";
import { sessionElsewhere, sessionMissing } from "../session-errors.ts";
import { type HttpRelay, relayedHeader } from "./http-relay.ts";
import { LiveSocket } from "./live-socket.ts";
import { MotionPictures } from "./motion-pictures.ts";
import { PacedResponse } from "./paced-response.ts";
import { pictureQuery } from "./picture-query.ts";
import { tooManyViewers } from "./viewer-errors.ts";

export interface ViewerSurroundings {
  readonly finder: SessionFinder;
  /** Absent on one machine, which has no farm to list. */
  readonly farm?: FarmView;
  readonly relay: HttpRelay;
  readonly clock: Clock;
}

export function viewerRoutes(world: ViewerSurroundings): HttpRoutes {
  const { farm } = world;
  const live = new LiveSockets(world);
  const motion = new MotionPictures(world.clock);
  const lists =
    farm === undefined
      ? []
      : [
          listRoute("/api/sessions", (caller) => rows(SessionRowSchema, visibleSessions(farm, caller))),
          listRoute("/api/nodes", (caller) => rows(NodeRowSchema, visibleNodes(farm, caller))),
        ];
  return {
    routes: [
      ...lists,
      {
        method: "GET",
        path: "/sessions/:id/events",
        access: "watch",
        answer: (request, response) =>
          withSession(world, request, response, (session) => tellEvents(session, response)),
      },
      {
        method: "GET",
        path: "/sessions/:id/preview.mjpeg",
        access: "watch",
        answer: (request, response) =>
          withSession(world, request, response, (session) => motion.answer(session, request, response)),
      },
      {
        method: "GET",
        path: "/sessions/:id/:picture",
        access: "watch",
        answer: (request, response) =>
          withSession(world, request, response, (session) => answerPicture(session, request, response, world.clock)),
      },
    ],
    upgrades: [
      {
        path: "/sessions/:id/live",
        access: "watch",
        take: (request, socket, head) => live.take(request, socket, head),
      },
    ],
  };
}

function listRoute(path: string, list: (caller: Caller) => unknown): HttpRoutes["routes"][number] {
  return {
    method: "GET",
    path,
    access: "watch",
    answer: ({ caller }, response) => {
      response.setHeader("content-type", "application/json").end(JSON.stringify(list(caller)));
    },
  };
}

function rows<Desc extends DescMessage>(schema: Desc, messages: readonly MessageShape<Desc>[]): unknown[] {
  return messages.map((message) => toJson(schema, message));
}

/** Here, or at the owner's door. */
async function withSession(
  world: ViewerSurroundings,
  request: HttpRequest,
  response: ServerResponse,
  here: (session: Session) => Promise<void>,
): Promise<void> {
  const at = await locate(world, request);
  if (at.t === "here") await here(at.session);
  else await world.relay.answer(request.message, response, ownerOf(at, request));
}

/** Throws `session-missing` for another user's session too. */
async function locate({ finder }: ViewerSurroundings, { parameters, caller }: HttpRequest): Promise<Located["at"]> {
  const sessionId = parameters.id ?? "";
  const located = await finder.locate(sessionId);
  if (!mayTouch(caller, located.user)) throw sessionMissing(sessionId);
  return located.at;
}

function ownerOf(at: Exclude<Located["at"], { t: "here" }>, { parameters, message }: HttpRequest): string {
  if (at.t === "nobody" || message.headers[relayedHeader] !== undefined) throw sessionElsewhere(parameters.id ?? "");
  return at.address;
}

async function answerPicture(
  session: Session,
  { parameters, query }: HttpRequest,
  response: ServerResponse,
  clock: Clock,
): Promise<void> {
  const picture = pictureQuery(parameters.id ?? "", parameters.picture ?? "", query);
  const { chunks, error } = session.looking.encodeImage(picture.request);
  response.on("close", () => chunks.cancel());
  const paced = new PacedResponse(response, clock);
  try {
    for await (const { content } of chunks as AsyncIterable<ImageChunk>) {
      if (!response.headersSent) response.setHeader("content-type", picture.contentType);
      await paced.write(content);
    }
  } catch (thrown) {
    throw error(thrown);
  }
  response.end();
}

/** One event a change, as JSON; the last one has a final state. */
async function tellEvents(session: Session, response: ServerResponse): Promise<void> {
  response.setHeader("content-type", "text/event-stream").flushHeaders();
  const unwatch = session.watch(
    (event) => {
      response.write(`data: ${JSON.stringify(toJson(SessionEventSchema, event))}\n\n`);
      // A reader that takes nothing is told less by ending: it connects again and gets the present state.
      if (isFinalState(event.state) || response.writableLength > limits.viewerWaitingBytesMax) response.end();
    },
    () => response.end(),
  );
  response.on("close", unwatch);
}

/** The pages that look at sessions here. */
class LiveSockets {
  readonly #world: ViewerSurroundings;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: limits.viewerMessageSizeBytesMax,
    perMessageDeflate: false,
  });
  readonly #counts = new Map<Session, number>();

  constructor(world: ViewerSurroundings) {
    this.#world = world;
  }

  async take(
    request: HttpRequest,
    socket: Parameters<WebSocketServer["handleUpgrade"]>[1],
    head: Buffer,
  ): Promise<void> {
    const at = await locate(this.#world, request);
    if (at.t === "here") this.#open(request.message, socket, head, at.session, request.caller);
    else this.#world.relay.upgrade(request.message, socket, ownerOf(at, request));
  }

  #open(
    message: IncomingMessage,
    socket: Parameters<WebSocketServer["handleUpgrade"]>[1],
    head: Buffer,
    session: Session,
    caller: Caller,
  ): void {
    if (this.#countOf(session) >= limits.viewersMax) throw tooManyViewers();
    this.#server.handleUpgrade(message, socket, head, (opened) => {
      this.#counts.set(session, this.#countOf(session) + 1);
      opened.on("close", () => {
        const left = this.#countOf(session) - 1;
        if (left === 0) this.#counts.delete(session);
        else this.#counts.set(session, left);
      });
      new LiveSocket(opened, {
        session,
        caller,
        clock: this.#world.clock,
        isOnFarm: this.#world.farm !== undefined,
        viewerCount: () => this.#countOf(session),
      });
    });
  }

  #countOf(session: Session): number {
    return this.#counts.get(session) ?? 0;
  }
}
