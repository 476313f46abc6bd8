// Which pictures a moving picture has: time stands still until a test moves it, and a picture is made when a test says so.
import { create } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";
import { MotionFeed } from "../../../../coordinator/viewer/motion-feed.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import { type SessionEvent, SessionEventSchema, SessionState } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { settled } from "../../../fakes/settled.ts";

describe("a moving picture's feed", () => {
  let clock: FakeClock;
  let feed: MotionFeed;
  let tell: (state: SessionState, sppMean: number, coarseComplete?: boolean) => void;
  let leave: () => void;
  let isWatched: boolean;
  let making: { resolve(content: Uint8Array): void; reject(error: ArrasError): void }[];

  beforeEach(() => {
    clock = new FakeClock();
    [making, isWatched] = [[], true];
    feed = new MotionFeed({
      clock,
      intervalMs: 250,
      picture: () => new Promise((resolve, reject) => making.push({ resolve, reject })),
      watch: (told: (event: SessionEvent) => void, left) => {
        leave = left;
        tell = (state, sppMean, coarseComplete = true) =>
          told(create(SessionEventSchema, { state, progress: { sppMean, coarseComplete } }));
        return () => {
          isWatched = false;
        };
      },
    });
    tell(SessionState.RENDERING, 1);
  });

  const made = (byte: number) => making.pop()!.resolve(Uint8Array.of(byte));
  /** What each of these got so far, in their order. */
  function gotten(...asked: Promise<{ readonly content: Uint8Array } | undefined>[]) {
    const got: unknown[] = asked.map(() => "waits");
    for (const [at, each] of asked.entries()) {
      each.then(
        (picture) => {
          got[at] = picture === undefined ? "end" : picture.content[0];
        },
        (error: ArrasError) => {
          got[at] = error.code;
        },
      );
    }
    return got;
  }

  it("several wait -> one picture is made for all; who comes late gets it at once", async () => {
    const got = gotten(feed.next(0), feed.next(0));
    expect(making).toHaveLength(1);
    made(7);
    await settled();
    const late = gotten(feed.next(0));
    await settled();
    expect([...got, ...late, making.length]).toEqual([7, 7, 7, 0]);
  });

  it("nothing has changed -> none is made; something has -> when its time has come", async () => {
    const first = gotten(feed.next(0));
    made(1);
    await settled();
    const second = gotten(feed.next(1));
    tell(SessionState.RENDERING, 1);
    clock.advance(1_000);
    expect(making).toHaveLength(0);
    tell(SessionState.RENDERING, 2);
    expect(making).toHaveLength(1);
    made(2);
    await settled();
    const third = gotten(feed.next(2));
    tell(SessionState.RENDERING, 3);
    expect(making).toHaveLength(0);
    clock.advance(250);
    expect(making).toHaveLength(1);
    made(3);
    await settled();
    expect([first, second, third]).toEqual([[1], [2], [3]]);
  });

  it("the coarse picture grows -> each event may bring a new one", async () => {
    tell(SessionState.RENDERING, 0, false);
    gotten(feed.next(0));
    made(1);
    await settled();
    gotten(feed.next(1));
    clock.advance(250);
    tell(SessionState.RENDERING, 0, false);
    expect(making).toHaveLength(1);
  });

  it("nobody asks -> nothing is made, however much changes", () => {
    for (let spp = 2; spp < 10; spp++) {
      tell(SessionState.RENDERING, spp);
      clock.advance(1_000);
    }
    expect([making.length, clock.timerCount]).toEqual([0, 0]);
  });

  it("the session ends -> one last picture, then the end", async () => {
    gotten(feed.next(0));
    made(1);
    await settled();
    const last = gotten(feed.next(1));
    tell(SessionState.FINISHED, 4);
    clock.advance(250);
    made(2);
    await settled();
    const after = gotten(feed.next(2), feed.next(1));
    await settled();
    expect([last, after, isWatched]).toEqual([[2], ["end", 2], false]);
  });

  it("the film goes with the session before its last picture -> the end, not an error", async () => {
    gotten(feed.next(0));
    made(1);
    await settled();
    const last = gotten(feed.next(1));
    tell(SessionState.FINISHED, 4);
    clock.advance(250);
    making.pop()!.reject(new ArrasError("session-state", { message: "closed", action: "" }));
    await settled();
    expect([last, isWatched]).toEqual([["end"], false]);
  });

  it("there is no film yet -> asked again with the next event; a wrong address -> refused", async () => {
    const early = gotten(feed.next(0));
    making.pop()!.reject(new ArrasError("session-state", { message: "no film", action: "" }));
    await settled();
    clock.advance(250);
    tell(SessionState.RENDERING, 1);
    made(1);
    await settled();
    expect(early).toEqual([1]);
    clock.advance(250);
    tell(SessionState.RENDERING, 2);
    const wrong = gotten(feed.next(1));
    making.pop()!.reject(new ArrasError("usage", { message: "no such output", action: "" }));
    await settled();
    expect(wrong).toEqual(["usage"]);
  });

  it("the session goes elsewhere, or nobody looks any more -> whoever waits is told the end", async () => {
    const waiting = gotten(feed.next(0));
    leave();
    await settled();
    expect([waiting, isWatched]).toEqual([["end"], false]);
  });
});
