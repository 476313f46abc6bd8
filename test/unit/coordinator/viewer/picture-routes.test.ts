// Pictures over HTTP at a real door: a session that a test holds, a clock that stands still.
import { type ClientRequest, get, type IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Session } from "../../../../coordinator/session.ts";
import { HttpRelay } from "../../../../coordinator/viewer/http-relay.ts";
import { viewerRoutes } from "../../../../coordinator/viewer/viewer-routes.ts";
import { systemClock } from "../../../../host/clock.ts";
import { type Door, openDoor } from "../../../../host/door/door.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import { type EncodeImageRequest, ImageChunkSchema } from "../../../../proto/gen/arras/v1/film_pb.ts";
import { type SessionEvent, SessionEventSchema, SessionState } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../../../proto/limits.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { until } from "../../../fakes/settled.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

/** A session whose pictures are as many bytes as a test says. */
class PictureSession {
  readonly asked: EncodeImageRequest[] = [];
  readonly watchers = new Set<(event: SessionEvent) => void>();
  readonly given: Readable[] = [];
  pictureSizeBytes = 10;
  error: ArrasError | undefined;
  readonly looking = { encodeImage: (request: EncodeImageRequest) => this.#encodeImage(request) };

  #encodeImage(request: EncodeImageRequest) {
    this.asked.push(request);
    const { error, pictureSizeBytes } = this;
    const byte = this.asked.length;
    const chunks = Readable.from(
      (function* () {
        if (error !== undefined) throw error;
        for (let left = pictureSizeBytes; left > 0; left -= limits.imageChunkSizeBytes)
          yield create(ImageChunkSchema, {
            content: new Uint8Array(Math.min(left, limits.imageChunkSizeBytes)).fill(byte),
          });
      })(),
      { highWaterMark: 1 },
    );
    this.given.push(chunks);
    return { chunks: Object.assign(chunks, { cancel: () => chunks.destroy() }), error: ArrasError.from };
  }

  watch(told: (event: SessionEvent) => void) {
    this.watchers.add(told);
    told(create(SessionEventSchema, { state: SessionState.RENDERING, progress: { coarseComplete: true } }));
    return () => this.watchers.delete(told);
  }

  tell(state: SessionState, sppMean: number): void {
    for (const told of [...this.watchers])
      told(create(SessionEventSchema, { state, progress: { sppMean, coarseComplete: true } }));
  }
}

describe("pictures of now over HTTP", () => {
  let clock: FakeClock;
  let session: PictureSession;
  let door: Door;
  let requests: ClientRequest[];

  beforeEach(async () => {
    [clock, session, requests] = [new FakeClock(), new PictureSession(), []];
    const at = { t: "here", session: session as unknown as Session } as const;
    const finder = { locate: async () => ({ user: "", final: undefined, at }), close: async () => {} };
    const http = viewerRoutes({ finder, relay: new HttpRelay(undefined), clock });
    door = await openDoor({ address: "127.0.0.1:0", services: [], http, clock: systemClock, log: silentLog });
  });
  afterEach(async () => {
    for (const request of requests) request.destroy();
    await door.close();
  });

  /** Reads nothing of the body. */
  function ask(path: string, method = "GET"): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = get(`http://${door.address}/sessions/s/${path}`, { method, agent: false }, resolve);
      request.on("error", reject);
      requests.push(request);
    });
  }
  const formAsked = () => session.asked.map(({ format }) => format);

  it("an EXR is asked for -> the merger's, in the wished form", async () => {
    const answer = await fetch(`http://${door.address}/sessions/s/picture.exr?aov=beauty,depth&type=float`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "image/x-exr"]);
    expect((await answer.arrayBuffer()).byteLength).toBe(10);
    expect(formAsked()).toMatchObject([
      { case: "exr", value: { outputs: ["beauty", "depth"], pixelType: "float", compression: "zip", parts: "multi" } },
    ]);
    const odd = await fetch(`http://${door.address}/sessions/s/picture.exr?aov=depth,depth`);
    expect([odd.status, session.asked.length]).toEqual([400, 1]);
  });

  it("a client takes nothing of a large file -> a few pieces are read for it; after long it is cut off", async () => {
    session.pictureSizeBytes = 400 * limits.imageChunkSizeBytes;
    const answer = await ask("picture.exr");
    const ended = new Promise((resolve) => answer.on("close", resolve));
    answer.on("error", () => {});
    await until(() => clock.timerCount > 0);
    expect(session.given[0]!.readableEnded).toBe(false);
    clock.advance(limits.httpStalledMsMax);
    await until(() => session.given[0]!.destroyed);
    answer.resume();
    await ended;
    expect(answer.complete).toBe(false);
  });

  it("a moving picture -> one picture after the other while the session changes, and the last at its end", async () => {
    const answer = await ask("preview.mjpeg?size=64&fps=10");
    expect(answer.headers["content-type"]).toBe("multipart/x-mixed-replace; boundary=arras-picture");
    let body = Buffer.alloc(0);
    answer.on("data", (bytes) => {
      body = Buffer.concat([body, bytes]);
    });
    const ended = new Promise((resolve) => answer.on("end", resolve));
    const pictureCount = () => body.toString("latin1").split("content-length: 10\r\n").length - 1;
    await until(() => pictureCount() === 1);
    session.tell(SessionState.RENDERING, 1);
    await until(() => clock.timerCount > 0);
    clock.advance(100);
    await until(() => pictureCount() === 2);
    session.tell(SessionState.FINISHED, 2);
    await until(() => clock.timerCount > 0);
    clock.advance(100);
    await ended;
    const parts = body.toString("latin1").split("--arras-picture\r\n").slice(1, -1);
    expect(parts.map((part) => part.split("\r\n\r\n")[1])).toEqual(
      [1, 2, 3].map((byte) => `${String.fromCharCode(byte).repeat(10)}\r\n`),
    );
    expect([session.watchers.size, formAsked()[0]]).toMatchObject([0, { value: { encoding: "jpeg", maxSidePx: 64 } }]);
  });

  it("two look, one of them takes nothing -> the other sees every picture; each is made once", async () => {
    session.pictureSizeBytes = 16 * limits.imageChunkSizeBytes;
    const still = await ask("preview.mjpeg");
    still.on("error", () => {});
    const other = await ask("preview.mjpeg");
    let bytesRead = 0;
    other.on("data", ({ length }) => {
      bytesRead += length;
    });
    for (let pictureIndex = 1; pictureIndex <= 4; pictureIndex++) {
      await until(() => bytesRead > pictureIndex * session.pictureSizeBytes);
      session.tell(SessionState.RENDERING, pictureIndex);
      clock.advance(250);
    }
    await until(() => bytesRead > 5 * session.pictureSizeBytes);
    expect(session.asked).toHaveLength(5);
  });

  it("nobody looks any more, or only at the head -> nothing is made and nothing is watched", async () => {
    const answer = await ask("preview.mjpeg");
    answer.on("error", () => {});
    answer.destroy();
    await until(() => session.watchers.size === 0);
    await ask("preview.mjpeg", "HEAD");
    await until(() => session.watchers.size === 0);
    const asked = session.asked.length;
    session.tell(SessionState.RENDERING, 5);
    expect([session.asked.length, asked]).toEqual([2, 2]);
  });

  it("a wrong address, or too many different ones -> refused before anything is sent", async () => {
    const open = await Promise.all(
      Array.from({ length: limits.motionFeedsMax }, (_, at) => ask(`preview.mjpeg?quality=${at + 1}`)),
    );
    for (const each of open) each.on("error", () => {});
    const statuses = ["quality=99", "fps=1000", "speed=2"].map(
      async (query) => (await ask(`preview.mjpeg?${query}`)).statusCode,
    );
    expect(await Promise.all(statuses)).toEqual([503, 400, 400]);
    session.error = new ArrasError("usage", { message: "no such output", action: "" });
    open[0]!.destroy();
    await until(() => session.watchers.size < limits.motionFeedsMax);
    expect((await ask("preview.mjpeg?aov=none")).statusCode).toBe(400);
  });
});
