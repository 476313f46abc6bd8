// Orders as messages.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { SceneEpoch } from "../../../coordinator/scene-epoch.ts";
import { assignmentOrder, cancelOrder, grantOrder, verifyOrder } from "../../../coordinator/work-orders.ts";
import { SceneEditsSchema } from "../../../proto/gen/arras/v1/edits_pb.ts";
import { unitFromMessage } from "../../../proto/unit.ts";
import { unitOf } from "../../fakes/films.ts";
import { sessionPlan } from "../../fakes/session-plans.ts";

it("units are granted and cancelled -> exactly these", () => {
  const units = [unitOf(0), unitOf(1, 4, 2)];
  const [grant, cancel] = [grantOrder(units), cancelOrder(units)];
  if (grant.case !== "grant" || cancel.case !== "cancel") throw new Error("other orders");
  expect(grant.value.units.map(unitFromMessage)).toEqual(units);
  expect(cancel.value.units.map(unitFromMessage)).toEqual(units);
  const verify = verifyOrder(units);
  if (verify.case !== "grant") throw new Error("another order");
  expect([verify.value.units, verify.value.verifyUnits.map(unitFromMessage)]).toEqual([[], units]);
});

it("an assignment -> the scene, the film, and the way to the merger", () => {
  const access = { address: "unix:/m", sessionId: "s", token: "secret" };
  const edits = create(SceneEditsSchema, { lights: [{ id: "lamp", off: true }] });
  const scene = new SceneEpoch(2, { edits, editor: "" });
  expect(assignmentOrder(scene, sessionPlan(), access)).toMatchObject({
    case: "assignment",
    value: { epoch: 2, edits, mergerAddress: "unix:/m", mergerToken: "secret", film: { widthPx: 16 } },
  });
});
