// What this reader does with each glTF extension. Pure. An extension that a file requires and that is not here stops
// the reading before anything is decoded; one that it only uses is named in a notice.
import { type GltfSource, unsupportedScene } from "./gltf-source.ts";

export const supportedExtensions = [
  "EXT_mesh_gpu_instancing",
  "EXT_meshopt_compression",
  "EXT_texture_webp",
  "KHR_draco_mesh_compression",
  "KHR_lights_punctual",
  "KHR_materials_clearcoat",
  "KHR_materials_emissive_strength",
  "KHR_materials_ior",
  "KHR_materials_sheen",
  "KHR_materials_specular",
  "KHR_materials_transmission",
  "KHR_materials_unlit",
  "KHR_mesh_quantization",
  "KHR_texture_transform",
] as const;

/** Extensions that say nothing about how the still picture looks: ignored without a word. */
const irrelevantExtensions = ["KHR_xmp_json_ld", "KHR_xmp", "KHR_animation_pointer", "EXT_lights_image_based_preview"];

/** What is lost by ignoring an extension, where that is worth saying. */
const losses: Record<string, string> = {
  KHR_materials_volume: "transmission is thin-walled, without refraction or absorption",
  KHR_materials_variants: "the default variant is shown",
  KHR_materials_iridescence: "thin-film colours are missing",
  KHR_materials_anisotropy: "highlights are isotropic",
  KHR_materials_pbrSpecularGlossiness: "its metallic-roughness fallback is shown",
  KHR_texture_basisu: "the fallback images are shown",
};

/** Throws `scene-unsupported` naming every required extension that is missing here; notices for ignored ones. */
export function checkExtensions(source: GltfSource): void {
  const supported = new Set<string>(supportedExtensions);
  const missing = source.json.extensionsRequired.filter((name) => !supported.has(name));
  if (missing.length > 0) {
    throw unsupportedScene(
      source.path,
      "extensionsRequired",
      `The scene requires ${missing.join(", ")}, which this reader lacks`,
      `Export it without. Readable are: ${supportedExtensions.join(", ")}.`,
    );
  }
  for (const name of new Set(source.json.extensionsUsed)) {
    if (supported.has(name) || irrelevantExtensions.includes(name)) continue;
    const loss = losses[name];
    source.notice(`glTF extension ${name} is ignored${loss === undefined ? "" : `: ${loss}`}`);
  }
}
