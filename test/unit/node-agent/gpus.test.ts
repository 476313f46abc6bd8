// What nvidia-smi says, as GPUs.
import { expect, it } from "vitest";
import { gpusIn } from "../../../node-agent/gpus.ts";
import { limits } from "../../../proto/limits.ts";

const said = (output: string, exitCode = 0) => gpusIn({ t: "ended", exitCode, output });

it("a line for each GPU -> its name and memory", () => {
  expect(said("NVIDIA L4, 23034\nNVIDIA RTX A6000, Ada, 49140\n")).toEqual([
    { name: "NVIDIA L4", memoryBytes: 23034 * 2 ** 20 },
    { name: "NVIDIA RTX A6000, Ada", memoryBytes: 49140 * 2 ** 20 },
  ]);
});

it("no tool, no driver, or words that are no answer -> no GPUs", () => {
  expect(gpusIn({ t: "failed", reason: "ENOENT" })).toEqual([]);
  expect(said("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver\n", 9)).toEqual([]);
  expect(said("No devices were found\nX, [N/A]\n")).toEqual([]);
});

it("more than any node has, with long names -> as many and as long as the limits", () => {
  const gpus = said(`${"x".repeat(1000)}, 1\n`.repeat(limits.gpusMax + 1));
  expect([gpus.length, gpus[0]?.name.length]).toEqual([limits.gpusMax, 128]);
});
