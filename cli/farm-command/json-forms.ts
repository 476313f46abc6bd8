// The objects of arras-farm --json. Their field names are an interface: docs/operations.md lists them, new ones may
// come, and none changes its meaning. Pure.
import type { FarmEvent, NodeRow, SessionRow } from "../../proto/gen/arras/v1/farm_pb.ts";
import type { QueuePlace } from "../../proto/gen/arras/v1/session_pb.ts";
import { eventKindName } from "./event-line.ts";
import { nodeStateNames } from "./node-table.ts";
import { sessionStateName } from "./session-table.ts";

export function nodeForm(node: NodeRow) {
  return {
    id: node.nodeId,
    host: node.host,
    state: nodeStateNames[node.state],
    softwareVersion: node.softwareVersion,
    heardAgoMs: node.heardAgoMs,
    cores: node.coreCount,
    coresReserved: node.reservedCoreCount,
    memoryBytes: Number(node.memoryBytes),
    memoryReservedBytes: Number(node.reservedMemoryBytes),
    memoryUsedBytes: Number(node.usedMemoryBytes),
    memoryFreeBytes: node.freeMemoryBytes === 0n ? null : Number(node.freeMemoryBytes),
    loadAverage: node.loadAverage,
    drainLeftMs: node.drainLeftMs === 0 ? null : node.drainLeftMs,
    memoryEnforcement: node.memoryEnforcement,
    architecture: node.architecture,
    instructionSet: node.instructionSet,
    gpus: node.gpus.map(({ name, memoryBytes }) => ({ name, memoryBytes: Number(memoryBytes) })),
    renderers: node.renderers.map(({ name, version }) => ({ name, version })),
    tags: node.tags,
    cachedScenes: node.cachedSceneCount,
    computations: node.computations.map(({ sessionId, computation }) => ({ session: sessionId, name: computation })),
  };
}

export function sessionForm(session: SessionRow) {
  const { progress, error, queue } = session;
  return {
    id: session.sessionId,
    state: sessionStateName(session.state),
    user: session.user,
    priority: session.priority,
    owner: session.owner,
    scene: session.scene,
    width: session.widthPx,
    height: session.heightPx,
    createdAt: isoTime(session.createdAtMs),
    startedAt: session.startedAtMs === 0n ? null : isoTime(session.startedAtMs),
    queue: queue === undefined ? null : queueForm(queue),
    progress: {
      spp: progress?.sppMean ?? 0,
      sppBudget: session.budgetSpp,
      fraction: progress?.fraction ?? 0,
      error: progress === undefined || progress.error === 0 ? null : progress.error,
      samplesPerSecond: progress?.samplesPerSecond ?? 0,
      remainingMs: progress === undefined || progress.remainingMs === 0n ? null : Number(progress.remainingMs),
      computations: progress?.computationCount ?? 0,
    },
    computations: session.computations.map((each) => ({
      name: each.computation,
      node: each.nodeId,
      threads: each.threadCount,
      restarts: each.restartCount,
      peakMemoryBytes: Number(each.peakMemoryBytes),
      memoryLimitBytes: Number(each.memoryLimitBytes),
    })),
    failure: error === undefined ? null : { code: error.code, message: error.message, action: error.action },
  };
}

function queueForm({ position, waitingCount, reason, unblocks }: QueuePlace) {
  return { place: position === 0 ? null : position, waiting: waitingCount, reason, unblocks };
}

export function eventForm(event: FarmEvent) {
  const { error } = event;
  return {
    sequence: Number(event.sequence),
    at: isoTime(event.atMs),
    kind: eventKindName(event.kind),
    session: event.sessionId === "" ? null : event.sessionId,
    computation: event.computation === "" ? null : event.computation,
    node: event.nodeId === "" ? null : event.nodeId,
    attempt: event.attempt === 0 ? null : event.attempt,
    text: event.text,
    error: error === undefined ? null : { code: error.code, message: error.message, action: error.action },
  };
}

function isoTime(atMs: bigint): string {
  return new Date(Number(atMs)).toISOString();
}
