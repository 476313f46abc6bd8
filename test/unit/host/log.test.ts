// Log levels as Arras counts them.
import { expect, it } from "vitest";
import { createLog } from "../../../host/log.ts";

it("-l 0 to 5 -> fatal to trace; anything else -> warnings", () => {
  expect([0, 1, 2, 3, 4, 5, 9].map((level) => createLog("test", level).level)).toEqual([
    "fatal",
    "error",
    "warn",
    "info",
    "debug",
    "trace",
    "warn",
  ]);
});
