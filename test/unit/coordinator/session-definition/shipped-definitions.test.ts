// Every definition that Arras and we ship, as a table of what is read from it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ComputationDefinition } from "../../../../coordinator/session-definition/definition.ts";
import { expandDefinition } from "../../../../coordinator/session-definition/expand.ts";
import { readSessionDefinition } from "../../../../coordinator/session-definition/read-definition.ts";
import { packageRoot } from "../../../../host/package-root.ts";

const arrasFolder = join(process.env.ARRAS_TEST_DATA ?? join(packageRoot(), "../shared/data"), "sessiondefs");
const present = existsSync(arrasFolder);
if (!present) process.stdout.write(`${arrasFolder} is absent: Arras's own session definitions are not tested\n`);
const ownFolder = join(packageRoot(), "deploy/sessions");

function read(folder: string, file: string) {
  return readSessionDefinition(readFileSync(join(folder, file), "utf8"), file);
}

/** `mcrt*4 mcrt 1-all 16384` */
function line({ name, array, kind, resources }: ComputationDefinition): string {
  const count = array.t === "fixed" ? `*${array.count}` : "";
  return `${name}${count} ${kind} ${resources.minCores}-${resources.maxCores} ${resources.memoryMB ?? "-"}`;
}

const dispatch = "dispatch dispatch 1-1 -";

/** File, name inside it, computations, processes when run (0: nothing here runs it). */
const arrasFiles: readonly [string, string, readonly string[], number][] = [
  ["benchmark_maxcores.sessiondef", "benchmark_test", ["benchcomp0 unknown 1-all 16384"], 0],
  [
    "benchmark_two_machine_test.sessiondef",
    "benchmark_test",
    ["benchcomp0 unknown 1-all 16384", "benchcomp1 unknown 1-all 16384"],
    0,
  ],
  ["low_memory_test.sessiondef", "simple_test", ["testcomp unknown 1-1 2048"], 0],
  ["mac-24c.sessiondef", "mcrt_progressive_n", [dispatch, "mcrt*14 mcrt 22-all 16384", "merge merge 1-19 -"], 15],
  ["mcrt_progressive.sessiondef.in", "mcrt_progressive", ["mcrt unknown 1-all 16384"], 0],
  [
    "mcrt_progressive_ikn.sessiondef",
    "mcrt_progressive_ikn",
    [dispatch, "mcrt*4 mcrt 95-all 16384", "merge merge 30-92 -"],
    5,
  ],
  [
    "mcrt_progressive_n.sessiondef",
    "mcrt_progressive_n",
    [dispatch, "mcrt*4 mcrt 1-all 16384", "merge merge 1-1 -"],
    5,
  ],
  [
    "mcrt_progressive_n_credit.sessiondef",
    "mcrt_progressive_n_credit",
    [dispatch, "mcrt*4 mcrt 1-all 16384", "merge merge 1-1 -"],
    5,
  ],
  [
    "mcrt_progressive_postSigAS.sessiondef",
    "mcrt_progressive_ikn",
    [dispatch, "mcrt*6 mcrt 12-all 16384", "merge merge 8-26 -"],
    7,
  ],
  ["multi_test.sessiondef", "multi_test", ["testcomp*3 unknown 1-1 16384"], 0],
  ["noresources.sessiondef", "simple_test", ["testcomp unknown 0-0 0"], 0],
];

describe.skipIf(!present)("Arras's own definitions", () => {
  it("are all in the table", () => {
    expect(arrasFiles.map(([file]) => file)).toEqual(readdirSync(arrasFolder).sort());
  });

  it.each(arrasFiles)("%s", (file, name, computations, processCount) => {
    const definition = read(arrasFolder, file);
    expect(definition.name).toBe(name);
    expect(definition.computations.map(line)).toEqual(computations);
    if (processCount > 0) expect(expandDefinition(definition).computations).toHaveLength(processCount);
    else expect(() => expandDefinition(definition)).toThrow(/no renderer for dso|is a template/);
  });

  it("the host names to which two computations of mcrt_progressive_postSigAS are pinned are read", () => {
    const { computations } = read(arrasFolder, "mcrt_progressive_postSigAS.sessiondef");
    const pin = "tealpond.gld.dreamworks.net";
    expect(computations.map(({ hostnamePin }) => hostnamePin)).toEqual([pin, undefined, pin]);
  });

  it("machineId and numMachines of mcrt_progressive_n_credit become numbers", () => {
    const { computations, notes } = expandDefinition(read(arrasFolder, "mcrt_progressive_n_credit.sessiondef"));
    expect(computations.map(({ name, options }) => [name, options.machineId, options.numMachines])).toEqual([
      ["mcrt_i0", 0, 4],
      ["mcrt_i1", 1, 4],
      ["mcrt_i2", 2, 4],
      ["mcrt_i3", 3, 4],
      ["merge", undefined, 4],
    ]);
    expect(notes).toEqual(["merge: the definition gives no memoryMB, 2048 MB are reserved"]);
  });
});

describe("our own definitions", () => {
  it.each([
    ["mcrt_progressive.sessiondef", ["mcrt", "merge"], 3584],
    ["mcrt_progressive_n.sessiondef", ["mcrt_i0", "mcrt_i1", "mcrt_i2", "merge"], 6656],
  ])("%s fits into a machine with 8 GB, and assumes nothing", (file, names, memoryMB) => {
    const { computations, notes, growth } = expandDefinition(read(ownFolder, file));
    expect(computations.map(({ name }) => name)).toEqual(names);
    expect(computations.reduce((sum, each) => sum + each.memoryMB, 0)).toBe(memoryMB);
    expect([notes, growth]).toEqual([[], []]);
  });
});
