// The merge computation of a session, as scenarios: its process is a test's, its gRPC service real.
import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Berth } from "../../../coordinator/berth.ts";
import { CheckpointShelf } from "../../../coordinator/checkpoints/checkpoint-shelf.ts";
import { KeyValueArchive } from "../../../coordinator/checkpoints/key-value-archive.ts";
import { MergerHost } from "../../../coordinator/merger-host.ts";
import type { MoveReason } from "../../../coordinator/placement/move.ts";
import { SceneEpoch } from "../../../coordinator/scene-epoch.ts";
import { InMemoryKeyValue } from "../../../host/nats/in-memory-key-value.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { TileStatusesSchema } from "../../../proto/gen/arras/v1/film_pb.ts";
import { ComputationExitedSchema, ExitCause } from "../../../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { FakeFilmService } from "../../fakes/fake-film-service.ts";
import { FakeLauncher } from "../../fakes/fake-launcher.ts";
import { owning, sessionPlan, sessionRecord } from "../../fakes/session-plans.ts";
import { settled, until } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";

const freshAddress = socketFolder();
const tile = (end: number) => ({
  tileIndex: 0,
  cells: [{ rect: { x0: 0, y0: 0, x1: 16, y1: 16 }, merged: [{ begin: 0, end }] }],
});

describe("a merger's host", () => {
  let clock: FakeClock;
  let launcher: FakeLauncher;
  let host: MergerHost;
  let told: string[];
  let openings: (string | undefined)[];
  let wrongNodeIds: string[];
  let placeFor: (berth: Berth, reason: MoveReason) => Berth | Promise<Berth>;
  let services: FakeFilmService[];
  let scene: SceneEpoch;
  let shelf: CheckpointShelf | undefined;

  beforeEach(() => {
    clock = new FakeClock();
    launcher = new FakeLauncher();
    told = [];
    openings = [];
    scene = SceneEpoch.fromRecord(sessionRecord());
    wrongNodeIds = [];
    placeFor = (berth) => berth;
    services = [];
    shelf = undefined;
    host = new MergerHost(
      sessionPlan(),
      {
        ...owning,
        launcher,
        clock,
        log: silentLog,
        berthFor: (berth, reason) => placeFor(berth, reason),
        save: () => (shelf === undefined ? undefined : Promise.resolve(true)),
        wrongNodes: { nodeIds: wrongNodeIds, has: (nodeId) => wrongNodeIds.includes(nodeId), found: () => {} },
        get checkpoints() {
          return shelf;
        },
      },
      {
        opening: () => void openings.push(host.opening?.address),
        opened: () =>
          void told.push(`opened ${services.findIndex(({ address }) => address === host.link.access.address)}`),
        ledger: (tiles) => void told.push(`ledger ${tiles.map(({ ranges }) => ranges.at(-1)?.end)}`),
        merged: (tiles) => void told.push(`merged ${tiles.map(({ ranges }) => ranges.at(-1)?.end)}`),
        filmGone: ({ code }) => void told.push(`film gone ${code}`),
        restarting: ({ code }) => void told.push(`restarting ${code}`),
        gone: ({ code }) => void told.push(`gone ${code}`),
        takenOut: (nodeIds) => void told.push(`taken out ${nodeIds}`),
        notice: (_, text) => void told.push(text),
        instructionSet: () => "avx2",
        rendererBuild: () => "fake 1",
        scene: () => scene,
        budgetSpp: () => 4,
      },
    );
  });
  afterEach(async () => {
    await host.end();
    for (const service of services) await service.close();
  });

  const said = () => told.splice(0);
  const exited = (attempt: number, cause = ExitCause.CRASHED) =>
    host.exited(create(ComputationExitedSchema, { computation: "merge", attempt, cause }));

  /** Answers the newest launch with a service that serves. */
  async function announce(): Promise<FakeFilmService> {
    const service = await new FakeFilmService(freshAddress()).start();
    services.push(service);
    launcher.last("merge").announce(service.address);
    return service;
  }

  /** Its film is open, and nothing has been told of what is in it. */
  async function unread(): Promise<FakeFilmService> {
    const service = await announce();
    await until(() => host.isOpen && service.watches.length > 0);
    return service;
  }

  /** Its film is open and known to be empty. */
  async function opened(): Promise<FakeFilmService> {
    const service = await unread();
    service.say([], true);
    await until(() => host.isRead);
    return service;
  }

  it("it starts -> launched, its film opened with the session's token, its ledger read, then everybody told", async () => {
    expect(() => host.link).toThrow(expect.objectContaining({ code: "session-state" }));
    host.start();
    const service = await unread();
    expect([said(), host.isRead]).toEqual([[], false]);
    service.say([], true);
    await until(() => host.isRead);
    expect(service.opened[0]).toMatchObject({ sessionId: "s", token: "secret", epoch: 1, film: { widthPx: 16 } });
    expect(said()).toEqual(["ledger ", "opened 0"]);
    expect([host.isMerger("merge"), host.isMerger("mcrt_i0")]).toEqual([true, false]);
  });

  it("it serves -> told where, and its ledger asked for, before its film is open; not any more then", async () => {
    host.start();
    const service = await opened();
    expect([openings, host.opening]).toEqual([[service.address], undefined]);
    expect(service.watches).toHaveLength(1);
  });

  it("its film begins empty -> its launch order says which it will be, of the present epoch", () => {
    scene.next(scene.edited);
    host.start();
    expect(launcher.last("merge").launch.order).toMatchObject({ film: { widthPx: 16 }, filmEpoch: 2 });
  });

  it("its ledger comes in parts -> handed on when it is whole; then each change", async () => {
    host.start();
    const service = await unread();
    service.say([tile(1)]);
    service.say([tile(2)], true);
    service.say([tile(3)]);
    await until(() => told.length === 3);
    expect(said()).toEqual(["ledger 1,2", "opened 0", "merged 3"]);
  });

  it("statuses of another epoch -> dropped", async () => {
    host.start();
    const service = await unread();
    service.say([tile(1)], true, 2);
    service.say([tile(2)], true);
    await until(() => host.isRead);
    expect(said()).toEqual(["ledger 2", "opened 0"]);
  });

  it("the ledger's stream breaks -> watched again, from a whole ledger", async () => {
    host.start();
    const service = await opened();
    said();
    service.breakWatch();
    await until(() => clock.timerCount === 1);
    clock.advance(100);
    await until(() => service.watches.length === 2);
    service.say([tile(4)]);
    service.say([], true);
    await until(() => told.length > 0);
    expect(said()).toEqual(["ledger 4"]);
  });

  it("it is asked for the ledger -> a new stream; what the old one still says is dropped", async () => {
    host.start();
    const service = await opened();
    said();
    host.watch();
    await until(() => service.watches.length === 2);
    service.watches[0]?.write(create(TileStatusesSchema, { epoch: 1, tiles: [tile(9)] }));
    service.say([tile(5)], true);
    await until(() => told.length > 0);
    expect(said()).toEqual(["ledger 5"]);
  });

  it("its node is lost -> launched elsewhere, once, and its film opened there", async () => {
    host.start();
    const first = await opened();
    said();
    placeFor = (berth) => ({ ...berth, nodeId: "m" });
    const lost = new ArrasError("computation-lost", { message: "lost", action: "a" });
    host.lostNode("other", lost);
    expect(said()).toEqual([]);
    host.lostNode("n", lost);
    host.lostNode("n", lost);
    await first.close();
    expect([said(), host.isOpen]).toEqual([["restarting computation-lost"], false]);
    clock.advance(0);
    expect(launcher.last("merge").nodeId).toBe("m");
    await opened();
    expect(said()).toEqual(["ledger ", "opened 1"]);
  });

  /** Its film is open, checkpoints can be kept, and there is room on another node. */
  async function movable(): Promise<FakeFilmService> {
    const archive = new KeyValueArchive(new InMemoryKeyValue(), clock);
    const objects = { delete: async () => {} };
    shelf = new CheckpointShelf({ archive, objects, bounds: { sessionsMax: 10, bytesMax: 1e9 }, log: silentLog });
    host.start();
    const first = await opened();
    said();
    placeFor = (berth) => ({ ...berth, nodeId: "m" });
    return first;
  }

  it("its node is to leave -> a checkpoint, then it is ended there and goes on elsewhere with it", async () => {
    const first = await movable();
    host.drainNode("other", 20_000, null);
    host.drainNode("n", 20_000, null);
    host.drainNode("n", 19_000, null);
    await until(() => launcher.stopped.length > 0);
    expect([first.checkpointCount, launcher.stopped]).toEqual([1, ["n s merge"]]);
    exited(1, ExitCause.STOPPED);
    await settled();
    expect([said(), host.isOpen]).toEqual([["restarting computation-lost"], false]);
    clock.advance(0);
    await until(() => launcher.last("merge").nodeId === "m");
    const second = await new FakeFilmService(freshAddress()).start();
    for (const digest of first.checkpoints) second.checkpoints.add(digest);
    services.push(second);
    launcher.last("merge").announce(second.address);
    await until(() => second.watches.length > 0);
    expect(second.opened.map(({ checkpoint }) => checkpoint)).toEqual([...first.checkpoints]);
    // One that is open already would not take it.
    const { film, filmEpoch } = launcher.last("merge").launch.order;
    expect([film, filmEpoch]).toEqual([undefined, 0]);
    host.drainNode("n", 1_000, null);
    await settled();
    expect(launcher.stopped).toEqual(["n s merge"]);
  });

  it("its node is to leave, there is no other place and nobody renders -> a checkpoint, then it waits for a place", async () => {
    const first = await movable();
    placeFor = () => {
      throw new ArrasError("resources-insufficient", { message: "full", action: "a" });
    };
    host.drainNode("n", 20_000, "idle");
    await until(() => launcher.stopped.length > 0);
    expect([first.checkpointCount, host.placeless]).toEqual([1, undefined]);
    exited(1, ExitCause.STOPPED);
    await settled();
    clock.advance(0);
    expect(host.placeless?.message).toBe("Node n, where merge runs, is leaving the farm. full");
    placeFor = (berth) => ({ ...berth, nodeId: "m" });
    clock.advance(limits.placeAgainIntervalMs);
    await until(() => launcher.last("merge").nodeId === "m");
    launcher.last("merge").announce(first.address);
    await until(() => host.placeless === undefined);
  });

  it("a node's samples were wrong -> first all checkpoints go, then the samples; the whole ledger is read again", async () => {
    const service = await movable();
    await host.checkpoints.request();
    expect([host.checkpoints.record.checkpoint, host.checkpoints.state]).toEqual([
      ...service.checkpoints,
      expect.anything(),
    ]);
    said();
    const taken = await host.takeOut({ computations: [], nodeIds: ["wrong"], stopRule: null });
    expect(taken).toMatchObject({ tileCount: 1 });
    expect(service.takenOut).toMatchObject([{ sessionId: "s", token: "secret", nodeIds: ["wrong"] }]);
    expect([host.checkpoints.record.checkpoint, host.checkpoints.state]).toEqual(["", undefined]);
    await until(() => service.watches.length === 2);
    service.say([], true);
    await until(() => told.length > 0);
    expect(said()).toEqual(["ledger "]);
  });

  it("a node is found wrong -> the film is asked to give its samples up, and each that is opened later, first of all", async () => {
    host.start();
    const first = await opened();
    said();
    wrongNodeIds.push("bad");
    host.quarantined();
    await until(() => told.length > 0);
    expect(said()).toEqual(["taken out bad"]);
    expect(first.takenOut.map(({ nodeIds }) => nodeIds)).toEqual([["bad"]]);
    host.quarantined();
    exited(1);
    await first.close();
    clock.advance(0);
    const second = await opened();
    expect(second.takenOut.map(({ nodeIds }) => nodeIds)).toEqual([["bad"]]);
    expect(said()).toEqual(["restarting computation-lost", "taken out bad", "ledger ", "opened 1"]);
  });

  it("its own node is found wrong -> it begins anew elsewhere, without what it had written", async () => {
    host.start();
    await opened();
    said();
    placeFor = (berth) => ({ ...berth, nodeId: "m" });
    wrongNodeIds.push("n");
    host.quarantined();
    await until(() => launcher.stopped.length > 0);
    await settled();
    expect(said()).toEqual(["restarting node-quarantined"]);
    clock.advance(0);
    expect(launcher.last("merge").nodeId).toBe("m");
  });

  it("there is no place for it -> asked again each second, given up after long", () => {
    const none = new ArrasError("resources-insufficient", { message: "full", action: "a" });
    placeFor = () => {
      throw none;
    };
    host.start();
    clock.advance(limits.placeAgainMsMax - 1);
    expect(said()).toEqual([]);
    clock.advance(1);
    expect([said(), launcher.launches]).toEqual([["gone resources-insufficient"], []]);
  });

  it("it dies -> launched again, the film opened, everybody told its new address", async () => {
    host.start();
    const first = await opened();
    said();
    exited(1);
    await first.close();
    expect([said(), host.isOpen]).toEqual([["restarting computation-lost"], false]);
    clock.advance(0);
    expect(launcher.labels).toEqual(["merge#1", "merge#2"]);
    await opened();
    expect(said()).toEqual(["ledger ", "opened 1"]);
  });

  it("it dies, and its broken stream is noticed after that -> launched again once", async () => {
    host.start();
    const service = await opened();
    exited(1);
    service.breakWatch();
    await settled();
    await settled();
    clock.advance(10_000);
    expect(launcher.labels).toEqual(["merge#1", "merge#2"]);
  });

  it("the launch is refused -> tried again; its film cannot be opened -> tried again", async () => {
    host.start();
    launcher.last("merge").refuse(new ArrasError("unavailable", { message: "m", action: "a" }));
    await settled();
    clock.advance(0);
    const service = new FakeFilmService(freshAddress());
    service.openError = new ArrasError("internal", { message: "m", action: "a" });
    services.push(await service.start());
    launcher.last("merge").announce(service.address);
    await until(() => told.length === 2);
    expect(said()).toEqual(["restarting unavailable", "restarting internal"]);
    clock.advance(200);
    expect(launcher.labels).toEqual(["merge#1", "merge#2", "merge#3"]);
  });

  it("its film cannot be opened because it dies -> one restart, not two", async () => {
    host.start();
    const service = new FakeFilmService(freshAddress());
    launcher.last("merge").announce(service.address);
    await settled();
    exited(1);
    await until(() => told.length > 0);
    clock.advance(0);
    await opened();
    expect(launcher.labels).toEqual(["merge#1", "merge#2"]);
  });

  it("it dies again and again with nothing merged -> gone; with something merged between -> never given up", async () => {
    host.start();
    for (let attempt = 1; attempt <= 2 * limits.restartsInARowMax; attempt++) {
      const service = await opened();
      service.say([tile(1)]);
      await until(() => told.includes("merged 1"));
      exited(attempt);
      expect(said()).toContain("restarting computation-lost");
      clock.advance(10_000);
    }
    for (let attempt = 0; attempt < limits.restartsInARowMax; attempt++) {
      await opened();
      exited(launcher.last("merge").launch.order.attempt);
      clock.advance(10_000);
    }
    expect(said().at(-1)).toBe("gone computation-lost");
    expect(host.isOpen).toBe(false);
  });

  it("over its memory limit -> once more, with more of it; a second time, or nowhere more -> gone", async () => {
    host.start();
    await opened();
    said();
    placeFor = async (berth, reason) => ({ ...berth, nodeId: reason === "memory" ? "m" : "n" });
    exited(1, ExitCause.MEMORY);
    await settled();
    expect([said(), launcher.last("merge").nodeId]).toEqual([["restarting computation-lost"], "m"]);
    exited(2, ExitCause.MEMORY);
    expect(said()).toEqual(["gone computation-lost"]);
  });

  it("no node has more memory for it -> gone, for what it died of", async () => {
    host.start();
    await opened();
    said();
    placeFor = () => Promise.reject(new ArrasError("resources-insufficient", { message: "m", action: "a" }));
    exited(1, ExitCause.MEMORY);
    await settled();
    expect(said()).toEqual(["gone computation-lost"]);
  });

  it("its node refuses it for want of room -> another place, which costs no restart", async () => {
    host.start();
    placeFor = async (berth, reason) => ({ ...berth, nodeId: reason === "refused" ? "m" : berth.nodeId });
    for (let times = 0; times < limits.restartsInARowMax + 3; times += 1) {
      launcher.last("merge").refuse(new ArrasError("resources-insufficient", { message: "m", action: "a" }));
      await settled();
    }
    expect([said(), launcher.last("merge").nodeId]).toEqual([[], "m"]);
  });

  it("rendering has ended and it dies -> not started again with an empty film; its film is told to be gone", async () => {
    host.start();
    await opened();
    said();
    host.keep();
    exited(1);
    clock.advance(10_000);
    expect([said(), launcher.labels]).toEqual([["film gone computation-lost"], ["merge#1"]]);
  });

  it("it ends while it waits for its restart -> stopped, and never launched again", async () => {
    host.start();
    const service = await opened();
    exited(1);
    service.breakWatch();
    await settled();
    await host.end();
    clock.advance(10_000);
    expect([launcher.stopped, launcher.labels]).toEqual([["n s merge"], ["merge#1"]]);
  });

  it("it runs and does not answer for a minute -> stopped, and another launched", async () => {
    host.start();
    const service = await opened();
    said();
    await service.close();
    while (told.length === 0) {
      await until(() => clock.timerCount > 0 || told.length > 0);
      clock.advance(limits.launchTimeoutMs / 4);
      await settled();
    }
    expect(launcher.stopped).toEqual(["n s merge"]);
    clock.advance(0);
    expect(launcher.labels).toEqual(["merge#1", "merge#2"]);
  });

  it("it is found running and cannot be reached -> asked again for a minute, for its film is worth it; then opened", async () => {
    const address = freshAddress();
    host.adopt(2);
    expect(() => host.link).toThrow(expect.objectContaining({ code: "unavailable" }));
    host.found(4, address);
    host.found(5, "unix:/other");
    for (let times = 0; times < 3; times += 1) {
      await until(() => clock.timerCount > 0);
      clock.advance(100);
    }
    const service = await new FakeFilmService(address).start();
    services.push(service);
    while (service.watches.length === 0) {
      clock.advance(100);
      await settled();
    }
    service.say([tile(7)], true);
    await until(() => host.isRead);
    expect([said(), launcher.labels, host.present?.attempt]).toEqual([["ledger 7", "opened 0"], [], 4]);
  });

  it("it is found running and is never reached -> another is launched", async () => {
    host.adopt(2);
    host.found(2, freshAddress());
    while (told.length === 0) {
      clock.advance(limits.launchTimeoutMs / 4);
      await settled();
    }
    clock.advance(0);
    expect([said(), launcher.labels]).toEqual([["restarting unavailable"], ["merge#3"]]);
  });

  it("it was looked for and is not running -> another is launched, once; one that was found is not missed", async () => {
    host.adopt(2);
    host.missing();
    host.missing();
    host.found(9, "unix:/late");
    clock.advance(0);
    expect([said(), launcher.labels]).toEqual([["restarting computation-lost"], ["merge#3"]]);
  });
});
