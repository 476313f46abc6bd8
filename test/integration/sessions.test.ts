// Session definitions of a user's own, run by the real command.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../host/package-root.ts";
import { fakeArgs, runCommand, testFolder } from "./run-command.ts";

const picture = ["--size", "32x32", "--spp", "2"];

/** Our definition for one computation, with other requirements for it. */
async function ownDefinition(folder: string, name: string, requirements: object): Promise<void> {
  const text = await readFile(join(packageRoot(), "deploy/sessions/mcrt_progressive.sessiondef"), "utf8");
  const definition = JSON.parse(text);
  definition.name = name;
  Object.assign(definition.computations.mcrt.requirements, requirements);
  await writeFile(join(folder, `${name}.sessiondef`), JSON.stringify(definition));
}

describe("a session definition of one's own", () => {
  it("local_only → rendered here; no_local → refused with the reason", async () => {
    const folder = await testFolder();
    const environment = { ARRAS_SESSION_PATH: folder };
    await ownDefinition(folder, "here", { local_only: "yes" });
    await ownDefinition(folder, "away", { no_local: "yes" });
    const here = await runCommand(fakeArgs({}, ...picture, "-s", "here"), { environment });
    expect(here.json.outcome).toBe("finished");
    const away = await runCommand(fakeArgs({}, ...picture, "-s", "away"), { environment });
    expect(away.exitCode).toBe(2);
    expect(away.stderr).toMatch(/^\[resources-insufficient\] .*host.*no_local of mcrt/m);
  });

  it("by its path, with less memory → that limit is held, then twice as much, and both are named; exit 1", async () => {
    const folder = await testFolder();
    await ownDefinition(folder, "small", { resources: { minCores: 1, maxCores: "*", memoryMB: 300 } });
    const path = join(folder, "small.sessiondef");
    const enough = await runCommand(fakeArgs({ allocateBytes: 50_000_000 }, ...picture, "-s", path));
    expect(enough.json.outcome).toBe("finished");
    const tooMuch = await runCommand(fakeArgs({ allocateBytes: 700_000_000 }, ...picture, "-s", path));
    expect(tooMuch.exitCode).toBe(1);
    expect(tooMuch.json).toMatchObject({ outcome: "failed", outputs: [], error: { code: "memory-exceeded" } });
    // A memory group ends it at its limit, the watchdog soon after.
    expect(tooMuch.json.computations[0]?.peakMemoryMB).toBeGreaterThan(580);
    const told = tooMuch.stderr.split("\n").find((line) => line.startsWith("[memory-exceeded]"));
    expect(told).toMatch(/memory limit of 600 MB \(peak \d+ MB\).* the 300 MB that it is defined to have/);
    expect(told).toMatch(/computation mcrt/);
    expect(told).toMatch(/node local/);
    expect(told).toMatch(/memoryMB/);
  });

  it("fields without meaning here → said once, by name, at -l 3", async () => {
    const folder = await testFolder();
    await ownDefinition(folder, "odd", { favourite_colour: "green" });
    const environment = { ARRAS_SESSION_PATH: folder };
    const { stderr, json } = await runCommand(fakeArgs({}, ...picture, "-s", "odd", "-l", "3"), { environment });
    expect(json.outcome).toBe("finished");
    expect(stderr.match(/favourite_colour/g)).toHaveLength(1);
  });
});
