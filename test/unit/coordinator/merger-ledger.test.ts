// The ledger's stream: what it tells, and how long it is begun again.
import { create } from "@bufbuild/protobuf";
import { beforeEach, expect, it } from "vitest";
import { MergerLedger, watchAgainAfterMs } from "../../../coordinator/merger-ledger.ts";
import type { TileListener } from "../../../coordinator/merger-link.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { TileStatusesSchema } from "../../../proto/gen/arras/v1/film_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { silentLog } from "../../fakes/silent-log.ts";

const away = new ArrasError("unavailable", { message: "The merger does not answer", action: "Wait." });
const statuses = (tileIndexes: readonly number[], { epoch = 1, ledgerComplete = false } = {}) =>
  create(TileStatusesSchema, { epoch, ledgerComplete, tiles: tileIndexes.map((tileIndex) => ({ tileIndex })) });

let clock: FakeClock;
let ledger: MergerLedger;
let streams: TileListener[];
let told: string[];
let hasLink: boolean;

beforeEach(() => {
  clock = new FakeClock();
  streams = [];
  told = [];
  hasLink = true;
  const link = { watch: (listener: TileListener) => void streams.push(listener) };
  ledger = new MergerLedger({
    clock,
    log: silentLog,
    link: () => (hasLink ? link : undefined),
    epoch: () => 1,
    about: () => ({ computation: "merge", nodeId: "render1" }),
    whole: (tiles) => told.push(`whole ${tiles.map(({ tileIndex }) => tileIndex)}`),
    changed: (tiles) => told.push(`changed ${tiles.map(({ tileIndex }) => tileIndex)}`),
    silent: ({ code }) => told.push(`silent ${code}`),
  });
  ledger.watch();
});

it("a ledger in pieces, then changes -> told whole once, then each change", () => {
  streams[0]?.statuses(statuses([0, 1]));
  expect(told).toEqual([]);
  streams[0]?.statuses(statuses([2], { ledgerComplete: true }));
  streams[0]?.statuses(statuses([1]));
  expect(told).toEqual(["whole 0,1,2", "changed 1"]);
});

it("a film is being opened -> its ledger is told when it is open, however early it came", () => {
  const link = { watch: (listener: TileListener) => void streams.push(listener) };
  ledger.watchOpening(link);
  streams[1]?.statuses(statuses([0], { ledgerComplete: true }));
  expect(told).toEqual([]);
  ledger.opened();
  expect(told).toEqual(["whole 0"]);
  ledger.watchOpening(link);
  ledger.opened();
  streams[2]?.statuses(statuses([1], { ledgerComplete: true }));
  expect([told, streams.length]).toEqual([["whole 0", "whole 1"], 3]);
});

it.each([
  ["another scene is to be shown", () => ledger.leaveEpoch()],
  ["the stream breaks", () => streams[1]?.broken(away)],
  ["it changes", () => streams[1]?.statuses(statuses([2]))],
  ["the merger is replaced", () => ledger.end()],
])("%s while a film is being opened -> its ledger is asked for again when it is open", (_, happen) => {
  ledger.watchOpening({ watch: (listener: TileListener) => void streams.push(listener) });
  streams[1]?.statuses(statuses([0], { ledgerComplete: true }));
  happen();
  ledger.opened();
  expect([told, streams.length]).toEqual([[], 3]);
  streams[1]?.statuses(statuses([0], { ledgerComplete: true }));
  streams[2]?.statuses(statuses([3], { ledgerComplete: true }));
  expect(told).toEqual(["whole 3"]);
});

it("the merger is given up and has a word left -> not told, and not asked again", () => {
  streams[0]?.statuses(statuses([0]));
  ledger.end();
  streams[0]?.statuses(statuses([1], { ledgerComplete: true }));
  streams[0]?.statuses(statuses([2]));
  streams[0]?.broken(away);
  clock.advance(watchAgainAfterMs);
  expect([told, streams.length]).toEqual([[], 1]);
});

it("what is of another scene -> is not told", () => {
  streams[0]?.statuses(statuses([0], { epoch: 2, ledgerComplete: true }));
  expect(told).toEqual([]);
});

it("a stream that breaks -> begun again, and its ledger is told whole again", () => {
  streams[0]?.statuses(statuses([0], { ledgerComplete: true }));
  streams[0]?.broken(away);
  clock.advance(watchAgainAfterMs);
  expect(streams).toHaveLength(2);
  streams[1]?.statuses(statuses([0, 1], { ledgerComplete: true }));
  expect(told).toEqual(["whole 0", "whole 0,1"]);
});

it("a merger that answers nothing for as long as a launch may take -> told to be silent, and asked no more", () => {
  for (let waitedMs = 0; told.length === 0 && waitedMs <= limits.launchTimeoutMs; waitedMs += watchAgainAfterMs) {
    streams.at(-1)?.broken(away);
    clock.advance(watchAgainAfterMs);
  }
  expect(told).toEqual(["silent unavailable"]);
  const askedCount = streams.length;
  clock.advance(limits.launchTimeoutMs);
  expect(streams).toHaveLength(askedCount);
});

it("a merger whose process is gone -> its broken stream is nobody's business", () => {
  hasLink = false;
  streams[0]?.broken(away);
  clock.advance(watchAgainAfterMs);
  expect(streams).toHaveLength(1);
  expect(told).toEqual([]);
});

it("an answer between two silences -> the second is counted from its own beginning", () => {
  expect(ledger.isWorthWaiting(away)).toBe(true);
  clock.advance(limits.launchTimeoutMs);
  ledger.heard();
  expect(ledger.isWorthWaiting(away)).toBe(true);
  clock.advance(limits.launchTimeoutMs);
  expect(ledger.isWorthWaiting(away)).toBe(false);
});
