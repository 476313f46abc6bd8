// Repeatable noise for the demo scene's textures and shapes. Pure: the same numbers give the same picture everywhere.

/** [0, 1), from three integers; the constants are those of Wellons' "lowbias32" hash. */
export function hash(x: number, y: number, seed: number): number {
  let h = (Math.imul(x | 0, 0x9e3779b1) ^ Math.imul(y | 0, 0x85ebca6b) ^ Math.imul(seed | 0, 0xc2b2ae35)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** Smooth noise in [0, 1] that repeats after `period` cells in x and y. */
export function valueNoise(x: number, y: number, period: number, seed: number): number {
  const [cellX, cellY] = [Math.floor(x), Math.floor(y)];
  const corner = (i: number, k: number) => hash(modulo(cellX + i, period), modulo(cellY + k, period), seed);
  const [u, v] = [smooth(x - cellX), smooth(y - cellY)];
  return mix(mix(corner(0, 0), corner(1, 0), u), mix(corner(0, 1), corner(1, 1), u), v);
}

/** Octaves of it, each twice as fine and half as strong; in [0, 1]. */
export function fractalNoise(x: number, y: number, period: number, octaves: number, seed: number): number {
  let [sum, total, scale, weight] = [0, 0, 1, 1];
  for (let octave = 0; octave < octaves; octave++) {
    sum += weight * valueNoise(x * scale, y * scale, period * scale, seed + octave);
    total += weight;
    scale *= 2;
    weight /= 2;
  }
  return sum / total;
}

export function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}

/** 0 below `from`, 1 above `to`, smooth between. */
export function ramp(from: number, to: number, value: number): number {
  return smooth(Math.min(1, Math.max(0, (value - from) / (to - from))));
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}

function modulo(value: number, period: number): number {
  return ((value % period) + period) % period;
}
