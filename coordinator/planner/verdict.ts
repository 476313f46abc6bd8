// Who is wrong, of nodes that rendered the same unit. A sample is a function of scene, pixel and index, so equal
// builds give equal sums, and there is nothing to weigh: a node that contradicts itself is wrong, and so is one that
// more than one other outvotes. Pure.

/** `sums`: a digest of what came out. A node may vote more than once. */
export interface Vote {
  readonly nodeId: string;
  readonly sums: string;
}

export type Verdict =
  /** More have to render it. */
  | { readonly t: "open" }
  /** At least two nodes agree, and nobody differs. */
  | { readonly t: "equal" }
  /** What the others say is to be judged again without these. */
  | { readonly t: "wrong"; readonly nodeIds: readonly string[] };

export function judge(votes: readonly Vote[]): Verdict {
  const byNode = new Map<string, Set<string>>();
  for (const { nodeId, sums } of votes) byNode.set(nodeId, (byNode.get(nodeId) ?? new Set()).add(sums));
  const fickle = [...byNode].filter(([, said]) => said.size > 1).map(([nodeId]) => nodeId);
  if (fickle.length > 0) return { t: "wrong", nodeIds: fickle };
  const camps = new Map<string, string[]>();
  for (const [nodeId, [sums]] of byNode) camps.set(sums, [...(camps.get(sums) ?? []), nodeId]);
  const [largest = [], second = []] = [...camps.values()].sort((a, b) => b.length - a.length);
  if (largest.length < 2) return { t: "open" };
  if (camps.size === 1) return { t: "equal" };
  if (largest.length === second.length) return { t: "open" };
  return { t: "wrong", nodeIds: [...byNode.keys()].filter((nodeId) => !largest.includes(nodeId)) };
}

/** They have said different things. */
export function differ(votes: readonly Vote[]): boolean {
  return votes.some(({ sums }) => sums !== votes[0].sums);
}
