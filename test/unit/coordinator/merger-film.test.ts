// The film of a session in its merger: how it is opened, what its ledger tells, and what is taken out of it.
import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, expect, it } from "vitest";
import { TileStatusesSchema } from "../../../proto/gen/arras/v1/film_pb.ts";
import { until } from "../../fakes/settled.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";
import { MergerStage, tile } from "./merger-stage.ts";

const freshAddress = socketFolder();
let stage: MergerStage;

beforeEach(() => {
  stage = new MergerStage(freshAddress);
});
afterEach(() => stage.close());

it("it starts -> launched, its film opened with the session's token, its ledger read, then everybody told", async () => {
  expect(() => stage.film.link).toThrow(expect.objectContaining({ code: "session-state" }));
  stage.host.start();
  const service = await stage.unread();
  expect([stage.said(), stage.film.isRead]).toEqual([[], false]);
  service.say([], true);
  await until(() => stage.film.isRead);
  expect(service.opened[0]).toMatchObject({ sessionId: "s", token: "secret", epoch: 1, film: { widthPx: 16 } });
  expect(stage.said()).toEqual(["ledger ", "opened 0"]);
  expect([stage.host.isMerger("merge"), stage.host.isMerger("mcrt_i0")]).toEqual([true, false]);
});

it("it serves -> told where, and its ledger asked for, before its film is open; not any more then", async () => {
  stage.host.start();
  const service = await stage.opened();
  expect([stage.openings, stage.film.opening]).toEqual([[service.address], undefined]);
  expect(service.watches).toHaveLength(1);
});

it("its film begins empty -> its launch order says which it will be, of the present epoch", () => {
  stage.scene.next(stage.scene.edited);
  stage.host.start();
  expect(stage.launcher.last("merge").launch.order).toMatchObject({ film: { widthPx: 16 }, filmEpoch: 2 });
});

it("its ledger comes in parts -> handed on when it is whole; then each change", async () => {
  stage.host.start();
  const service = await stage.unread();
  service.say([tile(1)]);
  service.say([tile(2)], true);
  service.say([tile(3)]);
  await until(() => stage.told.length === 3);
  expect(stage.said()).toEqual(["ledger 1,2", "opened 0", "merged 3"]);
});

it("statuses of another epoch -> dropped", async () => {
  stage.host.start();
  const service = await stage.unread();
  service.say([tile(1)], true, 2);
  service.say([tile(2)], true);
  await until(() => stage.film.isRead);
  expect(stage.said()).toEqual(["ledger 2", "opened 0"]);
});

it("the ledger's stream breaks -> watched again, from a whole ledger", async () => {
  stage.host.start();
  const service = await stage.opened();
  stage.said();
  service.breakWatch();
  await until(() => stage.clock.timerCount === 1);
  stage.clock.advance(100);
  await until(() => service.watches.length === 2);
  service.say([tile(4)]);
  service.say([], true);
  await until(() => stage.told.length > 0);
  expect(stage.said()).toEqual(["ledger 4"]);
});

it("it is asked for the ledger -> a new stream; what the old one still says is dropped", async () => {
  stage.host.start();
  const service = await stage.opened();
  stage.said();
  stage.film.watch();
  await until(() => service.watches.length === 2);
  service.watches[0]?.write(create(TileStatusesSchema, { epoch: 1, tiles: [tile(9)] }));
  service.say([tile(5)], true);
  await until(() => stage.told.length > 0);
  expect(stage.said()).toEqual(["ledger 5"]);
});

it("a node's samples were wrong -> first all checkpoints go, then the samples; the whole ledger is read again", async () => {
  const service = await stage.movable();
  await stage.film.checkpoints.request();
  expect([stage.film.checkpoints.record.checkpoint, stage.film.checkpoints.state]).toEqual([
    ...service.checkpoints,
    expect.anything(),
  ]);
  stage.said();
  const taken = await stage.film.takeOut({ computations: [], nodeIds: ["wrong"], stopRule: null });
  expect(taken).toMatchObject({ tileCount: 1 });
  expect(service.takenOut).toMatchObject([{ sessionId: "s", token: "secret", nodeIds: ["wrong"] }]);
  expect([stage.film.checkpoints.record.checkpoint, stage.film.checkpoints.state]).toEqual(["", undefined]);
  await until(() => service.watches.length === 2);
  service.say([], true);
  await until(() => stage.told.length > 0);
  expect(stage.said()).toEqual(["ledger "]);
});

it("a node is found wrong -> the film is asked to give its samples up, and each that is opened later, first of all", async () => {
  stage.host.start();
  const first = await stage.opened();
  stage.said();
  stage.wrongNodeIds.push("bad");
  stage.film.quarantined();
  await until(() => stage.told.length > 0);
  expect(stage.said()).toEqual(["taken out bad"]);
  expect(first.takenOut.map(({ nodeIds }) => nodeIds)).toEqual([["bad"]]);
  stage.film.quarantined();
  stage.exited(1);
  await first.close();
  stage.clock.advance(0);
  const second = await stage.opened();
  expect(second.takenOut.map(({ nodeIds }) => nodeIds)).toEqual([["bad"]]);
  expect(stage.said()).toEqual(["restarting computation-lost", "taken out bad", "ledger ", "opened 1"]);
});
