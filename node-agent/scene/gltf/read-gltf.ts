// Reads a glTF 2.0 file (.gltf or .glb, told apart by their first bytes) into the scene form.
import { ArrasError } from "../../../proto/errors.ts";
import type { Camera, PunctualLight, SceneDescription } from "../description.ts";
import { GltfAccessors } from "./accessors.ts";
import { readContainer } from "./container.ts";
import { decodeDracoPrimitives } from "./draco.ts";
import { checkExtensions } from "./extensions.ts";
import { GltfSource, unsupportedScene } from "./gltf-source.ts";
import { readHierarchy } from "./hierarchy.ts";
import { InstanceReader } from "./instances.ts";
import { readCamera, readLight, readLightList } from "./lights-and-cameras.ts";
import { readBuffers } from "./resources.ts";
import { TextureTable } from "./textures.ts";

export interface ReadScene {
  readonly scene: SceneDescription;
  /** What was left out or taken differently, one sentence each. */
  readonly notices: readonly string[];
}

/** Throws ArrasErrors: `scene-missing`, `scene-broken`, `scene-unsupported`, `limit-exceeded`. No environment is set. */
export async function readGltf(path: string): Promise<ReadScene> {
  try {
    return await read(path);
  } catch (thrown) {
    if (thrown instanceof RangeError) throw outOfMemory(path, thrown);
    throw thrown;
  }
}

async function read(path: string): Promise<ReadScene> {
  const container = await readContainer(path);
  const source = new GltfSource(path, container.json);
  checkVersion(source);
  checkExtensions(source);
  const hierarchy = readHierarchy(source);
  const buffers = await readBuffers(source, container.binaryChunk);
  const accessors = await GltfAccessors.open(source, buffers);
  await decodeDracoPrimitives(source, accessors);
  const textureTable = new TextureTable(source);
  const reader = new InstanceReader(source, accessors, textureTable, hierarchy);
  const lights: PunctualLight[] = [];
  const cameras: Camera[] = [];
  const lightList = readLightList(source);
  for (const nodeIndex of hierarchy.shown) {
    reader.add(nodeIndex);
    const light = readLight(source, lightList, nodeIndex, hierarchy.matrixToWorld(nodeIndex));
    if (light !== undefined) lights.push(light);
    const camera = readCamera(source, nodeIndex, hierarchy.matrixToWorld(nodeIndex));
    if (camera !== undefined) cameras.push(camera);
  }
  if (reader.instances.length === 0) throw source.broken("", "The scene shows no triangles");
  const textures = await textureTable.decode(accessors);
  const { meshes, instances, materials, objectNames } = reader;
  return { scene: { meshes, instances, materials, textures, lights, cameras, objectNames }, notices: source.notices };
}

function checkVersion(source: GltfSource): void {
  const { version, minVersion } = source.json.asset;
  const needed = minVersion ?? version;
  if (/^2\.\d+$/.test(version) && (needed === version || needed === "2.0")) return;
  throw unsupportedScene(
    source.path,
    "asset",
    `The file is glTF ${needed}; version 2.0 is readable`,
    "Export it as glTF 2.0.",
  );
}

function outOfMemory(path: string, cause: RangeError): ArrasError {
  return new ArrasError("limit-exceeded", {
    message: `The scene needs an array larger than this runtime can make: ${cause.message}`,
    place: { path },
    action: "Split the scene into smaller buffers and meshes.",
    cause,
  });
}
