// The farm's wrong nodes, as coordinators tell each other.
import { beforeEach, describe, expect, it } from "vitest";
import { Quarantine } from "../../../coordinator/quarantine.ts";
import { InMemoryKeyValue } from "../../../host/nats/in-memory-key-value.ts";
import type { KeyValue } from "../../../host/nats/key-value.ts";
import { limits } from "../../../proto/limits.ts";
import { cuttable } from "../../fakes/cuttable-store.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { settled } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";

describe("the quarantine", () => {
  let clock: FakeClock;
  let memory: InMemoryKeyValue;
  beforeEach(() => {
    clock = new FakeClock();
    memory = new InMemoryKeyValue();
  });

  function quarantineOn(store: KeyValue = memory): { quarantine: Quarantine; added: string[] } {
    const added: string[] = [];
    const world = { clock, log: silentLog, wallClockMs: () => clock.nowMs() };
    const quarantine = new Quarantine(store, world, (nodeId) => added.push(nodeId));
    quarantine.start();
    return { quarantine, added };
  }

  const finding = (nodeId: string) => ({ nodeId, sessionId: "s", evidence: "e" });

  it("one coordinator finds a node out -> told there at once, elsewhere soon, and to who starts later; each once", async () => {
    const [one, other] = [quarantineOn(), quarantineOn()];
    expect(one.quarantine.add(finding("n 1/ü"))).toBe(true);
    expect(one.added).toEqual(["n 1/ü"]);
    await settled();
    const late = quarantineOn();
    await settled();
    expect(other.quarantine.add(finding("n 1/ü"))).toBe(false);
    for (const { quarantine, added } of [one, other, late]) {
      expect([added, quarantine.nodeIds, quarantine.has("n 1/ü")]).toEqual([["n 1/ü"], ["n 1/ü"], true]);
    }
  });

  it("two find the same node out at once -> both go on, one record", async () => {
    const [one, other] = [quarantineOn(), quarantineOn()];
    expect([one.quarantine.add(finding("a")), other.quarantine.add(finding("a"))]).toEqual([true, true]);
    await settled();
    expect([one.added, other.added]).toEqual([["a"], ["a"]]);
  });

  it("the store is away -> known here meanwhile, written when it is back", async () => {
    const link = { isCut: true };
    const one = quarantineOn(cuttable(memory, link));
    one.quarantine.add(finding("a"));
    await settled();
    expect(one.quarantine.has("a")).toBe(true);
    const other = quarantineOn();
    await settled();
    expect(other.added).toEqual([]);
    link.isCut = false;
    clock.advance(1_000);
    await settled();
    expect(other.added).toEqual(["a"]);
  });

  it("one more than are kept -> the longest known is forgotten, in the store too", async () => {
    const { quarantine } = quarantineOn();
    for (let at = 0; at <= limits.quarantinedNodesMax; at++) quarantine.add(finding(`n${at}`));
    await settled();
    expect([quarantine.has("n0"), quarantine.has("n1"), quarantine.nodeIds.length]).toEqual([
      false,
      true,
      limits.quarantinedNodesMax,
    ]);
  });

  it("what cannot be read, or names nobody -> left alone; after the end nothing is heard or added", async () => {
    const { quarantine, added } = quarantineOn();
    await memory.create("quarantine.x", Uint8Array.of(255, 255));
    await memory.create("quarantine.y", new Uint8Array(0));
    await settled();
    quarantine.end();
    expect(quarantine.add(finding("a"))).toBe(false);
    expect(added).toEqual([]);
  });
});
