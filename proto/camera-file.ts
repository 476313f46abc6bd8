// A camera as files that people write have it (docs/edits.md, docs/camera-path.md): its form, and both ways. Pure.
import { create } from "@bufbuild/protobuf";
import { z } from "zod";
import { type CameraChoice, CameraChoiceSchema } from "./gen/arras/v1/scene_pb.ts";

const three = z.tuple([z.number(), z.number(), z.number()]);

/** All but the name, which each file bounds itself. What the numbers may be, checkEdits says. */
export const cameraFields = {
  lookFrom: three.optional(),
  lookAt: three.optional(),
  up: three.optional(),
  verticalFovDeg: z.number().optional(),
  apertureRadius: z.number().optional(),
  focusDistance: z.number().optional(),
};

export interface CameraForm {
  readonly name?: string | undefined;
  readonly lookFrom?: readonly number[] | undefined;
  readonly lookAt?: readonly number[] | undefined;
  readonly up?: readonly number[] | undefined;
  readonly verticalFovDeg?: number | undefined;
  readonly apertureRadius?: number | undefined;
  readonly focusDistance?: number | undefined;
}

export function cameraFromForm(form: CameraForm): CameraChoice {
  const { verticalFovDeg, apertureRadius, focusDistance } = form;
  return create(CameraChoiceSchema, {
    name: form.name ?? "",
    lookFrom: [...(form.lookFrom ?? [])],
    lookAt: [...(form.lookAt ?? [])],
    up: [...(form.up ?? [])],
    ...(verticalFovDeg === undefined ? {} : { verticalFovDeg }),
    ...(apertureRadius === undefined ? {} : { apertureRadius }),
    ...(focusDistance === undefined ? {} : { focusDistance }),
  });
}

/** Nothing that says nothing. */
export function cameraToForm({ name, lookFrom, lookAt, up, ...rest }: CameraChoice): CameraForm {
  const vector = (value: readonly number[]) => (value.length === 3 ? value : undefined);
  return {
    name: name === "" ? undefined : name,
    lookFrom: vector(lookFrom),
    lookAt: vector(lookAt),
    up: vector(up),
    verticalFovDeg: rest.verticalFovDeg,
    apertureRadius: rest.apertureRadius,
    focusDistance: rest.focusDistance,
  };
}
