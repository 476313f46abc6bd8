// The frames of one page, between a merger's stream and a socket that a test holds.
import { EventEmitter } from "node:events";
import { create, fromBinary } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";
import { type FramesSurroundings, LiveFrames } from "../../../../coordinator/viewer/live-frames.ts";
import { type EncodedFrame, encodedFrame, frameBytes } from "../../../../host/encoded-frame.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import { PreviewEncoding, type PreviewRequest, PreviewWishSchema } from "../../../../proto/gen/arras/v1/preview_pb.ts";
import { ViewerEventSchema } from "../../../../proto/gen/arras/v1/viewer_pb.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";

/** A merger's stream that gives frames as long as it is not paused. */
class FrameStream extends EventEmitter {
  readonly asked: string[] = [];
  readonly waiting: EncodedFrame[] = [];
  isPaused = false;
  isCancelled = false;
  hasRoom = true;

  write({ request }: PreviewRequest): boolean {
    this.asked.push(
      request.case === "wish" ? `wish ${PreviewEncoding[request.value.encoding]}` : `${request.case} ${request.value}`,
    );
    return this.hasRoom;
  }
  give(...indices: number[]): void {
    for (const index of indices) this.waiting.push(frameOf(index, 100_000));
    this.#flow();
  }
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
    this.#flow();
  }
  cancel(): void {
    this.isCancelled = true;
  }
  #flow(): void {
    while (!this.isPaused) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      this.emit("data", next);
    }
  }
}

const auto = create(PreviewWishSchema, { outputs: ["beauty"], encoding: PreviewEncoding.AUTO });

function frameOf(index: number, sizeBytes: number): EncodedFrame {
  const tile = { fields: { output: "beauty" }, content: new Uint8Array(sizeBytes) };
  return encodedFrame(frameBytes({ frameIndex: BigInt(index) }, [tile]));
}

describe("a page's frames", () => {
  let clock: FakeClock;
  let streams: FrameStream[];
  let hasFilm: boolean;
  /** On its way to the page. */
  let leaving: (() => void)[];
  let said: string[];
  let frames: LiveFrames;

  beforeEach(() => {
    clock = new FakeClock();
    [streams, hasFilm, leaving, said] = [[], true, [], []];
    frames = newFrames();
  });

  function newFrames(): LiveFrames {
    const link = () => {
      if (!hasFilm) throw new ArrasError("session-state", { message: "no film", action: "" });
      const preview = () => {
        streams.push(new FrameStream());
        return streams.at(-1) as never;
      };
      return { preview, error: ArrasError.from };
    };
    const world: FramesSurroundings = {
      clock,
      link,
      send: (bytes, left) => {
        const { event } = fromBinary(ViewerEventSchema, bytes);
        said.push(event.case === "frame" ? `frame ${event.value.frameIndex}` : String(event.case));
        leaving.push(left);
      },
      ping: (frameNumber) => void said.push(`ping ${frameNumber}`),
      hearNothing: () => void said.push("deaf"),
      hearAgain: () => void said.push("hears"),
      refused: (error) => void said.push(error.code),
    };
    return new LiveFrames(world);
  }

  function threeArriveSlowly(): void {
    frames.wish(auto);
    for (const frame of [1, 2, 3]) {
      streams[0]!.give(frame);
      clock.advance(1_000);
      frames.arrived(frame);
      leaving.shift()?.();
    }
  }

  it("a page is slow -> one frame waits for it, and the next is read when that has left", () => {
    frames.wish(auto);
    streams[0]!.give(1, 2);
    expect([said, streams[0]!.waiting.length]).toEqual([["frame 1", "ping 1"], 1]);
    leaving.shift()!();
    expect([said.slice(2), streams[0]!.waiting.length]).toEqual([["frame 2", "ping 2"], 0]);
  });

  it("fifty pages take nothing, and every merger's stream has more -> one frame waits for each", () => {
    const pages = Array.from({ length: 50 }, newFrames);
    for (const page of pages) page.wish(auto);
    for (const stream of streams) stream.give(1, 2, 3, 4);
    expect(leaving).toHaveLength(50);
    expect(streams.every((stream) => stream.isPaused && stream.waiting.length === 3)).toBe(true);
    for (const page of pages) page.close();
    expect(streams.every((stream) => stream.isCancelled)).toBe(true);
  });

  it("acknowledgements -> handed on; of frames that the present stream has not sent -> not", () => {
    frames.wish(auto);
    streams[0]!.give(1);
    frames.acknowledge(1n);
    frames.acknowledge(2n);
    streams[0]!.emit("end");
    clock.advance(200);
    // Still of the stream before: the new one has sent nothing yet.
    frames.acknowledge(1n);
    expect(streams.map(({ asked }) => asked)).toEqual([["wish HALF", "acknowledge 1"], ["wish HALF"]]);
  });

  it("the merger breaks in the middle of a frame -> what it had sent counts no more; the wish is told to the next", () => {
    frames.wish(auto);
    streams[0]!.give(1, 2);
    streams[0]!.emit("error", new ArrasError("unavailable", { message: "gone", action: "" }));
    hasFilm = false;
    clock.advance(200);
    clock.advance(200);
    hasFilm = true;
    clock.advance(200);
    leaving.shift()!();
    streams[1]!.give(1);
    expect([streams.length, said]).toEqual([2, ["frame 1", "ping 1", "hears", "frame 1", "ping 2"]]);
  });

  it("a film is waited for, and the page changes its mind again and again -> one timer, the last wish", () => {
    hasFilm = false;
    for (let at = 0; at < 100; at++)
      frames.wish(create(PreviewWishSchema, { ...auto, encoding: PreviewEncoding.WEBP }));
    expect(clock.timerCount).toBe(1);
    hasFilm = true;
    clock.advance(200);
    expect(streams.map(({ asked }) => asked)).toEqual([["wish WEBP"]]);
  });

  it("a wish that cannot be -> told, and not tried again", () => {
    frames.wish(auto);
    streams[0]!.emit("error", new ArrasError("usage", { message: "no such output", action: "" }));
    expect([said, clock.timerCount]).toEqual([["hears", "usage"], 0]);
  });

  it("a page says more than the merger takes -> it is not heard until there is room", () => {
    frames.wish(auto);
    streams[0]!.give(1);
    streams[0]!.hasRoom = false;
    frames.acknowledge(1n);
    streams[0]!.emit("drain");
    expect(said.slice(2)).toEqual(["deaf", "hears"]);
  });

  it("frames arrive slowly -> automatic quality asks for pictures", () => {
    threeArriveSlowly();
    expect([streams[0]!.asked.at(-1), frames.encoding]).toEqual(["wish WEBP", PreviewEncoding.WEBP]);
    expect(frames.bytesPerSecond).toBeGreaterThan(90_000);
  });

  it("closed -> the stream is left, also before there is one", () => {
    frames.wish(auto);
    frames.close();
    expect(streams[0]!.isCancelled).toBe(true);
    hasFilm = false;
    const early = newFrames();
    early.wish(auto);
    early.close();
    expect(clock.timerCount).toBe(0);
  });

  it("pictures for a slow link's sake -> now and then padding with a ping behind it; none for who chose pictures", () => {
    for (const encoding of [PreviewEncoding.AUTO, PreviewEncoding.WEBP]) {
      const page = newFrames();
      page.wish({ ...auto, encoding });
      const stream = streams.at(-1)!;
      said = [];
      for (let frameNumber = 1; frameNumber <= 3; frameNumber++) {
        stream.emit("data", frameOf(frameNumber, 1_000_000));
        clock.advance(1000);
        page.arrived(frameNumber);
      }
      page.measure();
      expect(said.filter((text) => text === "padding")).toEqual([]);
      clock.advance(2000);
      page.measure();
      const padded = encoding === PreviewEncoding.AUTO ? ["padding", "ping 4"] : [];
      expect(said.slice(6)).toEqual(padded);
    }
  });

  it("padding has not left yet -> none behind it, however long that takes", () => {
    threeArriveSlowly();
    const measureAfter = (ms: number) => {
      said = [];
      clock.advance(ms);
      frames.measure();
      return said[0];
    };
    expect([measureAfter(2000), measureAfter(600_000)]).toEqual(["padding", undefined]);
    leaving.at(-1)!();
    expect(measureAfter(0)).toBe("padding");
  });
});
