// One measured figure of a bench file: each exports `run(): Promise<BenchRow[]>`.

export interface BenchRow {
  readonly name: string;
  readonly value: number;
  /** "µs", "×", "MB/s" … */
  readonly unit: string;
  /** What the value is compared with; null where it is only reported. */
  readonly goal: number | null;
  readonly higherIsBetter: boolean;
}
