import { defineConfig } from "vitest/config";

/** Seven minutes of hosts that are cut off for half a minute each: `make test-long` alone runs them. */
const long = ["test/integration/netns-farm.test.ts"];
const isLong = process.env.ARRAS_LONG_TESTS === "1";

export default defineConfig({
  test: {
    include: isLong ? long : ["test/**/*.test.ts"],
    exclude: ["node_modules/**", "dist/**", ...(isLong ? [] : long)],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
