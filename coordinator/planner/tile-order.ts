// The order in which tiles are visited so that any first k of them cover the frame evenly: along a Hilbert curve,
// positions taken in bit-reversed order (van der Corput 1935: any prefix is spread evenly along the curve; Hilbert:
// near on the curve is near in the plane).

/** A permutation of 0 … columnCount·rowCount-1 (row by row from the top left). */
export function evenTileOrder(columnCount: number, rowCount: number): number[] {
  const tileCount = columnCount * rowCount;
  const side = powerOfTwoFrom(Math.max(columnCount, rowCount));
  const alongCurve = Array.from({ length: tileCount }, (_, tileIndex) => ({
    tileIndex,
    at: hilbertIndex(side, tileIndex % columnCount, Math.floor(tileIndex / columnCount)),
  })).sort((a, b) => a.at - b.at);
  const bitCount = Math.log2(powerOfTwoFrom(tileCount));
  const order: number[] = [];
  for (let step = 0; step < 2 ** bitCount; step++) {
    const at = reversedBits(step, bitCount);
    if (at < tileCount) order.push(alongCurve[at].tileIndex);
  }
  return order;
}

function powerOfTwoFrom(least: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, least)));
}

function reversedBits(value: number, bitCount: number): number {
  let reversed = 0;
  for (let bit = 0; bit < bitCount; bit++) reversed = reversed * 2 + (Math.floor(value / 2 ** bit) % 2);
  return reversed;
}

/** Position of cell (x, y) on the Hilbert curve through a square of `side` cells, a power of two. */
function hilbertIndex(side: number, x: number, y: number): number {
  let index = 0;
  let column = x;
  let row = y;
  for (let half = side / 2; half >= 1; half /= 2) {
    const right = column >= half ? 1 : 0;
    const lower = row >= half ? 1 : 0;
    index += half * half * ((3 * right) ^ lower);
    column -= right * half;
    row -= lower * half;
    if (lower === 0) {
      if (right === 1) {
        column = half - 1 - column;
        row = half - 1 - row;
      }
      [column, row] = [row, column];
    }
  }
  return index;
}
