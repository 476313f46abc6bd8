// How the cores of one node become threads of the computations on it: each its minimum, then one core after the other
// to whoever has fewest and may have more.

export interface CoreWish {
  readonly minCores: number;
  readonly maxCores: number | "all";
  readonly maxThreads: number | undefined;
}

/**
 * Threads of each, in the order of `wishes`; at least 1, also for a computation with 0 cores. Where the minimums pass
 * `cores` (a node that shares), each still gets its own minimum: the operating system divides.
 */
export function shareCores(cores: number, wishes: readonly CoreWish[]): number[] {
  const threadCounts = wishes.map((wish) => Math.min(threadCountMax(wish), Math.max(1, Math.floor(wish.minCores))));
  // A computation with 0 cores waits; its one thread takes none from the others.
  let left =
    Math.floor(cores) - threadCounts.reduce((total, count, at) => total + (wishes[at].maxCores === 0 ? 0 : count), 0);
  while (left > 0) {
    let poorest = -1;
    for (let at = 0; at < wishes.length; at += 1) {
      if (threadCounts[at] >= threadCountMax(wishes[at])) continue;
      if (poorest < 0 || threadCounts[at] < threadCounts[poorest]) poorest = at;
    }
    if (poorest < 0) break;
    threadCounts[poorest] += 1;
    left -= 1;
  }
  return threadCounts;
}

function threadCountMax({ maxCores, maxThreads }: CoreWish): number {
  const byCores = maxCores === "all" ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(maxCores));
  return Math.min(byCores, maxThreads ?? Number.POSITIVE_INFINITY);
}
