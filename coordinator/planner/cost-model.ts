// What a sample of a tile costs and how fast a computation is, learned together from measured times. Time = cost ÷
// speed, so in logarithms each measurement speaks of a sum of two unknowns: a scalar Kalman filter gives each its share
// of the surprise by how uncertain it still is. Neighbouring covariances are left out: they would cost a matrix.

/** Variances of natural logarithms. */
const firstCostVariance = 16;
/** Tiles of one frame differ log-normally by about e^±1; computations of one farm by about 0.5-2 times. */
const tileVariance = 1;
const speedVariance = 0.25;
/** What is never trusted further, so that changes (a busy machine, deeper paths) are followed. */
const tileVarianceMin = 0.01;
const speedVarianceMin = 0.004;
const measurementVariance = 0.02;
/** Timer, cache and call overhead of short units: one millisecond is off by about half of it. */
const shortUnitMs = 0.5;
/** One microsecond, until something is measured. */
const firstCostMs = 1e-3;
const predictedMsMin = 0.02;

/** Owned by the computation's record; `speed` is relative to whatever the first measurements made 1. */
export interface SpeedEstimate {
  speed: number;
  variance: number;
}

export function unknownSpeed(): SpeedEstimate {
  return { speed: 1, variance: speedVariance };
}

export class CostModel {
  readonly #costMs: Float64Array;
  /** 0: never measured. */
  readonly #variance: Float64Array;
  #knownCount = 0;
  #knownCostMsSum = 0;

  constructor(tileCount: number) {
    this.#costMs = new Float64Array(tileCount);
    this.#variance = new Float64Array(tileCount);
  }

  /** Some tile was measured: before that all costs are a guess. */
  get hasMeasured(): boolean {
    return this.#knownCount > 0;
  }

  /** Milliseconds of a thread with speed 1 for one sample of one pixel; the frame's mean for an unknown tile. */
  costMs(tileIndex: number): number {
    if (this.#variance[tileIndex] > 0) return this.#costMs[tileIndex];
    return this.#knownCount > 0 ? this.#knownCostMsSum / this.#knownCount : firstCostMs;
  }

  /** One thread's time for so many samples of so many pixels of the tile. */
  predictedMs(tileIndex: number, pixelSamples: number, by: SpeedEstimate): number {
    return Math.max(predictedMsMin, (this.costMs(tileIndex) * pixelSamples) / by.speed);
  }

  /** The 95th percentile of a log-normal time is the prediction times this. */
  p95Factor(tileIndex: number, by: SpeedEstimate): number {
    return Math.exp(1.645 * Math.sqrt(this.#varianceOf(tileIndex) + by.variance + measurementVariance));
  }

  /** Learns from one unit; ignores those without a sample, and times that are not positive and finite. Changes `by`. */
  measure(tileIndex: number, pixelSamples: number, renderMs: number, by: SpeedEstimate): void {
    if (pixelSamples === 0 || !(renderMs > 0) || !Number.isFinite(renderMs)) return;
    const cost = this.costMs(tileIndex);
    const costVariance = this.#varianceOf(tileIndex);
    const surprise = Math.log((renderMs * by.speed) / (cost * pixelSamples));
    const noise = measurementVariance + (shortUnitMs / renderMs) ** 2;
    const total = costVariance + by.variance + noise;
    const costGain = costVariance / total;
    const speedGain = by.variance / total;
    this.#learn(
      tileIndex,
      cost * Math.exp(costGain * surprise),
      Math.max(tileVarianceMin, costVariance * (1 - costGain)),
    );
    by.speed *= Math.exp(-speedGain * surprise);
    by.variance = Math.max(speedVarianceMin, by.variance * (1 - speedGain));
  }

  /** The scene changed: costs stay as guesses, and are believed as little as any tile's before its measurement. */
  doubt(): void {
    for (let tileIndex = 0; tileIndex < this.#variance.length; tileIndex++) {
      if (this.#variance[tileIndex] > 0) this.#variance[tileIndex] = tileVariance / 4;
    }
  }

  #varianceOf(tileIndex: number): number {
    if (this.#variance[tileIndex] > 0) return this.#variance[tileIndex];
    return this.#knownCount > 0 ? tileVariance : firstCostVariance;
  }

  #learn(tileIndex: number, costMs: number, variance: number): void {
    if (this.#variance[tileIndex] > 0) this.#knownCostMsSum += costMs - this.#costMs[tileIndex];
    else {
      this.#knownCount++;
      this.#knownCostMsSum += costMs;
    }
    this.#costMs[tileIndex] = costMs;
    this.#variance[tileIndex] = variance;
  }
}
