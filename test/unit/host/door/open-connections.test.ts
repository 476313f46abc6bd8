import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { OpenConnections } from "../../../../host/door/open-connections.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";

/** As much of a socket as is counted. */
function connectionOf(remoteAddress: string): Socket {
  return Object.assign(new EventEmitter(), { remoteAddress }) as Socket;
}

function counted(bounds = { connectionsMax: 3, connectionsPerAddressMax: 2 }) {
  const lines: string[] = [];
  const clock = new FakeClock();
  const log = pino({ level: "warn" }, { write: (line) => void lines.push(line) });
  return { open: new OpenConnections(bounds, clock, log), clock, lines };
}

describe("connections of a door", () => {
  it("up to the bound of an address, and of all -> taken; one more -> refused", () => {
    const { open } = counted();
    const admitted = ["a", "a", "a", "b", "c"].map((address) => open.admit(connectionOf(address)));
    expect(admitted).toEqual([true, true, false, true, false]);
    expect(open.count).toBe(3);
  });

  it("one closes -> its place is free; a refused one that closes frees nothing", () => {
    const { open } = counted({ connectionsMax: 1, connectionsPerAddressMax: 1 });
    const [first, second] = [connectionOf("a"), connectionOf("a")];
    open.admit(first);
    open.admit(second);
    second.emit("close");
    expect(open.admit(connectionOf("a"))).toBe(false);
    first.emit("close");
    expect([open.count, open.admit(connectionOf("a"))]).toEqual([0, true]);
  });

  it("many are refused -> one line a minute", () => {
    const { open, clock, lines } = counted({ connectionsMax: 0, connectionsPerAddressMax: 0 });
    for (let count = 0; count < 100; count += 1) open.admit(connectionOf("a"));
    expect(lines).toHaveLength(1);
    clock.advance(60_000);
    open.admit(connectionOf("a"));
    expect(lines).toHaveLength(2);
  });

  it("a connection breaks -> its error is nobody's end", () => {
    const { open } = counted();
    const connection = connectionOf("a");
    open.admit(connection);
    expect(connection.emit("error", new Error("ECONNRESET"))).toBe(true);
  });
});
