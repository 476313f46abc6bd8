// What each command asks of the coordinator, and says.
import { describe, expect, it } from "vitest";
import { type FarmAccess, runFarmCommand } from "../../../../cli/farm-command/farm.ts";
import type { EventsFrom } from "../../../../cli/farm-command/farm-settings.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import type { FarmEvent } from "../../../../proto/gen/arras/v1/farm_pb.ts";
import { farmEvent, nodeRow, sessionRow } from "../../../fakes/farm-rows.ts";

type FarmAction = Parameters<typeof runFarmCommand>[0]["action"];

const away = new ArrasError("unavailable", { message: "It is away", action: "Wait." });

/** A farm of one node and one session. Each call of `events` tells the next list, and fails after it but for the last. */
class FakeFarm implements FarmAccess {
  readonly calls: string[] = [];
  readonly #streams: (readonly FarmEvent[] | ArrasError)[];

  constructor(...streams: (readonly FarmEvent[] | ArrasError)[]) {
    this.#streams = streams;
  }

  nodes = async () => [nodeRow()];
  sessions = async () => [sessionRow()];
  drain = async (nodeId: string) => void this.calls.push(`drain ${nodeId}`);
  change = async (sessionId: string, how: string) => void this.calls.push(`${how} ${sessionId}`);
  async *events(from: EventsFrom, follow: boolean) {
    this.calls.push(`events ${JSON.stringify(from)} ${follow}`);
    const stream = this.#streams.shift() ?? [];
    if (stream instanceof ArrasError) throw stream;
    yield* stream;
    if (this.#streams.length > 0) throw away;
  }
}

async function run(action: FarmAction, farm: FarmAccess = new FakeFarm(), json = false) {
  let [output, remarks, pauses] = ["", "", 0];
  await runFarmCommand({ json, action }, farm, {
    write: (text) => (output += text),
    remark: (text) => (remarks += text),
    width: 100,
    wallMs: () => 1_700_000_090_000,
    pause: async () => {
      pauses += 1;
    },
  });
  return { output, remarks, pauses };
}

const afterThat = (sequence: number) => `{"t":"after","sequence":${sequence}}`;
const events: FarmAction = { t: "events", from: { t: "start" }, follow: true };

describe("a command of arras-farm", () => {
  it("nodes, sessions, one of each by the beginning of its id -> tables and pages", async () => {
    expect((await run({ t: "nodes", node: undefined })).output).toMatch(/^NODE .*\nrender1-1a2b3c4d .*\n1 node: /);
    expect((await run({ t: "nodes", node: "render1" })).output).toMatch(/^node +render1-1a2b3c4d\n/);
    expect((await run({ t: "sessions" })).output).toMatch(/^SESSION .*\n3f0c1a52 +rendering /);
    expect((await run({ t: "session", session: "3f" })).output).toMatch(
      /^session +3f0c1a52-9d3e-4d0b-9a34-0d4f2f6a7f11\n/,
    );
  });

  it("the same with --json -> one object on one line", async () => {
    const parsed = async (action: FarmAction) => {
      const { output } = await run(action, new FakeFarm(), true);
      expect(output.endsWith("}\n") && output.split("\n").length === 2).toBe(true);
      return JSON.parse(output);
    };
    expect(await parsed({ t: "nodes", node: undefined })).toMatchObject({
      nodes: [{ id: "render1-1a2b3c4d", state: "ready", cores: 8, coresReserved: 4, memoryUsedBytes: 3_328_599_654 }],
    });
    expect(await parsed({ t: "nodes", node: "r" })).toMatchObject({
      renderers: [{ name: "embree", version: "4.3.3" }],
    });
    expect(await parsed({ t: "sessions" })).toMatchObject({
      sessions: [{ state: "rendering", progress: { spp: 128, sppBudget: 512, remainingMs: 754_000 }, queue: null }],
    });
    expect(await parsed({ t: "session", session: "3" })).toMatchObject({
      createdAt: "2023-11-14T22:13:20.000Z",
      failure: null,
      computations: [{ name: "mcrt_i0", restarts: 1 }, { name: "merge" }],
    });
    expect(await parsed({ t: "drain", node: "r" })).toEqual({ node: "render1-1a2b3c4d", state: "draining" });
    expect(await parsed({ t: "cancel", session: "3" })).toMatchObject({ state: "stopping" });
  });

  it("pause and resume -> asked for the whole id, and said", async () => {
    const farm = new FakeFarm();
    expect((await run({ t: "pause", session: "3f0c" }, farm)).output).toContain("is paused");
    expect((await run({ t: "resume", session: "3f0c" }, farm)).output).toContain("renders again");
    const id = "3f0c1a52-9d3e-4d0b-9a34-0d4f2f6a7f11";
    expect(farm.calls).toEqual([`pause ${id}`, `resume ${id}`]);
  });

  it("drain and cancel -> asked for the whole id, and said", async () => {
    const farm = new FakeFarm();
    expect((await run({ t: "drain", node: "render1" }, farm)).output).toContain(
      "render1-1a2b3c4d on render1 takes nothing new",
    );
    expect((await run({ t: "cancel", session: "3f0c" }, farm)).output).toContain("is stopped");
    expect(farm.calls).toEqual(["drain render1-1a2b3c4d", "cancel 3f0c1a52-9d3e-4d0b-9a34-0d4f2f6a7f11"]);
  });

  it("an id that nobody has -> refused, and nothing is asked for", async () => {
    const farm = new FakeFarm();
    await expect(run({ t: "drain", node: "x" }, farm)).rejects.toMatchObject({ code: "node-missing" });
    await expect(run({ t: "cancel", session: "x" }, farm)).rejects.toMatchObject({ code: "session-missing" });
    expect(farm.calls).toEqual([]);
  });

  it("events -> a line for each, or an object on each line", async () => {
    const list = [farmEvent(1), farmEvent(2)];
    expect((await run({ ...events, follow: false }, new FakeFarm(list))).output.split("\n")).toHaveLength(3);
    const { output } = await run(events, new FakeFarm(list), true);
    expect(
      output
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).sequence),
    ).toEqual([1, 2]);
  });

  it("the coordinator goes while events are followed -> asked again after the last one, remarked once", async () => {
    const farm = new FakeFarm([farmEvent(4), farmEvent(6)], away, [farmEvent(7)]);
    const { output, remarks, pauses } = await run(events, farm);
    expect(farm.calls.slice(1)).toEqual([`events ${afterThat(6)} true`, `events ${afterThat(6)} true`]);
    expect(output.split("\n")).toHaveLength(4);
    expect([remarks, pauses]).toEqual(["It is away; asking again\n", 2]);
  });

  it("it was never there, or they are not followed -> the error", async () => {
    await expect(run(events, new FakeFarm(away))).rejects.toBe(away);
    await expect(run({ ...events, follow: false }, new FakeFarm([farmEvent(1)], []))).rejects.toBe(away);
  });
});
