// What is said of a computation that has been at one unit far too long. Pure.
import { ArrasError } from "../proto/errors.ts";
import type { Unit } from "../proto/unit.ts";

export function stuckError(computation: string, unit: Unit, runningMs: number): ArrasError {
  const { x0, y0, x1, y1 } = unit.rect;
  return new ArrasError("computation-lost", {
    message: `${computation} has been at one unit for ${Math.round(runningMs / 1000)} s and is ended`,
    action: "The unit is tried again elsewhere, then in parts.",
    place: { computation, unit: `pixels ${x0},${y0}-${x1},${y1}, samples ${unit.sampleBegin}-${unit.sampleEnd}` },
  });
}
