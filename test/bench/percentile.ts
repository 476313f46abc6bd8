// What of many measurements is told.

/** Of at least one value; `share` 0 to 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Of an even number, the higher of the two in the middle. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
