import { defineConfig } from "vitest/config";
import { FileOrder } from "./test/file-order.ts";
import { RunAgain } from "./test/run-again.ts";

/** Minutes of hosts that are cut off, or hear little of each other: `make test-long` alone runs them. */
const long = ["test/integration/netns-farm.test.ts", "test/integration/slow-link.test.ts"];
const isLong = process.env.ARRAS_LONG_TESTS === "1";

/** They start processes. Each file has a process of its own. */
const processes = { name: "processes", include: ["test/integration/**/*.test.ts", "test/browser/**/*.test.ts"] };

/**
 * All others, one after the other in the same process: to start one for each of these 430 files, and to load the same
 * modules there, took longer than their tests. What a test changes beside its own objects it puts back.
 */
const parts = { name: "parts", include: ["test/**/*.test.ts"], exclude: processes.include, isolate: false };

const projects = isLong ? [{ name: "long", include: long }] : [{ ...processes, exclude: long }, parts];

export default defineConfig({
  test: {
    projects: projects.map((test) => ({ extends: true, test })),
    // Limits for what never comes, on a machine with much else to do; no test is to pass or fail by its speed.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    globalSetup: "test/film-folder.ts",
    pool: "forks",
    // Three on two cores have made a coordinator stand still for longer than its leases last.
    maxWorkers: 2,
    sequence: { sequencer: FileOrder },
    reporters: ["default", new RunAgain()],
  },
});
