// One session's checkpoints: when they are written, what is kept of them, and what a new merger begins with.
import { create } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";
import { CheckpointShelf } from "../../../../coordinator/checkpoints/checkpoint-shelf.ts";
import { KeyValueArchive } from "../../../../coordinator/checkpoints/key-value-archive.ts";
import { type CheckpointLink, SessionCheckpoints } from "../../../../coordinator/checkpoints/session-checkpoints.ts";
import type { FilmBeginning } from "../../../../coordinator/merger-link.ts";
import { InMemoryKeyValue } from "../../../../host/nats/in-memory-key-value.ts";
import { ArrasError, type ErrorCode } from "../../../../proto/errors.ts";
import { type SceneEdits, SceneEditsSchema } from "../../../../proto/gen/arras/v1/edits_pb.ts";
import { CheckpointReplySchema } from "../../../../proto/gen/arras/v1/film_pb.ts";
import type { SessionRecord } from "../../../../proto/gen/arras/v1/record_pb.ts";
import { SessionSpecSchema } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { FakeLauncher } from "../../../fakes/fake-launcher.ts";
import { digestOf, resumable } from "../../../fakes/resumable-sessions.ts";
import { owning, sessionPlan, sessionRecord } from "../../../fakes/session-plans.ts";
import { settled } from "../../../fakes/settled.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

const failure = (code: ErrorCode) => new ArrasError(code, { message: `it is ${code}`, action: "Nothing." });
const pixelCount = 16 * 16;

/** A merger that writes and opens what a test says. */
class FakeLink implements CheckpointLink {
  readonly opened: string[] = [];
  readonly openErrors = new Map<string, ArrasError>();
  writeError: ArrasError | undefined;
  writtenCount = 0;
  /** Until it is called, writing goes on. */
  finish: (() => void) | undefined;
  isSlow = false;

  async openFilm(_epoch: number, _film: unknown, { checkpoint }: FilmBeginning): Promise<boolean> {
    this.opened.push(checkpoint);
    const error = this.openErrors.get(checkpoint);
    if (error !== undefined) throw error;
    return checkpoint !== "";
  }

  async writeCheckpoint() {
    if (this.isSlow) {
      await new Promise<void>((resolve) => {
        this.finish = resolve;
      });
    }
    if (this.writeError !== undefined) throw this.writeError;
    this.writtenCount += 1;
    const sampleCount = BigInt(this.writtenCount * pixelCount);
    return create(CheckpointReplySchema, { digest: digestOf(this.writtenCount), sizeBytes: 10n, sampleCount });
  }
}

describe("a session's checkpoints", () => {
  let clock: FakeClock;
  let store: InMemoryKeyValue;
  let archive: KeyValueArchive;
  let link: FakeLink;
  let isOpen: boolean;
  let isOurs: boolean;
  let notices: string[];
  let edits: SceneEdits;
  let budgetSpp: number;
  let deleted: string[];
  let saved: Pick<SessionRecord, "checkpoint" | "formerCheckpoint">[];

  beforeEach(() => {
    edits = create(SceneEditsSchema);
    budgetSpp = 4;
    [clock, store, link] = [new FakeClock(), new InMemoryKeyValue(), new FakeLink()];
    archive = new KeyValueArchive(store, clock);
    [isOpen, isOurs, notices, deleted, saved] = [true, true, [], [], []];
  });

  function checkpointsOf(
    base: Partial<SessionRecord> = {},
    policy: { intervalMs?: number; off?: boolean } = { intervalMs: 1000 },
    resumeSessionId = "",
  ): SessionCheckpoints {
    const objects = { delete: async (digest: string) => void deleted.push(digest) };
    const bounds = { sessionsMax: 10, bytesMax: 1e9 };
    const spec = create(SessionSpecSchema, { checkpoints: policy, resumeSessionId });
    const checkpoints = new SessionCheckpoints(
      sessionPlan({ base: sessionRecord({ spec, ...base }) }),
      {
        ...owning,
        launcher: new FakeLauncher(),
        clock,
        log: silentLog,
        mayAct: () => isOurs,
        save: async () => {
          saved.push(checkpoints.record);
          return true;
        },
        checkpoints: new CheckpointShelf({ archive, objects, bounds, log: silentLog }),
      },
      {
        writableLink: () => (isOpen ? link : undefined),
        instructionSet: () => "avx2",
        rendererBuild: () => "fake 1",
        edits: () => edits,
        budgetSpp: () => budgetSpp,
        notice: (level, text) => void notices.push(`${level} ${text}`),
      },
    );
    return checkpoints;
  }

  /** Time passes and samples come, as a session's ticks see it. */
  async function render(checkpoints: SessionCheckpoints, durationMs: number, spp: number): Promise<void> {
    for (let leftMs = durationMs; leftMs > 0; leftMs -= 100) {
      clock.advance(100);
      checkpoints.tick(clock.nowMs(), () => spp * pixelCount);
      await settled();
    }
  }

  it("time passes -> written, archived, and only the newest two stay", async () => {
    const checkpoints = checkpointsOf();
    await checkpoints.openFilm(link, 1);
    expect([link.opened, notices]).toEqual([[""], []]);
    await render(checkpoints, 1100, 1);
    expect(link.writtenCount).toBe(0); // it began with that
    for (const spp of [2, 3, 4]) await render(checkpoints, 1100, spp);
    expect(link.writtenCount).toBe(3);
    expect(checkpoints.record).toEqual({ checkpoint: digestOf(3), formerCheckpoint: digestOf(2) });
    expect(await archive.get("s")).toMatchObject({
      checkpoint: digestOf(3),
      formerCheckpoint: digestOf(2),
      sizeBytes: 20n,
      sampleCount: BigInt(3 * pixelCount),
      instructionSet: "avx2",
      rendererBuild: "fake 1",
    });
    expect(deleted).toEqual([digestOf(1)]);
    expect(saved.at(-1)).toEqual(checkpoints.record);
    expect(checkpoints.state).toMatchObject({ sppMean: 3, sizeBytes: 10n });
  });

  it("more samples are asked for -> what is kept asks for them too, so that --resume goes on to them", async () => {
    const checkpoints = checkpointsOf();
    await checkpoints.openFilm(link, 1);
    budgetSpp = 64;
    await render(checkpoints, 100, 0);
    await checkpoints.request();
    expect((await archive.get("s"))?.session?.budget?.spp).toBe(64);
  });

  it("one is being written -> no second one; asked for one -> after it", async () => {
    const checkpoints = checkpointsOf();
    await render(checkpoints, 100, 0);
    link.isSlow = true;
    await render(checkpoints, 5000, 1);
    expect(link.finish).toBeDefined();
    const asked = checkpoints.request();
    link.isSlow = false;
    link.finish?.();
    expect(await asked).toMatchObject({ sppMean: 2 });
    expect(link.writtenCount).toBe(2);
  });

  it("the store is full -> told once, tried again at each interval; it has room again -> told, too", async () => {
    const checkpoints = checkpointsOf();
    await render(checkpoints, 100, 0);
    link.writeError = failure("output-failed");
    for (const spp of [1, 2, 3]) await render(checkpoints, 1100, spp);
    expect(notices).toEqual([expect.stringMatching(/^2 No checkpoint .*rendering goes on.*it is output-failed/)]);
    await expect(checkpoints.request()).rejects.toMatchObject({ code: "output-failed" });
    link.writeError = undefined;
    await render(checkpoints, 1100, 4);
    expect(notices.slice(1)).toEqual(["3 Checkpoints of the film are written again"]);
  });

  it("the archive is away -> told, and nothing that it speaks of is deleted; no more than four are ever stored", async () => {
    const checkpoints = checkpointsOf();
    await render(checkpoints, 100, 0);
    for (const spp of [1, 2]) await render(checkpoints, 1100, spp);
    store.setAway(true);
    for (const spp of [3, 4, 5, 6]) await render(checkpoints, 1100, spp);
    expect(notices).toHaveLength(1);
    expect(deleted).toEqual([digestOf(3), digestOf(4)]);
    store.setAway(false);
    expect((await archive.get("s"))?.checkpoint).toBe(digestOf(2));
    await render(checkpoints, 1100, 7);
    expect((await archive.get("s"))?.checkpoint).toBe(digestOf(7));
    expect(deleted.sort()).toEqual([1, 2, 3, 4, 5].map(digestOf));
  });

  it("the merger died while it wrote -> its restart is told by others, not here", async () => {
    const checkpoints = checkpointsOf();
    await render(checkpoints, 100, 0);
    link.isSlow = true;
    await render(checkpoints, 1100, 1);
    isOpen = false;
    link.writeError = failure("unavailable");
    link.finish?.();
    await settled();
    expect(notices).toEqual([]);
    await render(checkpoints, 3000, 2);
    await expect(checkpoints.request()).rejects.toMatchObject({ code: "session-state" });
  });

  it("a merger starts again -> with the newest; it is broken -> with the one before; that too -> empty, and told", async () => {
    const newest = { checkpoint: digestOf(8), formerCheckpoint: digestOf(7) };
    const checkpoints = checkpointsOf(newest);
    await checkpoints.openFilm(link, 1);
    link.openErrors.set(digestOf(8), failure("object-broken"));
    await checkpoints.openFilm(link, 1);
    expect(checkpoints.record).toEqual({ checkpoint: digestOf(7), formerCheckpoint: "" });
    link.openErrors.set(digestOf(7), failure("checkpoint-mismatch"));
    await checkpoints.openFilm(link, 1);
    expect(link.opened).toEqual([8, 8, 7, 7].map(digestOf).concat(""));
    expect(notices).toEqual([
      "3 The film begins with a checkpoint",
      "2 A checkpoint of the film cannot be used: it is object-broken",
      "3 The film begins with a checkpoint",
      "2 A checkpoint of the film cannot be used: it is checkpoint-mismatch",
      "2 No checkpoint is left: the frame is rendered again from the start",
    ]);
  });

  it("two mergers die while they open one -> the third begins without it", async () => {
    const checkpoints = checkpointsOf({ checkpoint: digestOf(8) });
    link.openErrors.set(digestOf(8), failure("unavailable"));
    for (const _ of [1, 2]) {
      await expect(checkpoints.openFilm(link, 1)).rejects.toMatchObject({ code: "unavailable" });
    }
    await checkpoints.openFilm(link, 1);
    expect(link.opened).toEqual([digestOf(8), digestOf(8), ""]);
  });

  it("it goes on with another session -> that one's entry becomes its own, before anything new is written", async () => {
    await archive.put(resumable("old"));
    const beginning = { checkpoint: digestOf(1), formerCheckpoint: digestOf(2), instructionSet: "avx2" };
    const checkpoints = checkpointsOf(beginning, { intervalMs: 60_000 }, "old");
    await checkpoints.openFilm(link, 1);
    await render(checkpoints, 100, 5);
    expect(await archive.get("old")).toBeUndefined();
    expect(await archive.get("s")).toMatchObject({
      checkpoint: digestOf(1),
      formerCheckpoint: digestOf(2),
      sampleCount: BigInt(5 * pixelCount),
      session: { resumeSessionId: "" },
    });
    expect([deleted, checkpoints.state?.sppMean]).toEqual([[], 5]);
  });

  it("the frame is finished -> nothing of it is left", async () => {
    const checkpoints = checkpointsOf();
    await render(checkpoints, 100, 0);
    for (const spp of [1, 2]) await render(checkpoints, 1100, spp);
    await checkpoints.ended(true, 3 * pixelCount);
    expect([await archive.get("s"), deleted.sort(), checkpoints.state]).toEqual([
      undefined,
      [digestOf(1), digestOf(2)],
      undefined,
    ]);
    await render(checkpoints, 3000, 9);
    expect(link.writtenCount).toBe(2);
  });

  it("it was stopped -> what came since the last one is written; nothing came -> nothing is", async () => {
    const checkpoints = checkpointsOf();
    await render(checkpoints, 100, 0);
    await render(checkpoints, 1100, 1);
    await checkpoints.ended(false, 2 * pixelCount);
    expect((await archive.get("s"))?.checkpoint).toBe(digestOf(2));
    const other = checkpointsOf();
    await other.ended(false, 0);
    expect(link.writtenCount).toBe(2);
  });

  it("its last checkpoint hangs -> neither its end nor its closing waits for ever", async () => {
    const checkpoints = checkpointsOf();
    await render(checkpoints, 100, 0);
    link.isSlow = true;
    const ended = checkpoints.ended(false, pixelCount);
    await settled();
    clock.advance(10_000);
    await ended;
    const closed = checkpoints.close();
    await settled();
    clock.advance(60_000);
    await closed;
  });

  it("what is kept must not come back -> it is gone before anything else is done, and a new one follows soon", async () => {
    const checkpoints = checkpointsOf();
    await render(checkpoints, 100, 0);
    for (const spp of [1, 2]) await render(checkpoints, 1100, spp);
    const done = await checkpoints.discardingAll(async () => {
      expect([await archive.get("s"), deleted.length, checkpoints.record.checkpoint]).toEqual([undefined, 2, ""]);
      await render(checkpoints, 1100, 3);
      await expect(checkpoints.request()).rejects.toMatchObject({ code: "session-state" });
      return "done";
    });
    expect([done, link.writtenCount]).toEqual(["done", 2]);
    await render(checkpoints, 100, 2);
    expect((await archive.get("s"))?.checkpoint).toBe(digestOf(3));
  });

  it("what is kept cannot be removed -> nothing is done, and what was kept is still spoken of", async () => {
    const checkpoints = checkpointsOf();
    await render(checkpoints, 100, 0);
    await render(checkpoints, 1100, 1);
    store.setAway(true);
    const discarding = checkpoints.discardingAll(() => Promise.reject(new Error("it was done")));
    await expect(discarding).rejects.toMatchObject({ code: "unavailable" });
    store.setAway(false);
    expect([(await archive.get("s"))?.checkpoint, deleted]).toEqual([digestOf(1), []]);
  });

  it("none are wanted, or there is nowhere -> none, not even at the end", async () => {
    const checkpoints = checkpointsOf({}, { off: true });
    for (const spp of [0, 1, 2]) await render(checkpoints, 1100, spp);
    await checkpoints.ended(false, 3 * pixelCount);
    expect(link.writtenCount).toBe(0);
  });

  it("another coordinator owns the session -> nothing is archived and nothing deleted", async () => {
    const checkpoints = checkpointsOf();
    await render(checkpoints, 100, 0);
    isOurs = false;
    await render(checkpoints, 1100, 1);
    checkpoints.abandon();
    await render(checkpoints, 3000, 2);
    expect([await archive.get("s"), deleted, link.writtenCount]).toEqual([undefined, [], 1]);
  });
});
