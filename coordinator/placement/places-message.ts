// The shared value as bytes, and back. Compact, because all of a farm's places are one value of keyValueSizeBytesMax:
// names and nodes are written once, and computations that differ in their number alone together.
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { ArrasError } from "../../proto/errors.ts";
import {
  type NeededGroup,
  type NeededGroupSchema,
  type PlacedGroupSchema,
  type PlacedSession as PlacedSessionMessage,
  type PlacementNeeds,
  type PlacementNeedsSchema,
  type PlacesTable,
  PlacesTableSchema,
} from "../../proto/gen/arras/v1/placement_pb.ts";
import { limits } from "../../proto/limits.ts";
import type { ExpandedComputation } from "../session-definition/expand.ts";
import type { PlacementRequest } from "./placement-request.ts";
import type { PlacedSession, Places, WaitingSession } from "./places.ts";
import type { Reservation } from "./reservations.ts";

export function encodePlaces({ nextTicket, placed, waiting }: Places): Uint8Array {
  const nodeIndexes = new Map<string, number>();
  const sessions = [...placed.values()].map(({ sessionId, user, priority, reservations }) => ({
    sessionId,
    user,
    priority,
    groups: placedGroups(reservations, nodeIndexes),
  }));
  const table = create(PlacesTableSchema, {
    nextTicket: BigInt(nextTicket),
    nodeIds: [...nodeIndexes.keys()],
    placed: sessions,
    waiting: [...waiting.values()].map(({ sessionId, user, priority, ticket, request }) => ({
      sessionId,
      user,
      priority,
      ticket: BigInt(ticket),
      needs: needsOf(request),
    })),
  });
  return toBinary(PlacesTableSchema, table);
}

/** Throws `message-malformed`: nobody may place anything by a table that cannot be read. */
export function decodePlaces(bytes: Uint8Array): Places {
  const table = readTable(bytes);
  const placed = table.placed.map((message): PlacedSession => {
    const { sessionId, user, priority } = message;
    return { sessionId, user, priority, reservations: reservationsOf(message, table.nodeIds) };
  });
  const waiting = table.waiting.map(({ sessionId, user, priority, ticket, needs }): WaitingSession => {
    if (needs === undefined) throw malformed(`${sessionId} waits for nothing`);
    return { sessionId, user, priority, ticket: Number(ticket), request: requestOf(sessionId, needs) };
  });
  return {
    nextTicket: Number(table.nextTicket),
    placed: new Map(placed.map((each) => [each.sessionId, each])),
    waiting: new Map(waiting.map((each) => [each.sessionId, each])),
  };
}

function readTable(bytes: Uint8Array): PlacesTable {
  try {
    return fromBinary(PlacesTableSchema, bytes);
  } catch (thrown) {
    throw malformed(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** `mcrt_i12` is the 12th of `mcrt_i`. A number that would be written otherwise is part of the name. */
function splitName(name: string): { readonly prefix: string; readonly index: number | undefined } {
  const [, prefix, index] = /^(.*_i)(0|[1-9]\d{0,8})$/s.exec(name) ?? [];
  return prefix === undefined ? { prefix: name, index: undefined } : { prefix, index: Number(index) };
}

function placedGroups(
  reservations: readonly Reservation[],
  nodeIndexes: Map<string, number>,
): MessageInitShape<typeof PlacedGroupSchema>[] {
  const groups = new Map<
    string,
    { prefix: string; indexes: number[]; nodes: number[]; memoryMb: number[]; cores: number[] }
  >();
  for (const { computation, nodeId, memoryMB, cores } of reservations) {
    const { prefix, index } = splitName(computation);
    const key = `${index === undefined} ${prefix}`;
    const group = groups.get(key) ?? { prefix, indexes: [], nodes: [], memoryMb: [], cores: [] };
    groups.set(key, group);
    const nodeIndex = nodeIndexes.get(nodeId) ?? nodeIndexes.size;
    nodeIndexes.set(nodeId, nodeIndex);
    if (index !== undefined) group.indexes.push(index);
    group.nodes.push(nodeIndex);
    group.memoryMb.push(memoryMB);
    group.cores.push(cores);
  }
  return [...groups.values()];
}

function reservationsOf({ sessionId, groups }: PlacedSessionMessage, nodeIds: readonly string[]): Reservation[] {
  return groups.flatMap(({ prefix, indexes, nodes, memoryMb, cores }) =>
    nodes.map((nodeIndex, at): Reservation => {
      const nodeId = nodeIds[nodeIndex];
      const [memoryMB, coreCount] = [memoryMb[at], cores[at]];
      const computation = indexes.length === 0 ? prefix : `${prefix}${indexes[at]}`;
      if (nodeId === undefined || memoryMB === undefined || coreCount === undefined || !(coreCount >= 0))
        throw malformed(`${sessionId} has a place that is none`);
      if (indexes.length !== 0 && indexes.length !== nodes.length) throw malformed(`${sessionId} has nameless places`);
      return { sessionId, computation, nodeId, memoryMB, cores: coreCount };
    }),
  );
}

function needsOf(request: PlacementRequest): MessageInitShape<typeof PlacementNeedsSchema> {
  const {
    computations,
    growth = [],
    renderer,
    tags = [],
    architecture = "",
    clientHost = "",
    autoFit = false,
  } = request;
  const groups = [...neededGroups(computations, false), ...neededGroups(growth, true)];
  return { renderer, tags: [...tags], architecture, clientHost, autoFit, groups };
}

type NeededGroupInit = MessageInitShape<typeof NeededGroupSchema> & { count: number; firstIndex?: number };

function neededGroups(computations: readonly ExpandedComputation[], growth: boolean): NeededGroupInit[] {
  const groups: NeededGroupInit[] = [];
  let lastNeeds = "";
  for (const computation of computations) {
    const { prefix, index } = splitName(computation.name);
    const needs = {
      prefix,
      growth,
      renders: computation.kind === "mcrt",
      minCores: computation.minCores,
      ...(computation.maxCores === "all" ? {} : { maxCores: computation.maxCores }),
      memoryMb: computation.memoryMB,
      reservedCores: computation.reservedCores,
      maxThreads: computation.maxThreads ?? 0,
      hostnamePin: computation.hostnamePin ?? "",
      localOnly: computation.locality === "local-only",
      noLocal: computation.locality === "no-local",
    };
    const text = JSON.stringify(needs);
    const last = groups.at(-1);
    if (last?.firstIndex !== undefined && lastNeeds === text && index === last.firstIndex + last.count) last.count += 1;
    else groups.push({ ...needs, count: 1, ...(index === undefined ? {} : { firstIndex: index }) });
    lastNeeds = text;
  }
  return groups;
}

function requestOf(sessionId: string, needs: PlacementNeeds): PlacementRequest {
  const { renderer, tags, architecture, clientHost, autoFit, groups } = needs;
  const expanded = (growth: boolean) => groups.filter((each) => each.growth === growth).flatMap(computationsOf);
  return {
    sessionId,
    computations: expanded(false),
    growth: expanded(true),
    renderer,
    tags,
    architecture: architecture === "" ? undefined : architecture,
    clientHost: clientHost === "" ? undefined : clientHost,
    autoFit,
  };
}

function computationsOf(group: NeededGroup): ExpandedComputation[] {
  const { prefix, firstIndex, count, maxThreads, hostnamePin, localOnly, noLocal } = group;
  if (count > limits.mcrtCountMax) throw malformed(`${count} computations of ${prefix} wait`);
  return Array.from({ length: count }, (_, at) => ({
    name: firstIndex === undefined ? prefix : `${prefix}${firstIndex + at}`,
    group: firstIndex === undefined ? prefix : prefix.replace(/_i$/, ""),
    index: (firstIndex ?? 0) + at,
    kind: group.renders ? "mcrt" : "merge",
    minCores: group.minCores,
    maxCores: group.maxCores ?? "all",
    memoryMB: group.memoryMb,
    reservedCores: group.reservedCores,
    maxThreads: maxThreads === 0 ? undefined : maxThreads,
    hostnamePin: hostnamePin === "" ? undefined : hostnamePin,
    locality: localOnly ? "local-only" : noLocal ? "no-local" : "any",
    environment: {},
    logLevel: undefined,
    options: {},
  }));
}

function malformed(what: string): ArrasError {
  return new ArrasError("message-malformed", {
    message: `The farm's table of places cannot be read: ${what}`,
    action: "Do all coordinators have the same version? If so, end them, delete the table and start them again.",
  });
}
