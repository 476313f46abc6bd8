// The merge computation of a session: its deaths and ends, its node's leaving, and how it is taken over.
import { afterEach, beforeEach, expect, it } from "vitest";
import { ArrasError } from "../../../proto/errors.ts";
import { ExitCause } from "../../../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { FakeFilmService } from "../../fakes/fake-film-service.ts";
import { settled, until } from "../../fakes/settled.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";
import { MergerStage, tile } from "./merger-stage.ts";

const freshAddress = socketFolder();
let stage: MergerStage;

beforeEach(() => {
  stage = new MergerStage(freshAddress);
});
afterEach(() => stage.close());

it("its node is lost -> launched elsewhere, once, and its film opened there", async () => {
  stage.host.start();
  const first = await stage.opened();
  stage.said();
  stage.placeFor = (berth) => ({ ...berth, nodeId: "m" });
  const lost = new ArrasError("computation-lost", { message: "lost", action: "a" });
  stage.host.lostNode("other", lost);
  expect(stage.said()).toEqual([]);
  stage.host.lostNode("n", lost);
  stage.host.lostNode("n", lost);
  await first.close();
  expect([stage.said(), stage.film.isOpen]).toEqual([["restarting computation-lost"], false]);
  stage.clock.advance(0);
  expect(stage.launcher.last("merge").nodeId).toBe("m");
  await stage.opened();
  expect(stage.said()).toEqual(["ledger ", "opened 1"]);
});

it("its node is to leave -> a checkpoint, then it is ended there and goes on elsewhere with it", async () => {
  const first = await stage.movable();
  stage.host.drainNode("other", 20_000, null);
  stage.host.drainNode("n", 20_000, null);
  stage.host.drainNode("n", 19_000, null);
  await until(() => stage.launcher.stopped.length > 0);
  expect([first.checkpointCount, stage.launcher.stopped]).toEqual([1, ["n s merge"]]);
  stage.exited(1, ExitCause.STOPPED);
  await settled();
  expect([stage.said(), stage.film.isOpen]).toEqual([["restarting computation-lost"], false]);
  stage.clock.advance(0);
  await until(() => stage.launcher.last("merge").nodeId === "m");
  const second = await new FakeFilmService(freshAddress()).start();
  for (const digest of first.checkpoints) second.checkpoints.add(digest);
  stage.services.push(second);
  stage.launcher.last("merge").announce(second.address);
  await until(() => second.watches.length > 0);
  expect(second.opened.map(({ checkpoint }) => checkpoint)).toEqual([...first.checkpoints]);
  // One that is open already would not take it.
  const { film, filmEpoch } = stage.launcher.last("merge").launch.order;
  expect([film, filmEpoch]).toEqual([undefined, 0]);
  stage.host.drainNode("n", 1_000, null);
  await settled();
  expect(stage.launcher.stopped).toEqual(["n s merge"]);
});

it("its node is to leave, there is no other place and nobody renders -> a checkpoint, then it waits for a place", async () => {
  const first = await stage.movable();
  stage.placeFor = () => {
    throw new ArrasError("resources-insufficient", { message: "full", action: "a" });
  };
  stage.host.drainNode("n", 20_000, "idle");
  await until(() => stage.launcher.stopped.length > 0);
  expect([first.checkpointCount, stage.host.placeless]).toEqual([1, undefined]);
  stage.exited(1, ExitCause.STOPPED);
  await settled();
  stage.clock.advance(0);
  expect(stage.host.placeless?.message).toBe("Node n, where merge runs, is leaving the farm. full");
  stage.placeFor = (berth) => ({ ...berth, nodeId: "m" });
  stage.clock.advance(limits.placeAgainIntervalMs);
  await until(() => stage.launcher.last("merge").nodeId === "m");
  stage.launcher.last("merge").announce(first.address);
  await until(() => stage.host.placeless === undefined);
});

it("its own node is found wrong -> it begins anew elsewhere, without what it had written", async () => {
  stage.host.start();
  await stage.opened();
  stage.said();
  stage.placeFor = (berth) => ({ ...berth, nodeId: "m" });
  stage.wrongNodeIds.push("n");
  stage.film.quarantined();
  await until(() => stage.launcher.stopped.length > 0);
  await settled();
  expect(stage.said()).toEqual(["restarting node-quarantined"]);
  stage.clock.advance(0);
  expect(stage.launcher.last("merge").nodeId).toBe("m");
});

it("it dies -> launched again, the film opened, everybody told its new address", async () => {
  stage.host.start();
  const first = await stage.opened();
  stage.said();
  stage.exited(1);
  await first.close();
  expect([stage.said(), stage.film.isOpen]).toEqual([["restarting computation-lost"], false]);
  stage.clock.advance(0);
  expect(stage.launcher.labels).toEqual(["merge#1", "merge#2"]);
  await stage.opened();
  expect(stage.said()).toEqual(["ledger ", "opened 1"]);
});

it("it dies, and its broken stream is noticed after that -> launched again once", async () => {
  stage.host.start();
  const service = await stage.opened();
  stage.exited(1);
  service.breakWatch();
  await settled();
  await settled();
  stage.clock.advance(10_000);
  expect(stage.launcher.labels).toEqual(["merge#1", "merge#2"]);
});

it("it says where it serves after it was given up -> nothing is opened there; the next one's film is", async () => {
  stage.host.start();
  stage.exited(1);
  const late = await stage.announce();
  await settled();
  expect([stage.openings, stage.film.opening, late.opened]).toEqual([[], undefined, []]);
  stage.clock.advance(0);
  const next = await stage.opened();
  expect([stage.openings, stage.said()]).toEqual([
    [next.address],
    ["restarting computation-lost", "ledger ", "opened 1"],
  ]);
});

it("its film cannot be opened because it dies -> one restart, not two", async () => {
  stage.host.start();
  const service = new FakeFilmService(freshAddress());
  stage.launcher.last("merge").announce(service.address);
  await settled();
  stage.exited(1);
  await until(() => stage.told.length > 0);
  stage.clock.advance(0);
  await stage.opened();
  expect(stage.launcher.labels).toEqual(["merge#1", "merge#2"]);
});

it("rendering has ended and it dies -> not started again with an empty film; its film is told to be gone", async () => {
  stage.host.start();
  await stage.opened();
  stage.said();
  stage.host.keep();
  stage.exited(1);
  stage.clock.advance(10_000);
  expect([stage.said(), stage.launcher.labels]).toEqual([["film gone computation-lost"], ["merge#1"]]);
});

it("it ends while it waits for its restart -> stopped, and never launched again", async () => {
  stage.host.start();
  const service = await stage.opened();
  stage.exited(1);
  service.breakWatch();
  await settled();
  await stage.host.end();
  stage.clock.advance(10_000);
  expect([stage.launcher.stopped, stage.launcher.labels]).toEqual([["n s merge"], ["merge#1"]]);
});

it("it runs and does not answer for a minute -> stopped, and another launched", async () => {
  stage.host.start();
  const service = await stage.opened();
  stage.said();
  await service.close();
  while (stage.told.length === 0) {
    await until(() => stage.clock.timerCount > 0 || stage.told.length > 0);
    stage.clock.advance(limits.launchTimeoutMs / 4);
    await settled();
  }
  expect(stage.launcher.stopped).toEqual(["n s merge"]);
  stage.clock.advance(0);
  expect(stage.launcher.labels).toEqual(["merge#1", "merge#2"]);
});

it("it is found running and cannot be reached -> asked again for a minute, for its film is worth it; then opened", async () => {
  const address = freshAddress();
  stage.host.adopt(2);
  expect(() => stage.film.link).toThrow(expect.objectContaining({ code: "unavailable" }));
  stage.host.found(4, address);
  stage.host.found(5, "unix:/other");
  for (let times = 0; times < 3; times += 1) {
    await until(() => stage.clock.timerCount > 0);
    stage.clock.advance(100);
  }
  const service = await new FakeFilmService(address).start();
  stage.services.push(service);
  while (service.watches.length === 0) {
    stage.clock.advance(100);
    await settled();
  }
  service.say([tile(7)], true);
  await until(() => stage.film.isRead);
  expect([stage.said(), stage.launcher.labels, stage.host.present?.attempt]).toEqual([["ledger 7", "opened 0"], [], 4]);
});

it("it is found running and is never reached -> another is launched", async () => {
  stage.host.adopt(2);
  stage.host.found(2, freshAddress());
  while (stage.told.length === 0) {
    stage.clock.advance(limits.launchTimeoutMs / 4);
    await settled();
  }
  stage.clock.advance(0);
  expect([stage.said(), stage.launcher.labels]).toEqual([["restarting unavailable"], ["merge#3"]]);
});

it("it was looked for and is not running -> another is launched, once; one that was found is not missed", async () => {
  stage.host.adopt(2);
  stage.host.missing();
  stage.host.missing();
  stage.host.found(9, "unix:/late");
  stage.clock.advance(0);
  expect([stage.said(), stage.launcher.labels]).toEqual([["restarting computation-lost"], ["merge#3"]]);
});
