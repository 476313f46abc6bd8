// Each happening's place in the farm's journal.
import { describe, expect, it } from "vitest";
import { eventOf, sentence } from "../../../../coordinator/journal/event-of.ts";
import type { Happening } from "../../../../coordinator/journal/happening.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import { EventKind } from "../../../../proto/gen/arras/v1/farm_pb.ts";
import { limits } from "../../../../proto/limits.ts";

const stamp = { id: "e1", atMs: 1_700_000_000_000.4 };
const lost = new ArrasError("computation-lost", { message: "Its node is gone", action: "Nothing." });
const place = { sessionId: "s", computation: "mcrt_i0", nodeId: "n", attempt: 2 };

describe("an event of a happening", () => {
  it("a session's -> its kind, its session, the stamp", () => {
    const event = eventOf(
      { t: "session-created", sessionId: "s", user: "ann", scene: "shot.glb", createdAtMs: 0 },
      stamp,
    );
    expect(event).toMatchObject({
      id: "e1",
      atMs: 1_700_000_000_000n,
      kind: EventKind.SESSION_CREATED,
      sessionId: "s",
      nodeId: "",
      text: "Created for shot.glb by ann",
    });
  });

  it("a computation's -> its names, its attempt, and why", () => {
    const event = eventOf({ t: "computation-restarted", ...place, isMerger: false, error: lost }, stamp);
    expect(event).toMatchObject({
      kind: EventKind.COMPUTATION_RESTARTED,
      sessionId: "s",
      computation: "mcrt_i0",
      nodeId: "n",
      attempt: 2,
      error: { code: "computation-lost" },
    });
    expect(event?.text).toContain("mcrt_i0 is started again: [computation-lost] Its node is gone");
  });

  it("wrong samples cannot be taken out -> why, and that the frame waits", () => {
    const error = new ArrasError("unavailable", { message: "The store is away", action: "Wait." });
    const event = eventOf({ t: "session-unclean", sessionId: "s", error }, stamp);
    expect(event).toMatchObject({ kind: EventKind.SESSION_UNCLEAN, sessionId: "s", error: { code: "unavailable" } });
    expect(event?.text).toMatch(/^The frame waits, as samples of a wrong node .* The store is away/);
  });

  it("a process passed its memory -> that is the kind, whatever follows", () => {
    const error = new ArrasError("memory-exceeded", { message: "2 GB", action: "Raise it." });
    for (const happening of [
      { t: "computation-restarted", ...place, isMerger: false, error },
      { t: "computation-gone", ...place, error },
    ] as const)
      expect(eventOf(happening, stamp)?.kind).toBe(EventKind.COMPUTATION_MEMORY_EXCEEDED);
    expect(eventOf({ t: "session-failed", sessionId: "s", error }, stamp)?.kind).toBe(EventKind.SESSION_FAILED);
  });

  it("two coordinators see one fact of a node -> one id; the next fact of its kind -> another", () => {
    const idOf = (factId: string, id: string) =>
      eventOf({ t: "node-lost", nodeId: "n", host: "h", factId }, { ...stamp, id })?.id;
    expect(idOf("7", "a")).toBe(idOf("7", "b"));
    expect(idOf("7", "a")).not.toBe(idOf("8", "a"));
  });

  it("what its readers do not care for -> none", () => {
    expect(eventOf({ t: "image-fetched", sessionId: "s", format: "png", durationMs: 3 }, stamp)).toBeUndefined();
    expect(eventOf({ t: "computation-prepared", ...place }, stamp)).toBeUndefined();
  });

  it("a text without end -> cut to its limit", () => {
    const reason = "x".repeat(3 * limits.messageTextCharsMax);
    const rect = { x0: 0, y0: 0, x1: 8, y1: 8 };
    expect(eventOf({ t: "session-hole", sessionId: "s", rect, fromSample: 0, reason }, stamp)?.text).toHaveLength(
      limits.messageTextCharsMax,
    );
  });

  it.each<[Happening, string]>([
    [
      { t: "session-queued", sessionId: "s", place: 2, reason: "8 GB are missing" },
      "Waits at place 2: 8 GB are missing",
    ],
    [{ t: "session-placed", sessionId: "s", nodeIds: ["a", "b", "a"] }, "Placed on a, b"],
    [{ t: "session-placed", sessionId: "s", nodeIds: [..."abcdefghi"] }, "Placed on 9 nodes"],
    [{ t: "session-finished", sessionId: "s" }, "Finished"],
    [
      { t: "session-restored", sessionId: "s", sppMean: 12 },
      "The film begins with a checkpoint with 12.0 samples per pixel",
    ],
    [{ t: "session-restored", sessionId: "s", sppMean: undefined }, "The film begins with a checkpoint"],
    [{ t: "session-recovered", sessionId: "s", durationMs: 812.3 }, "Goes on after a takeover of 812 ms"],
    [
      { t: "session-hole", sessionId: "s", rect: { x0: 8, y0: 0, x1: 16, y1: 8 }, fromSample: 4, reason: "it crashed" },
      "Pixels 8,0-16,8 get no samples from 4 on: it crashed",
    ],
    [{ t: "computation-started", ...place, isMerger: false }, "mcrt_i0 runs on n, attempt 2"],
    [{ t: "computation-started", ...place, attempt: 1, isMerger: false }, "mcrt_i0 runs on n"],
    [{ t: "computation-unplaced", ...place, error: lost }, "mcrt_i0 waits for a place: Its node is gone"],
    [{ t: "node-joined", nodeId: "n", host: "render1", factId: "1" }, "render1 joined"],
    [
      { t: "node-refused", nodeId: "n", host: "render1", factId: "1", version: "0.0.9" },
      "render1 has version 0.0.9 and takes no part",
    ],
    [{ t: "image-fetched", sessionId: "s", format: "png", durationMs: 3.4 }, "A picture (png) was fetched in 3 ms"],
    [{ t: "checkpointed", sessionId: "s", sizeBytes: 4, durationMs: 3 }, "A checkpoint of 4 bytes was written in 3 ms"],
  ])("%j -> %s", (happening, text) => {
    expect(sentence(happening)).toBe(text);
  });
});
