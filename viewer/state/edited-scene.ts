// A scene as its file has it, with edits: what each part is now, and the edits after a change. Edits are the whole
// difference (edits.proto), so a part that is as in the file has none. Pure.
import { create, equals } from "@bufbuild/protobuf";
import {
  type EnvironmentEdit,
  EnvironmentEditSchema,
  type LightContents,
  type LightEdit,
  LightEditSchema,
  type LinearColor,
  type MaterialContents,
  type MaterialEdit,
  MaterialEditSchema,
  type ObjectEdit,
  ObjectEditSchema,
  type SceneEdits,
  SceneEditsSchema,
} from "../../proto/gen/arras/v1/edits_pb.ts";
import type { CameraChoice } from "../../proto/gen/arras/v1/scene_pb.ts";

export const noEdits: SceneEdits = create(SceneEditsSchema);

export function sameEdits(a: SceneEdits, b: SceneEdits): boolean {
  return equals(SceneEditsSchema, a, b);
}

export interface LightNow {
  readonly intensity: LinearColor | undefined;
  readonly isOff: boolean;
}

export function lightNow({ id, intensity }: LightContents, { lights }: SceneEdits): LightNow {
  const edit = lights.find((light) => light.id === id);
  return { intensity: edit?.intensity ?? intensity, isOff: edit?.off ?? false };
}

export interface MaterialNow {
  readonly baseColor: LinearColor | undefined;
  readonly roughness: number;
  readonly metallic: number;
}

export function materialNow(material: MaterialContents, { materials }: SceneEdits): MaterialNow {
  const edit = materials.find(({ id }) => id === material.id);
  return {
    baseColor: edit?.baseColor ?? material.baseColor,
    roughness: edit?.roughness ?? material.roughness,
    metallic: edit?.metallic ?? material.metallic,
  };
}

export function isHidden(id: string, { objects }: SceneEdits): boolean {
  return objects.some((object) => object.id === id && object.hidden);
}

/** undefined: as the session began. */
export function withCamera(edits: SceneEdits, camera: CameraChoice | undefined): SceneEdits {
  return changed(edits, { camera });
}

export interface EnvironmentChange {
  readonly rotationDeg?: number | undefined;
  readonly tint?: LinearColor | undefined;
}

/** What is undefined in `change` goes back to the file's. */
export function withEnvironment(edits: SceneEdits, change: EnvironmentChange): SceneEdits {
  const { rotationDeg, tint }: EnvironmentChange = { ...edits.environment, ...change };
  if (rotationDeg === undefined && tint === undefined) return changed(edits, { environment: undefined });
  const environment = create(EnvironmentEditSchema, {
    ...(rotationDeg === undefined ? {} : { rotationDeg }),
    ...(tint === undefined ? {} : { tint }),
  });
  return changed(edits, { environment });
}

export function withLight(
  edits: SceneEdits,
  id: string,
  change: Partial<Pick<LightEdit, "intensity" | "off">>,
): SceneEdits {
  const former = edits.lights.find((light) => light.id === id);
  const next = create(LightEditSchema, { ...former, ...change, id });
  const isPlain = next.intensity === undefined && !next.off;
  return changed(edits, { lights: replaced(edits.lights, id, isPlain ? undefined : next) });
}

export function withMaterial(
  edits: SceneEdits,
  id: string,
  change: Partial<Pick<MaterialEdit, "baseColor" | "roughness" | "metallic">>,
): SceneEdits {
  const former = edits.materials.find((material) => material.id === id);
  const next = create(MaterialEditSchema, { ...former, ...change, id });
  return changed(edits, { materials: replaced(edits.materials, id, next) });
}

/** As the file has it. */
export function withPlainMaterial(edits: SceneEdits, id: string): SceneEdits {
  return changed(edits, { materials: replaced(edits.materials, id, undefined) });
}

export function withHidden(edits: SceneEdits, id: string, hidden: boolean): SceneEdits {
  const next = hidden ? create(ObjectEditSchema, { id, hidden }) : undefined;
  return changed(edits, { objects: replaced(edits.objects, id, next) });
}

/** Of all kinds together, the camera and the environment as one each. */
export function editCount({ camera, environment, lights, materials, objects }: SceneEdits): number {
  const single = [camera, environment].filter((part) => part !== undefined).length;
  return single + lights.length + materials.length + objects.length;
}

interface Change {
  readonly camera?: CameraChoice | undefined;
  readonly environment?: EnvironmentEdit | undefined;
  readonly lights?: LightEdit[];
  readonly materials?: MaterialEdit[];
  readonly objects?: ObjectEdit[];
}

function changed(edits: SceneEdits, change: Change): SceneEdits {
  const { camera, environment, lights, materials, objects } = { ...edits, ...change };
  return create(SceneEditsSchema, {
    ...(camera === undefined ? {} : { camera }),
    ...(environment === undefined ? {} : { environment }),
    lights,
    materials,
    objects,
  });
}

function replaced<Part extends { readonly id: string }>(
  parts: readonly Part[],
  id: string,
  next: Part | undefined,
): Part[] {
  const index = parts.findIndex((part) => part.id === id);
  if (next === undefined) return parts.filter((part) => part.id !== id);
  return index === -1 ? [...parts, next] : parts.map((part) => (part.id === id ? next : part));
}
