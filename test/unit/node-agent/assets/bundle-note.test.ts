// What a computation is told of its scene.
import { expect, it } from "vitest";
import { noteOf } from "../../../../node-agent/assets/bundle-note.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import { agentNoteFromLine, agentNoteToLine } from "../../../../proto/launch-order.ts";
import { limits } from "../../../../proto/limits.ts";

const sha256 = "a".repeat(64);

it("it is under way, there, or lost -> a note that is read as it was written", () => {
  const error = new ArrasError("cache-failed", { message: "m", action: "a", place: { path: "scene/a" } });
  const notes = [
    noteOf(sha256, { t: "fetching", doneBytes: 1, totalBytes: 2 }),
    noteOf(sha256, { t: "ready", folder: "/f" }),
    noteOf(sha256, { t: "failed", error }),
  ];
  expect(notes).toEqual([
    { t: "bundle-progress", sha256, doneBytes: 1, totalBytes: 2 },
    { t: "bundle", sha256, folder: "/f" },
    { t: "bundle-failed", sha256, code: "cache-failed", message: "m", action: "a", path: "scene/a" },
  ]);
  for (const note of notes) expect(agentNoteFromLine(agentNoteToLine(note))).toEqual(note);
});

it("the error is longer than a note -> cut, also where every letter takes two", () => {
  for (const letter of ['"', "\n", "\u0001", "\ud800", "木"]) {
    const long = letter.repeat(10_000);
    const error = new ArrasError("internal", { message: long, action: long, place: { path: long } });
    const line = agentNoteToLine(noteOf(sha256, { t: "failed", error }));
    expect(line.length).toBeLessThanOrEqual(limits.agentNoteSizeBytesMax);
    expect(agentNoteFromLine(line)).toMatchObject({ t: "bundle-failed" });
  }
});
