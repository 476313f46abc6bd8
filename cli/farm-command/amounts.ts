// Figures as people read them in a table. Pure.

/** "1.5" of gigabytes (2³⁰), without the unit. */
export function gigabytes(sizeBytes: number | bigint): string {
  return (Number(sizeBytes) / 2 ** 30).toFixed(1);
}

/** "8" or "0.5". */
export function cores(count: number): string {
  return Number.isInteger(count) ? String(count) : count.toFixed(1);
}

/** "0.4 s", "12 s", "3 min", "2.5 h", "4.0 d". */
export function agoText(durationMs: number): string {
  const seconds = Math.max(0, durationMs) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} d`;
}

/** "2026-05-01 12:00:00", by this machine's clock and zone. */
export function timeText(atMs: number | bigint): string {
  const at = new Date(Number(atMs));
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export function countedText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
