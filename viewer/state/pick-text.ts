// What was picked, in words.
import type { PickReply } from "../../proto/gen/arras/v1/look_pb.ts";
import { strengthOf } from "./colors.ts";
import { numberText } from "./pixel-text.ts";

export interface PickRow {
  readonly name: string;
  readonly text: string;
}

export function pickRows({ isHit, object, material, depth, position, normal, lights }: PickReply): PickRow[] {
  if (!isHit) return [{ name: "Here", text: "nothing" }];
  const numbers = (values: readonly number[]) => values.map((value) => numberText(value, false)).join(", ");
  return [
    { name: "Object", text: object },
    { name: "Material", text: material },
    { name: "Depth", text: `${numberText(depth, false)} m` },
    { name: "Position", text: numbers(position) },
    { name: "Normal", text: numbers(normal) },
    ...lights.map(({ id, irradiance }) => ({ name: `Light ${id}`, text: numberText(strengthOf(irradiance), false) })),
  ];
}
