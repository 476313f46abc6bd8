// What was picked, by the names that a user knows. Pure.
import { create } from "@bufbuild/protobuf";
import { type PickReply, PickReplySchema } from "../../proto/gen/arras/v1/look_pb.ts";
import { limits } from "../../proto/limits.ts";
import type { Vector3 } from "./description.ts";
import type { EditableScene } from "./editable-scene.ts";

/** As a renderer says it (Renderer.pick). */
export interface PickedSurface {
  readonly objectId: number;
  readonly materialIndex: number;
  readonly depth: number;
  readonly position: Vector3;
  readonly normal: Vector3;
  readonly lights: readonly {
    readonly t: "environment" | "point" | "spot" | "directional" | "emitter";
    readonly index: number;
    readonly irradiance: Vector3;
  }[];
}

/** `objectNames`: of those beyond what can be edited. */
export function pickedMessage(scene: EditableScene, objectNames: readonly string[], picked: PickedSurface): PickReply {
  const { objectId, materialIndex, depth, position, normal } = picked;
  const strongest = [...picked.lights].sort((a, b) => luminance(b.irradiance) - luminance(a.irradiance));
  return create(PickReplySchema, {
    isHit: true,
    object: scene.objects[objectId - 1] ?? objectNames[objectId - 1] ?? "",
    material: scene.materials[materialIndex] ?? "",
    depth,
    position: [...position],
    normal: [...normal],
    lights: strongest.slice(0, limits.pickedLightsMax).map(({ t, index, irradiance: [r, g, b] }) => ({
      $typeName: "arras.v1.PickedLight" as const,
      id: lightId(scene, t, index),
      irradiance: { $typeName: "arras.v1.LinearColor" as const, r, g, b },
    })),
  });
}

function lightId(
  { lights, punctual, emitters }: EditableScene,
  t: PickedSurface["lights"][number]["t"],
  index: number,
): string {
  if (t === "environment") return "environment";
  if (t === "emitter") return lights[punctual.length + emitters.indexOf(index)] ?? "";
  const ofKind = [...punctual.keys()].filter((at) => punctual[at]?.t === t);
  return lights[ofKind[index] ?? -1] ?? "";
}

function luminance([r, g, b]: Vector3): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
