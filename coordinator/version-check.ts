// Keeps nodes of another version out: computations of two versions would not make the same bits.
import type { Log } from "../host/log.ts";
import type { Heartbeat } from "../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../proto/limits.ts";
import { softwareVersion } from "../proto/version.ts";

export class VersionCheck {
  readonly #log: Log;
  /** Told once each. */
  readonly #refused = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  isOurs({ nodeId, host, softwareVersion: theirs }: Heartbeat): boolean {
    if (theirs === softwareVersion) return true;
    if (!this.#refused.has(nodeId) && this.#refused.size < limits.nodesMax) {
      this.#refused.add(nodeId);
      const action = "it takes no part; install the same version there";
      this.#log.warn(
        { node: nodeId, host },
        `a node of version ${JSON.stringify(theirs.slice(0, 40))} on a farm of version ${softwareVersion}: ${action}`,
      );
    }
    return false;
  }
}
