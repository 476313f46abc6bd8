// How long to wait before a connection is tried again.

const firstMs = 250;
const longestMs = 8000;

/** `attempt`: from 0. `share`: 0 to 1, at random, so that many pages do not come at once. */
export function retryMs(attempt: number, share: number): number {
  const most = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 10));
  return most / 2 + (share * most) / 2;
}
