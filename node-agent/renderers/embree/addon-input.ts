// A prepare request in the form that the addon reads: instances packed into arrays, limits attached. Pure.
import { sampleClampLimit } from "../../../proto/film-spec.ts";
import { limits } from "../../../proto/limits.ts";
import type { Instance } from "../../scene/description.ts";
import type { PrepareRequest } from "../renderer.ts";
import type { AddonInput, PackedInstances } from "./embree-addon.ts";

export function addonInput(request: PrepareRequest): AddonInput {
  const { scene, camera, film, sampling } = request;
  return {
    meshes: scene.meshes,
    instances: packInstances(scene.instances),
    materials: scene.materials,
    textures: scene.textures,
    lights: scene.lights,
    ...(scene.environment && { environment: scene.environment }),
    camera,
    film: {
      widthPx: film.widthPx,
      heightPx: film.heightPx,
      outputs: film.outputs,
      clampLimit: sampleClampLimit(film.maxSpp),
      reportsMax: limits.sampleReportsMax,
    },
    sampling,
  };
}

function packInstances(instances: readonly Instance[]): PackedInstances {
  const meshIndices = new Uint32Array(instances.length);
  const objectIds = new Uint32Array(instances.length);
  const objectToWorlds = new Float32Array(16 * instances.length);
  for (const [index, instance] of instances.entries()) {
    meshIndices[index] = instance.meshIndex;
    objectIds[index] = instance.objectId;
    objectToWorlds.set(instance.objectToWorld, 16 * index);
  }
  return { meshIndices, objectIds, objectToWorlds };
}
