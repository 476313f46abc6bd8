// The programs that an agent runs as computations. Pure.
import { ComputationKind } from "../proto/gen/arras/v1/node_pb.ts";

export const programs = ["merge", "mcrt"] as const;
export type ComputationProgram = (typeof programs)[number];

/** `kind`: of an order that was checked. */
export function programOf(kind: ComputationKind): ComputationProgram {
  return kind === ComputationKind.MERGE ? "merge" : "mcrt";
}
