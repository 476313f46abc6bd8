// The farm's nodes as a table, and one node as a page. Pure.
import { type NodeRow, NodeState } from "../../proto/gen/arras/v1/farm_pb.ts";
import { agoText, cores, countedText, gigabytes } from "./amounts.ts";
import { pageText, tableText } from "./table.ts";

export const nodeStateNames: Readonly<Record<NodeState, string>> = {
  [NodeState.UNSPECIFIED]: "unknown",
  [NodeState.READY]: "ready",
  [NodeState.DRAINING]: "draining",
  [NodeState.REFUSED]: "refused",
  [NodeState.QUARANTINED]: "quarantined",
};

const columns = [
  { title: "NODE", charsMin: 10 },
  { title: "STATE" },
  { title: "CORES", align: "right" },
  { title: "MEMORY GB", align: "right" },
  { title: "USED", align: "right" },
  { title: "LIMITS" },
  { title: "RENDERERS", charsMin: 9 },
  { title: "CPU", charsMin: 4 },
  { title: "GPU", charsMin: 4 },
  { title: "TAGS", charsMin: 4 },
  { title: "RUNS", align: "right" },
  { title: "HEARD", align: "right" },
] as const;

/** Reserved of all: "4/8". */
export function nodeTable(nodes: readonly NodeRow[], widthMax: number): string {
  if (nodes.length === 0) return "No node is heard of. On each machine: arras-node --nats nats://HOST:4222\n";
  const rows = nodes.map((node) => [
    node.nodeId,
    nodeStateNames[node.state],
    `${cores(node.reservedCoreCount)}/${cores(node.coreCount)}`,
    `${gigabytes(node.reservedMemoryBytes)}/${gigabytes(node.memoryBytes)}`,
    gigabytes(node.usedMemoryBytes),
    node.memoryEnforcement,
    node.renderers.map(({ name }) => name).join(","),
    machineText(node),
    node.gpus.map(({ name }) => name).join(","),
    node.tags.join(","),
    String(node.computations.length),
    agoText(node.heardAgoMs),
  ]);
  return `${tableText(columns, rows, widthMax)}${sumText(nodes)}${refusedText(nodes)}`;
}

function machineText({ architecture, instructionSet }: NodeRow): string {
  return [architecture, instructionSet].filter((word) => word !== "").join(" ");
}

function sumText(nodes: readonly NodeRow[]): string {
  const taking = nodes.filter(({ state }) => state !== NodeState.REFUSED);
  const sum = (amount: (node: NodeRow) => number) => taking.reduce((total, node) => total + amount(node), 0);
  const coreCount = sum((node) => node.coreCount);
  const coreText = `${cores(coreCount)} core${coreCount === 1 ? "" : "s"} (${cores(sum((node) => node.reservedCoreCount))} reserved)`;
  const memory = gigabytes(sum((node) => Number(node.memoryBytes)));
  const reserved = gigabytes(sum((node) => Number(node.reservedMemoryBytes)));
  return `${countedText(taking.length, "node")}: ${coreText}, ${memory} GB (${reserved} reserved)\n`;
}

function refusedText(nodes: readonly NodeRow[]): string {
  const refused = nodes.filter(({ state }) => state === NodeState.REFUSED);
  if (refused.length === 0) return "";
  const versions = [...new Set(refused.map(({ softwareVersion }) => softwareVersion))].join(", ");
  return `${countedText(refused.length, "node")} refused, of version ${versions}: install the coordinator's there\n`;
}

function freeText({ freeMemoryBytes }: NodeRow): string {
  return freeMemoryBytes === 0n ? "" : `; ${gigabytes(freeMemoryBytes)} GB free`;
}

export function nodePage(node: NodeRow): string {
  return pageText([
    ["node", node.nodeId],
    ["host", node.host],
    ["state", `${nodeStateNames[node.state]}${node.drainLeftMs === 0 ? "" : `, ${agoText(node.drainLeftMs)} left`}`],
    ["software", node.softwareVersion],
    ["heard", `${agoText(node.heardAgoMs)} ago`],
    ["cores", `${cores(node.coreCount)}, ${cores(node.reservedCoreCount)} reserved`],
    ["memory", `${gigabytes(node.memoryBytes)} GB, ${gigabytes(node.reservedMemoryBytes)} GB reserved`],
    ["in use", `${gigabytes(node.usedMemoryBytes)} GB by computations${freeText(node)}`],
    ["load", node.loadAverage === 0 ? "" : node.loadAverage.toFixed(2)],
    ["limits by", node.memoryEnforcement],
    ["machine", machineText(node)],
    ["gpus", node.gpus.map(({ name, memoryBytes }) => `${name} (${gigabytes(memoryBytes)} GB)`).join(", ")],
    ["renderers", node.renderers.map(({ name, version }) => `${name} ${version}`.trimEnd()).join(", ")],
    ["tags", node.tags.join(", ")],
    ["scenes", node.cachedSceneCount === 0 ? "" : `${node.cachedSceneCount} in its cache`],
    ...node.computations.map(
      ({ sessionId, computation }, index) =>
        [index === 0 ? "runs" : " ", `${computation} of session ${sessionId}`] as const,
    ),
  ]);
}
