/** Where a computation goes and what it may use there. */
export interface Berth {
  readonly name: string;
  readonly nodeId: string;
  readonly threadCount: number;
  readonly memoryLimitBytes: number;
  /** Of the node's; 0 for one that waits rather than computes. */
  readonly coresReserved: number;
  readonly environment: Readonly<Record<string, string>>;
}
