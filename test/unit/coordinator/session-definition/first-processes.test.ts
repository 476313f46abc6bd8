// What is started before a session is planned.
import { expect, it } from "vitest";
import { firstProcesses } from "../../../../coordinator/session-definition/first-processes.ts";

const mcrt = { dso: "libcomputation_progmcrt.so" };
const merge = { dso: "libcomputation_progmcrt_merge.so" };

function counts(computations: object, overrides = {}) {
  return firstProcesses(JSON.stringify({ computations }), "a.sessiondef", overrides);
}

it("computations of both kinds -> one process each", () => {
  expect(counts({ mcrt, merge })).toEqual({ merge: 1, mcrt: 1 });
});

it("no merge computation -> the built-in one's process", () => {
  expect(counts({ mcrt })).toEqual({ merge: 1, mcrt: 1 });
});

it("a count, or a range of counts -> as many as it begins with", () => {
  expect(counts({ mcrt, merge }, { mcrtCount: { min: 3, max: 3 } })).toEqual({ merge: 1, mcrt: 3 });
  expect(counts({ mcrt, merge }, { mcrtCount: { min: 2, max: 9 } })).toEqual({ merge: 1, mcrt: 2 });
});

it("a computation has an environment of its own -> no process for it, as it would not do", () => {
  expect(counts({ mcrt: { ...mcrt, environment: { LEVEL: "1" } }, merge })).toEqual({ merge: 1, mcrt: 0 });
});

it("the definition is broken -> none", () => {
  expect(firstProcesses("{", "a.sessiondef", {})).toEqual({ merge: 0, mcrt: 0 });
  expect(counts({})).toEqual({ merge: 0, mcrt: 0 });
});
