// Where a session's merger is started, and whether it is started again.
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

it("there is no place for it -> asked again each second, given up after long", () => {
  const none = new ArrasError("resources-insufficient", { message: "full", action: "a" });
  stage.placeFor = () => {
    throw none;
  };
  stage.host.start();
  stage.clock.advance(limits.placeAgainMsMax - 1);
  expect(stage.said()).toEqual([]);
  stage.clock.advance(1);
  expect([stage.said(), stage.launcher.launches]).toEqual([["gone resources-insufficient"], []]);
});

it("the launch is refused -> tried again; its film cannot be opened -> tried again", async () => {
  stage.host.start();
  stage.launcher.last("merge").refuse(new ArrasError("unavailable", { message: "m", action: "a" }));
  await settled();
  stage.clock.advance(0);
  const service = new FakeFilmService(freshAddress());
  service.openError = new ArrasError("internal", { message: "m", action: "a" });
  stage.services.push(await service.start());
  stage.launcher.last("merge").announce(service.address);
  await until(() => stage.told.length === 2);
  expect(stage.said()).toEqual(["restarting unavailable", "restarting internal"]);
  stage.clock.advance(200);
  expect(stage.launcher.labels).toEqual(["merge#1", "merge#2", "merge#3"]);
});

it("it dies again and again with nothing merged -> gone; with something merged between -> never given up", async () => {
  stage.host.start();
  for (let attempt = 1; attempt <= 2 * limits.restartsInARowMax; attempt++) {
    const service = await stage.opened();
    service.say([tile(1)]);
    await until(() => stage.told.includes("merged 1"));
    stage.exited(attempt);
    expect(stage.said()).toContain("restarting computation-lost");
    stage.clock.advance(10_000);
  }
  for (let attempt = 0; attempt < limits.restartsInARowMax; attempt++) {
    await stage.opened();
    stage.exited(stage.launcher.last("merge").launch.order.attempt);
    stage.clock.advance(10_000);
  }
  expect(stage.said().at(-1)).toBe("gone computation-lost");
  expect(stage.film.isOpen).toBe(false);
});

it("over its memory limit -> once more, with more of it; a second time, or nowhere more -> gone", async () => {
  stage.host.start();
  await stage.opened();
  stage.said();
  stage.placeFor = async (berth, reason) => ({ ...berth, nodeId: reason === "memory" ? "m" : "n" });
  stage.exited(1, ExitCause.MEMORY);
  await settled();
  expect([stage.said(), stage.launcher.last("merge").nodeId]).toEqual([["restarting computation-lost"], "m"]);
  stage.exited(2, ExitCause.MEMORY);
  expect(stage.said()).toEqual(["gone computation-lost"]);
});

it("no node has more memory for it -> gone, for what it died of", async () => {
  stage.host.start();
  await stage.opened();
  stage.said();
  stage.placeFor = () => Promise.reject(new ArrasError("resources-insufficient", { message: "m", action: "a" }));
  stage.exited(1, ExitCause.MEMORY);
  await settled();
  expect(stage.said()).toEqual(["gone computation-lost"]);
});

it("its node refuses it for want of room -> another place, which costs no restart", async () => {
  stage.host.start();
  stage.placeFor = async (berth, reason) => ({ ...berth, nodeId: reason === "refused" ? "m" : berth.nodeId });
  for (let times = 0; times < limits.restartsInARowMax + 3; times += 1) {
    stage.launcher.last("merge").refuse(new ArrasError("resources-insufficient", { message: "m", action: "a" }));
    await settled();
  }
  expect([stage.said(), stage.launcher.last("merge").nodeId]).toEqual([[], "m"]);
});
