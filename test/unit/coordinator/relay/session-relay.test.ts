// Watching a session through the relay, as far as it needs no other coordinator; takeover.test.ts has those.
import { Writable } from "node:stream";
import { create } from "@bufbuild/protobuf";
import { Metadata, type ServerWritableStream } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { SessionRelay } from "../../../../coordinator/relay/session-relay.ts";
import type { Session } from "../../../../coordinator/session.ts";
import type { SessionWatcher } from "../../../../coordinator/session-watchers.ts";
import { type SessionEvent, SessionEventSchema, SessionState } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../../../proto/limits.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { settled } from "../../../fakes/settled.ts";

const event = (state: SessionState, ...texts: string[]) =>
  create(SessionEventSchema, { state, notices: texts.map((text) => ({ level: 3, text })) });

/** A watcher's call that reads one event whenever it is let to. */
function callOf() {
  const read: SessionEvent[] = [];
  let goOn: (() => void) | undefined;
  const stream = new Writable({
    objectMode: true,
    write: (message: SessionEvent, _, done) => {
      goOn = () => {
        read.push(message);
        done();
      };
    },
  });
  const call = Object.assign(stream, { request: { sessionId: "s" }, metadata: new Metadata() });
  return {
    call: call as unknown as ServerWritableStream<never, SessionEvent>,
    read,
    async readAll() {
      for (let next = goOn; next !== undefined; next = goOn) {
        goOn = undefined;
        next();
        await settled();
      }
    },
  };
}

function relayOf() {
  let tell: SessionWatcher = () => {};
  const session = {
    watch: (watcher: SessionWatcher) => {
      tell = watcher;
      return () => {};
    },
  } as unknown as Session;
  const close = async () => {};
  const finder = { close, locate: async () => ({ user: "", at: { t: "here" as const, session }, final: undefined }) };
  const dial = () => {
    throw new Error("nobody is dialled here");
  };
  const relay = new SessionRelay({ finder, dial, clock: new FakeClock() });
  return { relay, tell: (told: SessionEvent) => tell(told) };
}

describe("a watcher that stands still", () => {
  it("many events come -> watchBacklogMax are kept for it; then all notices, once, and the last state", async () => {
    const { relay, tell } = relayOf();
    const { call, read, readAll } = callOf();
    void relay.watch(call);
    await settled();
    const count = limits.watchBacklogMax * 3;
    for (let index = 0; index < count; index += 1) tell(event(SessionState.RENDERING, `notice ${index}`));
    expect(call.writableLength).toBeLessThanOrEqual(limits.watchBacklogMax);
    await readAll();
    tell(event(SessionState.FINISHED));
    await readAll();
    expect(read.at(-1)?.state).toBe(SessionState.FINISHED);
    expect(read.length).toBeLessThanOrEqual(limits.watchBacklogMax + 1);
    const notices = read.flatMap((each) => each.notices.map(({ text }) => text));
    expect(notices).toEqual(Array.from({ length: count }, (_, index) => `notice ${index}`));
  });

  it("the end comes while it stands still -> it is told the end all the same", async () => {
    const { relay, tell } = relayOf();
    const { call, read, readAll } = callOf();
    void relay.watch(call);
    await settled();
    for (let index = 0; index < limits.watchBacklogMax * 2; index += 1) tell(event(SessionState.RENDERING));
    tell(event(SessionState.FINISHED, "the end"));
    await readAll();
    expect(read.at(-1)).toMatchObject({ state: SessionState.FINISHED, notices: [{ text: "the end" }] });
  });
});
