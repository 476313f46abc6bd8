// The second render of --benchmark: the same session once more, on the same farm, written nowhere.
import { randomUUID } from "node:crypto";
import type { SessionSpec } from "../proto/gen/arras/v1/session_pb.ts";
import { type BenchmarkTimes, BenchmarkWatch } from "./benchmark.ts";
import type { SessionClient } from "./session-client.ts";

export interface BenchmarkSurroundings {
  readonly client: Pick<SessionClient, "create" | "watch" | "stop" | "closeSession">;
  nowMs(): number;
  onStopWish(stop: () => void): void;
}

/** Rejects as the client's calls do. */
export async function renderAgain(spec: SessionSpec, world: BenchmarkSurroundings): Promise<BenchmarkTimes> {
  const { client } = world;
  const watch = new BenchmarkWatch(world.nowMs());
  const sessionId = await client.create(randomUUID(), spec);
  watch.created(world.nowMs());
  world.onStopWish(() => void client.stop(sessionId).catch(() => {}));
  await client.watch(sessionId, (event) => watch.event(event, world.nowMs()));
  await client.closeSession(sessionId).catch(() => {});
  return watch.times;
}
