// Wires what operators look at: the journal and who listens to it, figures, traces, the overview of the farm.
import { randomUUID } from "node:crypto";
import { systemClock } from "../host/clock.ts";
import type { HttpRoute } from "../host/door/http-route.ts";
import type { ServedService } from "../host/grpc-server.ts";
import type { Log } from "../host/log.ts";
import { MetricSet } from "../host/metrics/metric-set.ts";
import type { NatsBus } from "../host/nats/nats-bus.ts";
import type { NatsEventLog } from "../host/nats/nats-event-log.ts";
import type { NatsLink } from "../host/nats/nats-link.ts";
import type { Coordinator } from "./coordinator.ts";
import { EventJournal } from "./journal/event-journal.ts";
import { type Journal, journalOf } from "./journal/happening.ts";
import { LogJournal } from "./journal/log-journal.ts";
import { farmGauges } from "./metrics/farm-gauges.ts";
import { MetricJournal } from "./metrics/metric-journal.ts";
import { coordinatorMetrics } from "./metrics/metric-table.ts";
import { Farm } from "./overview/farm.ts";
import { FarmNodes } from "./overview/farm-nodes.ts";
import { farmService } from "./overview/farm-service.ts";
import { healthRoutes } from "./overview/health-routes.ts";
import { SessionTraces } from "./tracing/session-traces.ts";

export interface OperationsSurroundings {
  readonly link: NatsLink;
  readonly bus: NatsBus;
  readonly events: NatsEventLog;
  readonly log: Log;
  /** Base URL of an OpenTelemetry collector; undefined: no traces. */
  readonly otlpEndpoint: string | undefined;
  /** By which other coordinators know this one; asked from the first request on. */
  address(): string;
  /** Asked from the first heartbeat on. */
  coordinator(): Coordinator;
}

export interface Operations {
  readonly journal: Journal;
  readonly meter: MetricSet<typeof coordinatorMetrics>;
  readonly farm: Farm;
  readonly service: ServedService;
  readonly routes: readonly HttpRoute[];
  callEnded(method: string, code: string): void;
  close(): Promise<void>;
}

export async function openOperations(world: OperationsSurroundings): Promise<Operations> {
  const { link, bus, events, log, otlpEndpoint } = world;
  const meter = new MetricSet(coordinatorMetrics);
  const eventJournal = new EventJournal({ events, log, newId: randomUUID, wallMs: Date.now });
  const tracer =
    otlpEndpoint === undefined
      ? undefined
      : new (await import("./tracing/otlp-tracer.ts")).OtlpTracer({ endpoint: otlpEndpoint, instanceId: randomUUID() });
  const journal = journalOf([
    new LogJournal(log),
    eventJournal,
    new MetricJournal(meter, Date.now),
    ...(tracer === undefined ? [] : [new SessionTraces(tracer, Date.now)]),
  ]);
  const nodes = new FarmNodes({ journal, startedAtMs: systemClock.nowMs(), startedWallMs: Date.now() });
  const farm = new Farm({
    bus,
    clock: systemClock,
    log,
    nodes,
    directory: {
      records: () => world.coordinator().records(),
      record: (sessionId) => world.coordinator().record(sessionId),
      ownerOf: (sessionId) => world.coordinator().ownerOf(sessionId),
    },
  });
  meter.watchProcess();
  const seen = { reconnections: 0, lostCount: 0 };
  meter.onRead(() => {
    const sessions = farm.sessions().filter(({ owner }) => owner === world.address());
    const moment = { nodes: farm.nodes(), sessions, isConnected: link.isConnected };
    for (const [name, values] of farmGauges(moment)) meter.set(name, values);
    meter.count("arras_nats_reconnects_total", link.reconnections - seen.reconnections);
    meter.count("arras_events_lost_total", eventJournal.lostCount - seen.lostCount);
    seen.reconnections = link.reconnections;
    seen.lostCount = eventJournal.lostCount;
  });
  const checks = [
    { name: "nats", isReady: () => link.isConnected },
    { name: "sessions", isReady: () => world.coordinator().isCurrent },
  ];
  return {
    journal,
    meter,
    farm,
    service: farmService(farm, events),
    routes: healthRoutes(checks, { contentType: meter.contentType, text: () => meter.text() }),
    callEnded: (method, code) => meter.count("arras_grpc_calls_total", 1, { method, code }),
    close: async () => {
      farm.close();
      await tracer?.close();
    },
  };
}
