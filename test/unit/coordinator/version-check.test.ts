// Nodes of another version: kept out, and said once each.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { VersionCheck } from "../../../coordinator/version-check.ts";
import type { Log } from "../../../host/log.ts";
import { HeartbeatSchema } from "../../../proto/gen/arras/v1/node_pb.ts";
import { softwareVersion } from "../../../proto/version.ts";

it("a node of another version -> not ours, said once; of ours -> ours", () => {
  const said: unknown[] = [];
  const check = new VersionCheck({ warn: (...words: unknown[]) => said.push(words) } as unknown as Log);
  const heartbeat = (nodeId: string, version: string) => create(HeartbeatSchema, { nodeId, softwareVersion: version });
  expect(check.isOurs(heartbeat("a", softwareVersion))).toBe(true);
  expect([1, 2].map(() => check.isOurs(heartbeat("b", "0.0.9")))).toEqual([false, false]);
  expect(check.isOurs(heartbeat("c", "0.0.9"))).toBe(false);
  expect(said).toHaveLength(2);
});
