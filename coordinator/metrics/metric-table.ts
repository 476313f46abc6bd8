// Every figure that a coordinator shows at /metrics, beside those of its process. docs/metrics.md says the same; a test
// compares the two. Counters and sessions are this coordinator's own, so that sums over coordinators are right; nodes
// are the whole farm's, as this coordinator hears them.
import type { MetricTable } from "../../host/metrics/metric-set.ts";

const secondsToMinutes = [0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200];

export const coordinatorMetrics = {
  arras_sessions: { type: "gauge", help: "Sessions of this coordinator, by state", labels: ["state"] },
  arras_sessions_ended_total: { type: "counter", help: "Sessions that ended, by final state", labels: ["state"] },
  arras_queue_length: { type: "gauge", help: "Sessions that wait for a place" },
  arras_queue_wait_seconds: {
    type: "histogram",
    help: "Time from a session's creation until it was placed",
    buckets: secondsToMinutes,
  },
  arras_nodes: { type: "gauge", help: "Nodes that are heard of, by state", labels: ["state"] },
  arras_nodes_quarantined_total: {
    type: "counter",
    help: "Nodes whose samples this coordinator's sessions found wrong",
  },
  arras_nodes_lost_total: { type: "counter", help: "Times that a node was not heard of any more" },
  arras_node_cores: { type: "gauge", help: "Cores for computations, of all nodes that take any" },
  arras_node_cores_reserved: { type: "gauge", help: "Of these reserved" },
  arras_node_memory_bytes: { type: "gauge", help: "Memory for computations, of all nodes that take any" },
  arras_node_memory_reserved_bytes: { type: "gauge", help: "Of this reserved" },
  arras_node_memory_used_bytes: { type: "gauge", help: "Resident now in all nodes' computations" },
  arras_units_granted_total: { type: "counter", help: "Units of work handed out, copies included" },
  arras_units_done_total: { type: "counter", help: "Units that a computation finished" },
  arras_units_failed_total: { type: "counter", help: "Units that a renderer failed at" },
  arras_units_hedged_total: { type: "counter", help: "Copies of overdue units" },
  arras_units_bisected_total: { type: "counter", help: "Units cut smaller because they kept failing" },
  arras_units_verified_total: {
    type: "counter",
    help: "Units that were chosen to be rendered twice, by what came of it",
    labels: ["outcome"],
  },
  arras_samples_merged_total: { type: "counter", help: "Pixel samples that came into films" },
  arras_grant_latency_seconds: {
    type: "histogram",
    help: "Time that it took to decide on a grant",
    buckets: [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25],
  },
  arras_merger_wait_seconds_total: { type: "counter", help: "Time for which rendering threads waited for a merger" },
  arras_contributions_refused_total: { type: "counter", help: "Contributions that a merger refused" },
  arras_holes_total: { type: "counter", help: "Regions that were given up" },
  arras_restarts_total: { type: "counter", help: "Computations started again, by kind", labels: ["kind"] },
  arras_memory_exceeded_total: { type: "counter", help: "Computations that passed their memory and were ended" },
  arras_takeovers_total: { type: "counter", help: "Sessions taken over from another coordinator" },
  arras_takeover_seconds: {
    type: "histogram",
    help: "Time from having a session's lease until its film's ledger is read and work goes on",
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30],
  },
  arras_leases_held: { type: "gauge", help: "Sessions that this coordinator owns by lease" },
  arras_checkpoints_total: { type: "counter", help: "Checkpoints written" },
  arras_checkpoint_bytes_total: { type: "counter", help: "Bytes of checkpoints written" },
  arras_checkpoint_seconds: {
    type: "histogram",
    help: "Time that writing a checkpoint took",
    buckets: [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 120],
  },
  arras_films_restored_total: { type: "counter", help: "Films that a merger began with a checkpoint" },
  arras_image_sets_kept_total: { type: "counter", help: "Ended sessions whose finished images were stored" },
  arras_image_bytes_kept_total: { type: "counter", help: "Bytes of finished images that were stored" },
  arras_image_sets_missing_total: {
    type: "counter",
    help: "Ended sessions of which finished images could not be stored",
  },
  arras_nats_connected: { type: "gauge", help: "1 while NATS is reached, else 0" },
  arras_nats_reconnects_total: { type: "counter", help: "Times that NATS was lost and found again" },
  arras_events_lost_total: { type: "counter", help: "Events that could not be written to the journal" },
  arras_grpc_calls_total: {
    type: "counter",
    help: "gRPC calls that ended, by method and status code",
    labels: ["method", "code"],
  },
} as const satisfies MetricTable;

export type CoordinatorMetric = keyof typeof coordinatorMetrics;

/** What code that counts needs. */
export interface Meter {
  count(name: CoordinatorMetric, by?: number, labels?: Readonly<Record<string, string>>): void;
  observe(name: CoordinatorMetric, value: number): void;
}

/** Where nobody reads: on one machine, in tests. */
export const silentMeter: Meter = { count: () => {}, observe: () => {} };
