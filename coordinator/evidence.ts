// What shows that nodes rendered the same samples differently, in words: for operators, who compare it with a log. Pure.
import { type Unit, unitKey } from "../proto/unit.ts";
import type { Vote } from "./planner/verdict.ts";

/** So much of a digest tells any two apart, and fits on a line. */
const digestChars = 16;

/** "of e1 0,0-64,64 s0-4 n1 made 0011…, n2 8899…". */
export function evidenceText(unit: Unit, votes: readonly Vote[]): string {
  const said = votes.map(({ nodeId, sums }) => `${nodeId} made ${sums.slice(0, digestChars)}`);
  return `of ${unitKey(unit)} ${[...new Set(said)].join(", ")}`;
}

export function wrongText(nodeId: string, evidence: string): string {
  return `Node ${nodeId} renders wrong samples: it is quarantined, and what it gave is rendered again (${evidence})`;
}

export function undecidedText(evidence: string): string {
  return `Nodes differ, and there is no other to tell which of them is wrong; the frame may be wrong (${evidence})`;
}

export function uncheckedText(unitCount: number): string {
  return `${unitCount} of the units to be verified were rendered by one node alone`;
}
