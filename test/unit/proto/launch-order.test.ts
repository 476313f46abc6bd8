// The launch order and its answer: one line each, and nothing of a bad line is repeated.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { ComputationKind, type LaunchOrder, LaunchOrderSchema } from "../../../proto/gen/arras/v1/node_pb.ts";
import {
  agentNoteFromLine,
  agentNoteToLine,
  announcementFromLine,
  announcementToLine,
  isAddress,
  launchOrderFromLine,
  launchOrderToLine,
} from "../../../proto/launch-order.ts";
import { limits } from "../../../proto/limits.ts";

function order(overrides: MessageInitShape<typeof LaunchOrderSchema> = {}): LaunchOrder {
  return create(LaunchOrderSchema, {
    sessionId: "s",
    computation: "mcrt_i0",
    attempt: 2,
    kind: ComputationKind.MCRT,
    token: "hunter2",
    threadCount: 4,
    coordinatorAddress: "unix:/door",
    listenAddress: "unix:/m",
    nodeId: "n",
    logLevel: 3,
    ...overrides,
  });
}

describe("launch orders", () => {
  it("to a line and back -> the same order, on one line", () => {
    const line = launchOrderToLine(order({ sessionId: "with\nline end" }));
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(launchOrderFromLine(line)).toEqual(order({ sessionId: "with\nline end" }));
  });

  it.each<[string, string]>([
    ["no JSON", "hunter2"],
    ["another form", '{"token":"hunter2","x":1}'],
    ["too long", " ".repeat(limits.launchOrderSizeBytesMax + 1)],
    ["no session", launchOrderToLine(order({ sessionId: "" }))],
    ["no computation", launchOrderToLine(order({ computation: "" }))],
    ["no token", launchOrderToLine(order({ token: "" }))],
    ["no kind", launchOrderToLine(order({ kind: ComputationKind.UNSPECIFIED }))],
    ["an mcrt without a coordinator", launchOrderToLine(order({ coordinatorAddress: "" }))],
    ["an mcrt without threads", launchOrderToLine(order({ threadCount: 0 }))],
    ["a merger without an address", launchOrderToLine(order({ kind: ComputationKind.MERGE, listenAddress: "" }))],
  ])("%s -> message-malformed, without the token", (_, line) => {
    expect(() => launchOrderFromLine(line)).toThrow(expect.objectContaining({ code: "message-malformed" }));
    expect(() => launchOrderFromLine(line)).not.toThrow(/hunter2/);
  });
});

describe("notes of an agent", () => {
  it("to a line and back -> the same, on one line", () => {
    const note = { t: "coordinator", address: "unix:/a door" } as const;
    expect(agentNoteToLine(note).indexOf("\n")).toBe(agentNoteToLine(note).length - 1);
    expect(agentNoteFromLine(agentNoteToLine(note))).toEqual(note);
  });

  it("of a scene's files -> how far they are, where they are, or why not; each at the longest fits into a note", () => {
    const sha256 = "a".repeat(64);
    const long = "\u0001".repeat(600);
    const notes = [
      { t: "bundle-progress", sha256, doneBytes: 5, totalBytes: 2 ** 38 },
      { t: "bundle", sha256, folder: "/cache/holders/n/abc-1" },
      { t: "bundle-failed", sha256, code: "object-missing", message: "m", action: "a", path: "scene/a.png" },
    ] as const;
    for (const note of notes) expect(agentNoteFromLine(agentNoteToLine(note))).toEqual(note);
    expect(agentNoteToLine({ ...notes[2], message: long, path: "" }).length).toBeLessThan(
      limits.agentNoteSizeBytesMax + 2,
    );
    for (const bad of [
      { ...notes[1], folder: "relative" },
      { ...notes[1], folder: "/a\0b" },
      { ...notes[1], sha256: "../x" },
      { ...notes[0], doneBytes: -1 },
      { ...notes[0], doneBytes: 0.5 },
    ])
      expect(agentNoteFromLine(JSON.stringify(bad))).toBeUndefined();
  });

  it.each([
    "",
    "hello",
    "null",
    "[]",
    '{"t":"weather","text":"fine"}',
    '{"t":"coordinator"}',
    '{"t":"coordinator","address":"nowhere"}',
    '{"t":"coordinator","address":"h:1","more":1}',
  ])("%j -> none", (line) => {
    expect(agentNoteFromLine(line)).toBeUndefined();
  });
});

describe("addresses", () => {
  it.each(["unix:/tmp/door", "host:8888", "10.0.0.1:1", "[::1]:65535"])("%j -> is one", (text) => {
    expect(isAddress(text)).toBe(true);
  });

  it.each(["", "host", "host:0x1", "unix:door", "unix:/a\nb", "http://host:1", `unix:/${"x".repeat(300)}`])(
    "%j -> is none",
    (text) => {
      expect(isAddress(text)).toBe(false);
    },
  );
});

describe("announcements", () => {
  it("to a line and back -> the same", () => {
    expect(announcementFromLine(announcementToLine({ address: "unix:/m" }))).toEqual({ address: "unix:/m" });
  });

  it.each(["", "hello", "null", "{}", '{"address":1}', "[]"])("%j -> computation-crashed", (line) => {
    expect(() => announcementFromLine(line)).toThrow(expect.objectContaining({ code: "computation-crashed" }));
  });
});
