// What FarmService and the figures need to know of a farm, whoever knows it.
import type { NodeRow, SessionRow } from "../../proto/gen/arras/v1/farm_pb.ts";

export interface FarmView {
  /** In the order of their ids. */
  nodes(): readonly NodeRow[];
  /** Of all coordinators, the oldest first. */
  sessions(): readonly SessionRow[];
  /** Resolves when the node has agreed. Rejects with `node-missing`, `unavailable` or `timed-out`. */
  drain(nodeId: string): Promise<void>;
}
