// What a session asks of nodes is asked under its lease, or not at all.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { FencedLauncher } from "../../../coordinator/fenced-launcher.ts";
import { LaunchOrderSchema } from "../../../proto/gen/arras/v1/node_pb.ts";
import { FakeLauncher } from "../../fakes/fake-launcher.ts";

const launch = { order: create(LaunchOrderSchema, { sessionId: "s" }), memoryLimitBytes: 1, environment: {} };

it("it may act -> asked with its fence; its lease is over -> nothing is asked of anybody", async () => {
  const launcher = new FakeLauncher();
  let mayAct = true;
  const fenced = new FencedLauncher(launcher, { fence: 7, mayAct: () => mayAct });
  launcher.running.set("n", []);
  void fenced.launch("n", launch);
  await fenced.stop("n", "s", "mcrt_i0");
  await fenced.adopt("n", "s");
  expect(launcher.fences).toEqual([7, 7, 7]);
  mayAct = false;
  await expect(fenced.launch("n", launch)).rejects.toMatchObject({ code: "unavailable" });
  await expect(fenced.stop("n", "s")).rejects.toMatchObject({ code: "unavailable" });
  await expect(fenced.adopt("n", "s")).rejects.toMatchObject({ code: "unavailable" });
  expect(launcher.fences).toHaveLength(3);
});
