// A process has one environment for life: only an order for that one may be given to it.
import { expect, it } from "vitest";
import { servesEnvironment } from "../../../../node-agent/prestart/serves-environment.ts";

const present = { PATH: "/bin", UV_THREADPOOL_SIZE: "12" };

it.each([
  ["the same", present, true],
  ["fewer threads", { ...present, UV_THREADPOOL_SIZE: "5" }, true],
  ["more threads than its pool has", { ...present, UV_THREADPOOL_SIZE: "13" }, false],
  ["another value", { ...present, PATH: "/usr/bin" }, false],
  ["a variable more", { ...present, RAAS_DEBUG_FILENAME: "f" }, false],
  ["a variable fewer", { UV_THREADPOOL_SIZE: "12" }, false],
  ["no size of a pool", { PATH: "/bin" }, false],
  ["a pool's size that is no number", { ...present, UV_THREADPOOL_SIZE: "many" }, false],
])("%s is wanted", (_, wanted, serves) => {
  expect(servesEnvironment(present, wanted)).toBe(serves);
});
