// How soon a computation that passes its memory limit has no memory any more: with the watchdog, where no cgroup can be
// made, from the last moment at which it said that it was below its limit; with a cgroup, where the kernel lets nothing
// pass, from the last moment at which it could say anything.
import { fromBinary } from "@bufbuild/protobuf";
import { InMemoryBus } from "../../host/in-memory-bus.ts";
import { createLog } from "../../host/log.ts";
import { MemoryGroups } from "../../node-agent/cgroup/memory-groups.ts";
import { systemGroupHost } from "../../node-agent/cgroup/system-group-host.ts";
import { readResidentSet } from "../../node-agent/resident-set.ts";
import { ComputationExitedSchema, ExitCause } from "../../proto/gen/arras/v1/node_pb.ts";
import { subjects } from "../../proto/subjects.ts";
import { fixtureAgent, launchFixture } from "../integration/fixture-agent.ts";
import type { BenchRow } from "./bench-row.ts";

const limitMB = 400;
const limitBytes = limitMB * 2 ** 20;
const roundCount = 5;
const lookIntervalMs = 2;

export async function run(): Promise<BenchRow[]> {
  const groupHost = systemGroupHost();
  const rows = await rowsOf("the watchdog", { memoryEnforcement: "watchdog" });
  if (groupHost === undefined || MemoryGroups.open(groupHost) === undefined) {
    process.stderr.write("no memory group may be made here: measured with the watchdog alone\n");
    return rows;
  }
  return [...rows, ...(await rowsOf("a cgroup", { memoryEnforcement: "auto" }))];
}

async function rowsOf(by: string, how: { readonly memoryEnforcement: "auto" | "watchdog" }): Promise<BenchRow[]> {
  const timesMs: number[] = [];
  for (let round = 0; round < roundCount; round += 1) timesMs.push(await endOne(how));
  return [
    {
      name: `memory limit passed until ended by ${by}, worst of ${roundCount}`,
      value: Math.max(...timesMs),
      unit: "ms",
      goal: 200,
      higherIsBetter: false,
    },
  ];
}

async function endOne(how: { readonly memoryEnforcement: "auto" | "watchdog" }): Promise<number> {
  const bus = new InMemoryBus();
  const log = createLog("bench", 0);
  const said: string[] = [];
  Object.assign(log, { child: () => log, warn: (line: string) => said.push(line) });
  const agent = fixtureAgent(bus, how, { log, groupHost: systemGroupHost() });
  agent.start();
  const exited = new Promise<ExitCause>((resolve) => {
    bus.subscribe(subjects.exited("s1"), (bytes) => resolve(fromBinary(ComputationExitedSchema, bytes).cause));
  });
  const { pid } = await launchFixture(bus, { mode: "grow-and-tell", limitMB });
  const gone = goneAtNs(pid);
  const cause = await exited;
  const atNs = await gone;
  await agent.close();
  if (cause !== ExitCause.MEMORY) throw new Error("it was not ended for its memory");
  const stamps = said.flatMap((line) => {
    const [, ns, bytes] = /^(\d+) (\d+)$/.exec(line) ?? [];
    return ns === undefined ? [] : [{ ns: BigInt(ns), bytes: Number(bytes) }];
  });
  const isWatched = how.memoryEnforcement === "watchdog";
  const below = stamps.filter(({ bytes }) => !isWatched || bytes <= limitBytes).at(-1);
  if (below === undefined) throw new Error("it said nothing of its memory");
  return Number(atNs - below.ns) / 1e6;
}

/** When the process had no memory any more. */
function goneAtNs(pid: number): Promise<bigint> {
  return new Promise((resolve) => {
    const looking = setInterval(() => {
      if (readResidentSet(pid) !== undefined) return;
      clearInterval(looking);
      resolve(process.hrtime.bigint());
    }, lookIntervalMs);
  });
}
