// Units that the process that renders is asked to render again, to be compared with what another node made of them.
import { expect, it } from "vitest";
import { Admission } from "../../../../proto/gen/arras/v1/film_pb.ts";
import { unitOf } from "../../../fakes/films.ts";
import { settled } from "../../../fakes/settled.ts";
import { McrtStage } from "./mcrt-stage.ts";

async function readyStage(threadCount: number): Promise<McrtStage> {
  const stage = new McrtStage(threadCount);
  stage.assign();
  await settled();
  stage.said();
  return stage;
}

const [a, b, c] = [unitOf(0), unitOf(1), unitOf(2)] as const;

it("a unit is granted to be compared -> rendered, its digest told, and nothing is sent", async () => {
  const stage = await readyStage(1);
  stage.grant(a);
  stage.grantToVerify(b);
  for (let at = 0; at < 2; at++) {
    stage.renderings[0]!.finish();
    await settled();
  }
  expect(stage.sent.map(({ unit }) => unit)).toEqual([a]);
  const [done] = stage.reports.flatMap((report) => (report.case === "done" ? [report.value] : []));
  expect(done).toMatchObject({ unit: { tileIndex: b.tileIndex }, renderMs: 5, verifying: true });
  expect(done!.sumsSha256).toHaveLength(32);
});

it("one that is to be compared is cancelled, waiting or begun -> its credit comes back", async () => {
  const stage = await readyStage(1);
  stage.grantToVerify(a, b, c);
  stage.said();
  stage.cancel(a, c);
  await settled();
  expect(stage.said().filter((text) => text.startsWith("credit"))).toEqual(["credit 1", "credit 1"]);
});

it("the merger has a chosen unit already -> done without a digest, as other sums may be in the film", async () => {
  const stage = await readyStage(1);
  stage.assign(2, "merger", 1);
  await settled();
  stage.grant({ ...a, epoch: 2 });
  stage.renderings[0]!.finish();
  await settled();
  stage.sent[0]!.answer(Admission.DUPLICATE);
  await settled();
  const [done] = stage.reports.flatMap((report) => (report.case === "done" ? [report.value] : []));
  expect(done!.sumsSha256).toHaveLength(0);
});

it("the session verifies all units, or none -> what is contributed is told with its digest, or without", async () => {
  for (const [share, sizeBytes] of [
    [1, 32],
    [0, 0],
  ] as const) {
    const stage = await readyStage(1);
    stage.assign(2, "merger", share);
    await settled();
    const unit = { ...a, epoch: 2 };
    stage.grant(unit);
    stage.renderings[0]!.finish();
    await settled();
    stage.sent[0]!.answer(Admission.ADDED);
    await settled();
    const [done] = stage.reports.flatMap((report) => (report.case === "done" ? [report.value] : []));
    expect(done!.sumsSha256).toHaveLength(sizeBytes);
  }
});
