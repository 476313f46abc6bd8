// `preview.mjpeg`: pictures of now as one endless answer (multipart/x-mixed-replace), which browsers show as one that
// moves. All who ask for the same share one feed.
import type { ServerResponse } from "node:http";
import type { Clock } from "../../host/clock.ts";
import type { HttpRequest } from "../../host/door/http-route.ts";
import { ArrasError } from "../../proto/errors.ts";
import type { EncodeImageRequest, ImageChunk } from "../../proto/gen/arras/v1/film_pb.ts";
import { limits } from "../../proto/limits.ts";
import type { Session } from "../session.ts";
import { MotionFeed } from "./motion-feed.ts";
import { PacedResponse } from "./paced-response.ts";
import { motionQuery } from "./picture-query.ts";
import { tooManyViewers } from "./viewer-errors.ts";

const boundary = "arras-picture";

interface OpenFeed {
  readonly feed: MotionFeed;
  readonly viewers: Set<ServerResponse>;
}

export class MotionPictures {
  readonly #clock: Clock;
  /** By what is asked for. */
  readonly #feeds = new Map<Session, Map<string, OpenFeed>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves at the session's end, or the client's. Rejects before anything is sent where it cannot be done. */
  async answer(session: Session, { message, query, parameters }: HttpRequest, response: ServerResponse): Promise<void> {
    const { request, intervalMs } = motionQuery(parameters.id ?? "", query);
    const key = query.toString();
    const { feed, viewers } = this.#join(session, key, () => this.#newFeed(session, request, intervalMs));
    viewers.add(response);
    const leave = () => this.#leave(session, key, response);
    response.on("close", leave);
    const paced = new PacedResponse(response, this.#clock);
    try {
      let picture = await feed.next(0);
      response.setHeader("content-type", `multipart/x-mixed-replace; boundary=${boundary}`);
      if (message.method !== "HEAD") await paced.write(`--${boundary}\r\n`);
      while (picture !== undefined && paced.isOpen && message.method !== "HEAD") {
        await paced.write(part(picture.content));
        picture = await feed.next(picture.pictureIndex);
      }
    } finally {
      leave();
    }
    response.end();
  }

  #newFeed(session: Session, request: EncodeImageRequest, intervalMs: number): MotionFeed {
    return new MotionFeed({
      watch: (told, left) => session.watch(told, left),
      picture: () => wholePicture(session, request),
      clock: this.#clock,
      intervalMs,
    });
  }

  /** Throws `unavailable` where too many different ones are made already. */
  #join(session: Session, key: string, make: () => MotionFeed): OpenFeed {
    const feeds = this.#feeds.get(session) ?? new Map<string, OpenFeed>();
    let open = feeds.get(key);
    if (open === undefined) {
      if (feeds.size >= limits.motionFeedsMax) throw tooManyFeeds();
      open = { feed: make(), viewers: new Set() };
      feeds.set(key, open);
      this.#feeds.set(session, feeds);
    } else if (open.viewers.size >= limits.viewersMax) throw tooManyViewers();
    return open;
  }

  #leave(session: Session, key: string, viewer: ServerResponse): void {
    const feeds = this.#feeds.get(session);
    const open = feeds?.get(key);
    if (feeds === undefined || open?.viewers.delete(viewer) !== true || open.viewers.size > 0) return;
    open.feed.close();
    feeds.delete(key);
    if (feeds.size === 0) this.#feeds.delete(session);
  }
}

/** A browser shows a picture when the boundary behind it comes. */
function part(content: Uint8Array): Buffer {
  const head = `content-type: image/jpeg\r\ncontent-length: ${content.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), content, Buffer.from(`\r\n--${boundary}\r\n`)]);
}

async function wholePicture(session: Session, request: EncodeImageRequest): Promise<Uint8Array> {
  const { chunks, error } = session.looking.encodeImage(request);
  const pieces: Uint8Array[] = [];
  try {
    for await (const { content } of chunks as AsyncIterable<ImageChunk>) pieces.push(content);
  } catch (thrown) {
    throw error(thrown);
  }
  return Buffer.concat(pieces);
}

function tooManyFeeds(): ArrasError {
  return new ArrasError("unavailable", {
    message: `motionFeedsMax = ${limits.motionFeedsMax} different moving pictures of the session are made already`,
    action: "Ask for one of them, or close some.",
  });
}
