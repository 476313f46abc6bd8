// Reads the punctual lights and cameras that hang on glTF's nodes. Photometric units are taken as radiometric ones, one
// to one (candela as W/sr, lux as W/m²): what counts in a picture is the ratio between lights, and this is how
// exporters with a "unitless" option and most renderers understand them.
import { z } from "zod";
import { orthonormalized } from "../camera.ts";
import type { Camera, Matrix4, PunctualLight, Vector3 } from "../description.ts";
import { normalized, transformDirection, transformPoint } from "../matrix.ts";
import type { GltfSource } from "./gltf-source.ts";

const extensionName = "KHR_lights_punctual";
const color = z.array(z.number().min(0)).length(3).default([1, 1, 1]);
const shared = {
  name: z.string().optional(),
  color,
  intensity: z.number().min(0).default(1),
  range: z.number().optional(),
};
const lightSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("point"), ...shared }),
  z.object({ type: z.literal("directional"), ...shared }),
  z.object({
    type: z.literal("spot"),
    ...shared,
    spot: z
      .object({
        innerConeAngle: z
          .number()
          .min(0)
          .max(Math.PI / 2)
          .default(0),
        outerConeAngle: z
          .number()
          .gt(0)
          .max(Math.PI / 2 + 1e-6)
          .default(Math.PI / 4),
      })
      .default({ innerConeAngle: 0, outerConeAngle: Math.PI / 4 }),
  }),
]);
const lightListSchema = z.object({ lights: z.array(lightSchema) });
const lightUseSchema = z.object({ light: z.int().min(0) });

type GltfLight = z.infer<typeof lightSchema>;

/** The file's list of lights, which nodes point into. */
export function readLightList(source: GltfSource): readonly GltfLight[] {
  return source.extension(source.json, extensionName, lightListSchema, "")?.lights ?? [];
}

/** The light that hangs on a node. */
export function readLight(
  source: GltfSource,
  lights: readonly GltfLight[],
  nodeIndex: number,
  toWorld: Matrix4,
): PunctualLight | undefined {
  const node = source.json.nodes[nodeIndex]!;
  const place = `nodes[${nodeIndex}]`;
  const use = source.extension(node, extensionName, lightUseSchema, place);
  if (use === undefined) return undefined;
  const light = lights[use.light];
  if (light === undefined) {
    throw source.broken(
      `${place}.extensions.${extensionName}`,
      `It names lights[${use.light}], but the file has ${lights.length} lights`,
    );
  }
  if (light.range !== undefined) source.notice("The range of punctual lights is ignored: they shine to infinity");
  const name = node.name ?? light.name ?? `light ${use.light}`;
  const strength: Vector3 = [
    light.color[0]! * light.intensity,
    light.color[1]! * light.intensity,
    light.color[2]! * light.intensity,
  ];
  if (light.type === "point")
    return { t: "point", name, position: transformPoint(toWorld, [0, 0, 0]), intensity: strength };
  const direction = normalized(transformDirection(toWorld, [0, 0, -1]));
  if (direction === undefined) throw source.broken(place, "The light has no direction: its transform flattens it");
  if (light.type === "directional")
    return { t: "directional", name, direction, irradiance: strength, angularRadiusRad: 0 };
  const { innerConeAngle, outerConeAngle } = light.spot;
  if (innerConeAngle >= outerConeAngle) {
    throw source.broken(
      `extensions.${extensionName}.lights[${use.light}].spot`,
      "innerConeAngle must be less than outerConeAngle",
    );
  }
  return {
    t: "spot",
    name,
    position: transformPoint(toWorld, [0, 0, 0]),
    direction,
    intensity: strength,
    innerConeRad: innerConeAngle,
    outerConeRad: Math.min(outerConeAngle, Math.PI / 2),
  };
}

/** The camera that hangs on a node, a pinhole. Its scale does not count; aspect ratio and clipping are the film's. */
export function readCamera(source: GltfSource, nodeIndex: number, toWorld: Matrix4): Camera | undefined {
  const node = source.json.nodes[nodeIndex]!;
  if (node.camera === undefined) return undefined;
  const camera = source.at("cameras", node.camera, `nodes[${nodeIndex}].camera`);
  const cameraToWorld = orthonormalized(toWorld);
  if (cameraToWorld === undefined) throw source.broken(`nodes[${nodeIndex}]`, "The camera's transform flattens it");
  return {
    name: node.name ?? camera.name ?? `camera ${node.camera}`,
    cameraToWorld,
    projection:
      camera.type === "perspective"
        ? { t: "perspective", verticalFovRad: camera.perspective.yfov }
        : { t: "orthographic", halfHeight: camera.orthographic.ymag },
    lensRadius: 0,
    focusDistance: 1,
  };
}
