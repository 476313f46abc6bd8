// How long what a test starts lives: as long as the test, or as long as all tests of a `describe` that share it.
import { afterAll, afterEach, onTestFailed, onTestFinished } from "vitest";

export interface Lifetime {
  /** Called at its end, what came last first. */
  atEnd(end: () => unknown): void;
  /** Called when a test fails in it. */
  onFailure(tell: () => void): void;
}

/** Of the test that runs. */
export const ofTest: Lifetime = {
  atEnd: (end) => onTestFinished(async () => void (await end())),
  onFailure: (tell) => onTestFailed(tell),
};

/** Of all tests of the `describe` in whose body this is called. */
export function ofAllTests(): Lifetime {
  const ends: (() => unknown)[] = [];
  const tellers: (() => void)[] = [];
  afterEach(({ task }) => {
    if (task.result?.state === "fail") for (const tell of tellers) tell();
  });
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });
  return { atEnd: (end) => void ends.push(end), onFailure: (tell) => void tellers.push(tell) };
}

/** Started by the first test that asks for it, for all of them. */
export function shared<Started>(start: (lifetime: Lifetime) => Promise<Started>): () => Promise<Started> {
  const lifetime = ofAllTests();
  let started: Promise<Started> | undefined;
  return () => {
    started ??= start(lifetime);
    return started;
  };
}
