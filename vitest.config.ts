import { defineConfig } from "vitest/config";
import { FileOrder } from "./test/file-order.ts";
import { RunAgain } from "./test/run-again.ts";

/** Minutes of hosts that are cut off, or hear little of each other: `make test-long` alone runs them. */
const long = ["test/integration/netns-farm.test.ts", "test/integration/slow-link.test.ts"];
const isLong = process.env.ARRAS_LONG_TESTS === "1";

export default defineConfig({
  test: {
    include: isLong ? long : ["test/**/*.test.ts"],
    exclude: ["node_modules/**", "dist/**", ...(isLong ? [] : long)],
    // Limits for what never comes, on a machine with much else to do; no test is to pass or fail by its speed.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    pool: "forks",
    // Three on two cores have made a coordinator stand still for longer than its leases last.
    maxWorkers: 2,
    sequence: { sequencer: FileOrder },
    reporters: ["default", new RunAgain()],
  },
});
