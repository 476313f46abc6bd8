// A rendered unit as the message that goes to the merger.
import { create } from "@bufbuild/protobuf";
import { PlaneEncoding, PlaneSchema } from "../../proto/gen/arras/v1/common_pb.ts";
import { type Contribution, ContributionSchema } from "../../proto/gen/arras/v1/film_pb.ts";
import { type Unit, unitToMessage } from "../../proto/unit.ts";
import type { RenderedUnit } from "../renderers/renderer.ts";

const encodings = {
  constant: PlaneEncoding.CONSTANT,
  int32: PlaneEncoding.INT32,
  float64: PlaneEncoding.FLOAT64,
  float32: PlaneEncoding.FLOAT32,
} as const;

export interface Contributor {
  readonly sessionId: string;
  readonly computation: string;
  readonly nodeId: string;
}

export function contributionOf(
  { sessionId, computation, nodeId }: Contributor,
  unit: Unit,
  rendered: RenderedUnit,
): Contribution {
  const planes = rendered.planes.map(({ encoding, bytes }) =>
    create(PlaneSchema, { encoding: encodings[encoding], values: bytes as Uint8Array<ArrayBuffer> }),
  );
  const { clampedCount, nonFiniteCount, renderMs } = rendered;
  const origin = { computation, nodeId, clampedCount, nonFiniteCount, renderMs };
  return create(ContributionSchema, { sessionId, unit: unitToMessage(unit), planes, ...origin });
}
