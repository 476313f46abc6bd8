// The farm of this moment as figures. Pure.
import type { GaugeValue } from "../../host/metrics/metric-set.ts";
import { type NodeRow, NodeState, type SessionRow } from "../../proto/gen/arras/v1/farm_pb.ts";
import { SessionState } from "../../proto/gen/arras/v1/session_pb.ts";
import type { CoordinatorMetric } from "./metric-table.ts";

export interface FarmMoment {
  readonly nodes: readonly NodeRow[];
  /** This coordinator's own. */
  readonly sessions: readonly SessionRow[];
  readonly isConnected: boolean;
}

/** Every state has a value, also where there is none of it: a line in a diagram must not break off. */
export function farmGauges({ nodes, sessions, isConnected }: FarmMoment): Map<CoordinatorMetric, GaugeValue[]> {
  const taking = nodes.filter(({ state }) => state !== NodeState.REFUSED && state !== NodeState.QUARANTINED);
  const sum = (amount: (node: NodeRow) => number | bigint) => [
    { value: taking.reduce((total, node) => total + Number(amount(node)), 0) },
  ];
  return new Map<CoordinatorMetric, GaugeValue[]>([
    ["arras_sessions", byState(SessionState, sessions)],
    ["arras_nodes", byState(NodeState, nodes)],
    ["arras_queue_length", [{ value: sessions.filter(({ queue }) => queue !== undefined).length }]],
    ["arras_node_cores", sum((node) => node.coreCount)],
    ["arras_node_cores_reserved", sum((node) => node.reservedCoreCount)],
    ["arras_node_memory_bytes", sum((node) => node.memoryBytes)],
    ["arras_node_memory_reserved_bytes", sum((node) => node.reservedMemoryBytes)],
    ["arras_node_memory_used_bytes", sum((node) => node.usedMemoryBytes)],
    ["arras_leases_held", [{ value: sessions.length }]],
    ["arras_nats_connected", [{ value: isConnected ? 1 : 0 }]],
  ]);
}

/** `states`: an enumeration of the protocol, which has names by number too. */
function byState(
  states: Readonly<Record<string, string | number>>,
  rows: readonly { readonly state: number }[],
): GaugeValue[] {
  return Object.entries(states).flatMap(([name, state]) =>
    typeof state !== "number" || state === 0
      ? []
      : [{ value: rows.filter((row) => row.state === state).length, labels: { state: name.toLowerCase() } }],
  );
}
