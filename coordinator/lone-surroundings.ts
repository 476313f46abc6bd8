// What surrounds a coordinator that shares its sessions with no other: stores in its own memory.
import { randomUUID } from "node:crypto";
import type { Bus } from "../host/bus.ts";
import { systemClock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { InMemoryKeyValue } from "../host/nats/in-memory-key-value.ts";
import { stableId } from "../host/stable-id.ts";
import { BusLauncher } from "./launcher.ts";

/** `address`: where its computations reach it; asked when they are launched. */
export function loneSurroundings(bus: Bus, log: Log, address: () => string) {
  return {
    bus,
    clock: systemClock,
    wallClockMs: Date.now,
    log,
    launcher: new BusLauncher(bus, address),
    stores: { sessions: new InMemoryKeyValue(), leases: new InMemoryKeyValue(), places: new InMemoryKeyValue() },
    newId: randomUUID,
    sessionIdFor: stableId,
    coordinatorAddress: address,
  };
}
