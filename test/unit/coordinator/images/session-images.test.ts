// What becomes of a session's finished images: when its end is told, when NATS, its merger or its coordinator go away
// then, and when it is closed.
import { create } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";
import { SessionImages } from "../../../../coordinator/images/session-images.ts";
import type { Happening } from "../../../../coordinator/journal/happening.ts";
import { ArrasError, type ErrorCode } from "../../../../proto/errors.ts";
import type { EncodeImageRequest } from "../../../../proto/gen/arras/v1/film_pb.ts";
import { StoreImageReplySchema } from "../../../../proto/gen/arras/v1/film_pb.ts";
import { type SessionEvent, SessionEventSchema, SessionState } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../../../proto/limits.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { FakeLauncher } from "../../../fakes/fake-launcher.ts";
import { type ImageStage, imageStage } from "../../../fakes/image-shelves.ts";
import { digestOf } from "../../../fakes/resumable-sessions.ts";
import { owning, sessionPlan, sessionRecord } from "../../../fakes/session-plans.ts";
import { settled } from "../../../fakes/settled.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

const failure = (code: ErrorCode) => new ArrasError(code, { message: `it is ${code}`, action: "Wait." });
const finished = create(SessionEventSchema, {
  state: SessionState.FINISHED,
  receipt: { filmSha256: digestOf(15), sampleCount: 64n, sppMean: 4 },
  totals: { metadata: { renderer: "fake" } },
});

describe("a session's finished images", () => {
  let clock: FakeClock;
  let stage: ImageStage;
  let told: string[];
  let asked: EncodeImageRequest[];
  /** Of the next attempts; when they are used up, each succeeds. "hang": no answer. */
  let answers: (ErrorCode | "hang")[];
  let final: SessionEvent | undefined;
  let hasLink: boolean;
  let mayAct: boolean;
  let images: SessionImages;

  beforeEach(() => {
    clock = new FakeClock();
    stage = imageStage();
    told = [];
    asked = [];
    answers = [];
    final = finished;
    hasLink = true;
    mayAct = true;
    images = imagesOf();
  });

  function imagesOf(): SessionImages {
    const journal = {
      record: (happening: Happening) =>
        void told.push("error" in happening ? `${happening.t} ${happening.error.code}` : happening.t),
    };
    const link = {
      storeImage: async (request: EncodeImageRequest) => {
        asked.push(request);
        const answer = answers.shift();
        if (answer === "hang") return new Promise<never>(() => {});
        if (answer !== undefined) throw failure(answer);
        return create(StoreImageReplySchema, { digest: digestOf(asked.length), sizeBytes: 10n });
      },
    };
    const spec = { images: { exr: { compression: "piz" }, display: { exposureStops: 2, encoding: "webp" } } };
    const base = sessionRecord({ user: "ada", spec: spec as never });
    const world = {
      ...owning,
      launcher: new FakeLauncher(),
      clock,
      log: silentLog,
      journal,
      images: stage.shelf,
      mayAct: () => mayAct,
    };
    return new SessionImages(sessionPlan({ base }), world, {
      link: () => (hasLink ? link : undefined),
      final: () => final,
    });
  }

  it("the end is told -> both files as the session asks, on the shelf with whose they are, and told once", async () => {
    images.begin();
    images.begin();
    await images.close();
    expect(told).toEqual(["images-kept"]);
    expect(asked.map(({ format }) => format.value)).toMatchObject([
      { encoding: "png", exposureStops: 2, withOrigin: true },
      { compression: "piz" },
    ]);
    expect(asked[1]?.metadata?.renderer).toBe("fake");
    expect(await stage.shelf.find("s")).toMatchObject({
      user: "ada",
      scene: "scene.gltf",
      filmSha256: digestOf(15),
      state: SessionState.FINISHED,
      images: [
        { name: "picture.png", digest: digestOf(1) },
        { name: "film.exr", digest: digestOf(2) },
      ],
    });
  });

  it("a session without samples, or without a receipt -> nothing is stored, nothing is told", async () => {
    final = create(SessionEventSchema, { state: SessionState.STOPPED, receipt: { sampleCount: 0n } });
    await images.close();
    final = create(SessionEventSchema, { state: SessionState.FAILED });
    await imagesOf().close();
    expect([asked.length, told]).toEqual([0, []]);
  });

  it("a session that renders is closed, or its merger dies -> nothing", async () => {
    final = undefined;
    images.filmGone(failure("computation-lost"));
    await images.close();
    expect([asked.length, told]).toEqual([0, []]);
  });

  it("the store is away for a while -> tried again until it is back", async () => {
    answers = ["unavailable", "timed-out"];
    images.begin();
    for (let attempt = 0; attempt < 2; attempt++) {
      await settled();
      clock.advance(limits.imagesAgainAfterMs);
    }
    await images.close();
    expect([asked.length, told]).toEqual([4, ["images-kept"]]);
  });

  it("the store stays away -> given up after as long as the limit says, and told", async () => {
    answers = Array.from({ length: 1000 }, () => "unavailable" as const);
    images.begin();
    const stepCount = (2 * limits.imagesStoringMsMax) / limits.imagesAgainAfterMs + 4;
    for (let step = 0; step < stepCount; step++) {
      await settled();
      clock.advance(limits.imagesAgainAfterMs);
    }
    await settled();
    expect(told).toEqual(["images-missing unavailable"]);
    expect(clock.timerCount).toBe(0);
  });

  it("the store has no room for one file -> the other is kept, and the event says so; it is not tried again", async () => {
    answers = ["resources-insufficient"];
    images.begin();
    await images.close();
    expect([told, asked.length]).toEqual([["images-kept", "images-missing resources-insufficient"], 2]);
    expect((await stage.shelf.find("s"))?.images.map(({ name }) => name)).toEqual(["film.exr"]);
  });

  it("the merger dies meanwhile -> what is missing is told with that reason, at once", async () => {
    answers = ["unavailable"];
    images.begin();
    await settled();
    images.filmGone(failure("computation-lost"));
    await images.close();
    expect(told).toEqual(["images-missing computation-lost"]);
  });

  it("the merger is gone when another coordinator takes over -> told, unless the one before had kept the images", async () => {
    hasLink = false;
    images.filmGone(failure("computation-lost"));
    await images.close();
    expect(told).toEqual(["images-missing computation-lost"]);
    [told, hasLink] = [[], true];
    const former = imagesOf();
    former.begin();
    await former.close();
    hasLink = false;
    const taking = imagesOf();
    taking.filmGone(failure("computation-lost"));
    await taking.close();
    expect(told).toEqual(["images-kept"]);
  });

  it("the coordinator before has kept them -> nothing is stored again", async () => {
    images.begin();
    await images.close();
    const taking = imagesOf();
    taking.begin();
    await taking.close();
    expect([asked.length, told]).toEqual([2, ["images-kept"]]);
  });

  it("the film is still being looked for -> waited for", async () => {
    hasLink = false;
    images.begin();
    await settled();
    hasLink = true;
    clock.advance(limits.imagesAgainAfterMs);
    await images.close();
    expect(told).toEqual(["images-kept"]);
  });

  it("it is closed and the store answers nothing -> the close waits no longer than its limit; what is missing is told when the merger is gone", async () => {
    answers = ["unavailable", "unavailable"];
    images.begin();
    await settled();
    let isClosed = false;
    const closing = images.close().then(() => {
      isClosed = true;
    });
    answers = Array.from({ length: 1000 }, () => "unavailable" as const);
    for (let waitedMs = 0; waitedMs < limits.imagesClosingMsMax - limits.imagesAgainAfterMs; waitedMs += 1000) {
      clock.advance(1000);
      await settled();
    }
    expect(isClosed).toBe(false);
    clock.advance(2 * limits.imagesAgainAfterMs);
    await closing;
    await settled();
    expect(told).toEqual(["images-missing timed-out"]);
  });

  it("an attempt hangs when it is closed -> the close does not", async () => {
    answers = ["hang"];
    images.begin();
    await settled();
    const closing = images.close();
    clock.advance(limits.imagesClosingMsMax);
    await closing;
  });

  it("the session is another coordinator's -> nothing more is asked, and nothing is told", async () => {
    answers = ["unavailable"];
    images.begin();
    await settled();
    images.abandon();
    await settled();
    clock.advance(limits.imagesAgainAfterMs);
    await settled();
    mayAct = false;
    const other = imagesOf();
    other.begin();
    await settled();
    expect([asked.length, told]).toEqual([1, []]);
  });

  it("the shelf is away when they are stored -> kept later, without storing them again", async () => {
    images.begin();
    // The first look, then the write.
    stage.store.faults.push("lost");
    await settled();
    clock.advance(limits.imagesAgainAfterMs);
    await settled();
    clock.advance(limits.imagesAgainAfterMs);
    await images.close();
    expect([asked.length, told]).toEqual([2, ["images-kept"]]);
  });
});
