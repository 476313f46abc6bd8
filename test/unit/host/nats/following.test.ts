// Following a server that is lost and comes back, on a link that is told what to say.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Following, type Turn } from "../../../../host/nats/following.ts";
import { limits } from "../../../../proto/limits.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class Link {
  isConnected = true;
  readonly #listeners = new Set<(connected: boolean) => void>();

  onChange(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  set(connected: boolean): void {
    this.isConnected = connected;
    for (const listener of this.#listeners) listener(connected);
  }
}

/** Each turn as it begins, and how to end it. */
function following(link: Link) {
  const turns: { readonly turn: Turn; readonly end: (thrown?: Error) => void }[] = [];
  const subscription = new Following(
    link,
    (turn) =>
      new Promise((resolve, reject) => {
        turns.push({ turn, end: (thrown) => (thrown === undefined ? resolve() : reject(thrown)) });
      }),
  );
  return { turns, subscription };
}

const againMs = limits.natsReconnectDelayMsMax / 4;

it("the server is away at first, then there -> followed from then on", () => {
  const link = new Link();
  link.isConnected = false;
  const { turns } = following(link);
  expect(turns).toHaveLength(0);
  link.set(true);
  expect(turns).toHaveLength(1);
});

it("the server is lost and found -> what was followed is stopped, and another turn begins", () => {
  const link = new Link();
  const { turns } = following(link);
  const stopped: string[] = [];
  expect(turns[0]?.turn.began(() => stopped.push("first"))).toBe(true);
  link.set(false);
  link.set(true);
  expect(stopped).toEqual(["first"]);
  expect(turns.map(({ turn }) => turn.isCurrent())).toEqual([false, true]);
});

it("the server refuses, or ends it -> asked again after a while", async () => {
  const { turns } = following(new Link());
  turns[0]?.end(new Error("refused"));
  await vi.advanceTimersByTimeAsync(againMs - 1);
  expect(turns).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(turns).toHaveLength(2);
  turns[1]?.end();
  await vi.advanceTimersByTimeAsync(againMs);
  expect(turns).toHaveLength(3);
});

it("a turn that is over comes back late -> it is stopped, and begins nothing", async () => {
  const link = new Link();
  const { turns } = following(link);
  link.set(true);
  let isStopped = false;
  const stop = () => {
    isStopped = true;
  };
  expect(turns[0]?.turn.began(stop)).toBe(false);
  expect(isStopped).toBe(true);
  turns[0]?.end();
  await vi.advanceTimersByTimeAsync(againMs);
  expect(turns).toHaveLength(2);
});

it("nobody wants to hear any more -> stopped, also where it waits to be asked again", async () => {
  const link = new Link();
  const { turns, subscription } = following(link);
  turns[0]?.end();
  await vi.advanceTimersByTimeAsync(0);
  subscription.unsubscribe();
  link.set(true);
  await vi.advanceTimersByTimeAsync(againMs);
  expect(turns).toHaveLength(1);
});
