// Replies of methods that answer with a stream.
import { EventEmitter } from "node:events";
import { status } from "@grpc/grpc-js";
import { expect, it } from "vitest";
import { streamReply } from "../../../host/grpc-stream.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { settled } from "../../fakes/settled.ts";

/** A call that takes so many messages before it wants to be waited for. */
class Call extends EventEmitter {
  readonly written: string[] = [];
  readonly errors: unknown[] = [];
  hasEnded = false;
  #roomCount: number;

  constructor(roomCount = Number.POSITIVE_INFINITY) {
    super();
    this.#roomCount = roomCount;
    this.on("error", (error) => this.errors.push(error));
  }

  write(message: string): boolean {
    this.written.push(message);
    this.#roomCount -= 1;
    return this.#roomCount > 0;
  }

  end(): void {
    this.hasEnded = true;
  }
}

async function* letters(): AsyncGenerator<string> {
  yield* ["a", "b", "c"];
}

it("messages -> all of them, then the end", async () => {
  const call = new Call();
  await streamReply(call, letters);
  expect([call.written, call.hasEnded, call.errors]).toEqual([["a", "b", "c"], true, []]);
});

it("who reads is slow -> the next one is not made before there is room, and nothing listens for that afterwards", async () => {
  const call = new Call(1);
  const replied = streamReply(call, letters);
  for (const expected of [["a"], ["a", "b"], ["a", "b", "c"]]) {
    await settled();
    expect(call.written).toEqual(expected);
    call.emit("drain");
  }
  await replied;
  expect([call.hasEnded, call.listenerCount("drain")]).toEqual([true, 0]);
});

it("a message cannot be made -> the status of its error, and no end", async () => {
  const call = new Call();
  await streamReply(call, async function* () {
    yield "a";
    throw new ArrasError("session-missing", { message: "none", action: "none" });
  });
  expect([call.written, call.hasEnded]).toEqual([["a"], false]);
  expect(call.errors).toMatchObject([{ code: status.NOT_FOUND }]);
});

it.each(["cancelled", "close"])(
  "whoever asked leaves (%s) -> the signal says so, and nothing more is made",
  async (event) => {
    const call = new Call(1);
    let heard: AbortSignal | undefined;
    let hasCleaned = false;
    const replied = streamReply(call, async function* (signal) {
      heard = signal;
      try {
        yield* letters();
      } finally {
        hasCleaned = true;
      }
    });
    await settled();
    call.emit(event);
    await replied;
    expect(heard?.aborted).toBe(true);
    expect([call.written.length, hasCleaned, call.hasEnded, call.errors]).toEqual([1, true, false, []]);
  },
);

it("whoever asked has left -> what goes wrong is told nobody", async () => {
  const call = new Call();
  await streamReply(call, async function* () {
    yield "a";
    call.emit("cancelled");
    throw new Error("the store's stream was cut");
  });
  expect(call.errors).toEqual([]);
});
