// The farm of a moment as figures.
import { expect, it } from "vitest";
import { farmGauges } from "../../../../coordinator/metrics/farm-gauges.ts";
import { NodeState } from "../../../../proto/gen/arras/v1/farm_pb.ts";
import { SessionState } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { gb, nodeRow, sessionRow } from "../../../fakes/farm-rows.ts";

it("nodes and sessions -> by state, every state with a value; refused and quarantined nodes give no cores", () => {
  const gauges = farmGauges({
    nodes: [
      nodeRow(),
      nodeRow({ state: NodeState.DRAINING }),
      ...[NodeState.REFUSED, NodeState.QUARANTINED].map((state) => nodeRow({ state })),
    ],
    sessions: [sessionRow(), sessionRow({ state: SessionState.QUEUED, queue: { position: 1 } })],
    isConnected: false,
  });
  expect(gauges.get("arras_nodes")).toEqual([
    { value: 1, labels: { state: "ready" } },
    { value: 1, labels: { state: "draining" } },
    { value: 1, labels: { state: "refused" } },
    { value: 1, labels: { state: "quarantined" } },
  ]);
  const sessions = gauges.get("arras_sessions") ?? [];
  expect(sessions.map(({ labels }) => labels?.state)).toContain("finished");
  expect(sessions.filter(({ value }) => value > 0).map(({ labels }) => labels?.state)).toEqual(["rendering", "queued"]);
  const values = [
    "arras_node_cores",
    "arras_node_cores_reserved",
    "arras_queue_length",
    "arras_nats_connected",
  ] as const;
  expect(values.map((name) => gauges.get(name)?.[0]?.value)).toEqual([16, 8, 1, 0]);
  expect(gauges.get("arras_node_memory_bytes")?.[0]?.value).toBe(Number(48n * gb));
});
