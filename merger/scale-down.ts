// A plane made smaller by averaging areas: each target pixel is the mean of the source area it covers.

interface Size {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Target sides at most the source's. The same plane where the sizes are equal. */
export function scaledDown(source: Float32Array, from: Size, to: Size): Float32Array {
  if (from.widthPx === to.widthPx && from.heightPx === to.heightPx) return source;
  const rows = new Float32Array(to.widthPx * from.heightPx);
  const columns = spans(from.widthPx, to.widthPx);
  for (let y = 0; y < from.heightPx; y++) {
    for (let x = 0; x < to.widthPx; x++) {
      rows[y * to.widthPx + x] = mean(source, y * from.widthPx, 1, columns[x]);
    }
  }
  const scaled = new Float32Array(to.widthPx * to.heightPx);
  const lines = spans(from.heightPx, to.heightPx);
  for (let y = 0; y < to.heightPx; y++) {
    for (let x = 0; x < to.widthPx; x++) scaled[y * to.widthPx + x] = mean(rows, x, to.widthPx, lines[y]);
  }
  return scaled;
}

/** Source elements from `begin`, the first and last with a part of their weight; the weights' sum is the scale. */
interface Span {
  readonly begin: number;
  readonly weights: readonly number[];
}

function spans(sourceCount: number, targetCount: number): Span[] {
  const scale = sourceCount / targetCount;
  return Array.from({ length: targetCount }, (_, at) => {
    const low = at * scale;
    const high = Math.min(sourceCount, (at + 1) * scale);
    const begin = Math.floor(low);
    const count = Math.max(1, Math.ceil(high - 1e-9) - begin);
    const weights = Array.from({ length: count }, (_, k) => Math.min(high, begin + k + 1) - Math.max(low, begin + k));
    return { begin, weights };
  });
}

function mean(values: Float32Array, offset: number, stride: number, { begin, weights }: Span): number {
  let sum = 0;
  let total = 0;
  for (let k = 0; k < weights.length; k++) {
    sum += weights[k] * values[offset + (begin + k) * stride];
    total += weights[k];
  }
  return sum / total;
}
