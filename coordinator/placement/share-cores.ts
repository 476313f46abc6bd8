// How the cores of one node become threads of the computations on it: each its minimum, then one core after the other
// to whoever has fewest and may have more.

export interface CoreWish {
  readonly minCores: number;
  readonly maxCores: number | "all";
  readonly maxThreads: number | undefined;
}

export interface CoreShare {
  /** Taken of the node; a minimum's fraction stays a fraction. */
  readonly cores: number;
  /** At least 1, also for a computation with 0 cores: it waits, and takes none from the others. */
  readonly threadCount: number;
}

/**
 * In the order of `wishes`. Where the minimums pass `cores` (a node that shares), each still gets its own: the
 * operating system divides.
 */
export function shareCores(cores: number, wishes: readonly CoreWish[]): CoreShare[] {
  const shares = wishes.map(({ minCores }) => minCores);
  let left = cores - shares.reduce((total, share) => total + share, 0);
  for (;;) {
    let poorest = -1;
    for (let at = 0; at < wishes.length; at += 1) {
      const step = nextShare(shares[at]);
      if (step > shareMax(wishes[at]) || step - shares[at] > left) continue;
      if (poorest < 0 || shares[at] < shares[poorest]) poorest = at;
    }
    if (poorest < 0) break;
    left -= nextShare(shares[poorest]) - shares[poorest];
    shares[poorest] = nextShare(shares[poorest]);
  }
  return wishes.map((wish, at) => ({ cores: shares[at], threadCount: threadsOf(shares[at], wish) }));
}

export function threadsOf(cores: number, { maxThreads }: Pick<CoreWish, "maxThreads">): number {
  const threadCount = Math.max(1, Math.floor(cores));
  return Math.min(threadCount, maxThreads ?? threadCount);
}

/** The first thread is there from the start, so less than a core grows to one before it grows by one. */
function nextShare(share: number): number {
  return share < 1 ? 1 : share + 1;
}

function shareMax({ maxCores, maxThreads }: CoreWish): number {
  const byCores = maxCores === "all" ? Number.POSITIVE_INFINITY : maxCores;
  return Math.min(byCores, maxThreads ?? Number.POSITIVE_INFINITY);
}
