// Which files a glTF file reads beside itself, by the same rules by which they are read (resources.ts).
import { ArrasError } from "../../../proto/errors.ts";
import type { SceneFile, SceneFiles } from "../scene-files.ts";
import { readContainer } from "./container.ts";
import { GltfSource } from "./gltf-source.ts";
import { resolvedPath } from "./resources.ts";

/** Throws `scene-missing`, `scene-broken`, `scene-unsupported`, `limit-exceeded`. Does not look whether they are there. */
export async function gltfFiles(path: string): Promise<SceneFiles> {
  const { json } = await readContainer(path, "json");
  const source = new GltfSource(path, json);
  const files: SceneFile[] = [];
  const add = (uri: string | undefined, place: string, isOptional: boolean) => {
    if (uri === undefined || /^data:/i.test(uri)) return;
    try {
      files.push({ path: resolvedPath(source, uri, place), place, isOptional });
    } catch (thrown) {
      if (!isOptional) throw thrown;
      source.notice(`${place} is left out: ${ArrasError.from(thrown).message}`);
    }
  };
  for (const [index, { uri }] of source.json.buffers.entries()) add(uri, `buffers[${index}]`, false);
  // Only those that a shown material uses are read, and files with others lying about are common.
  for (const [index, { uri }] of source.json.images.entries()) add(uri, `images[${index}]`, true);
  return { files, notices: source.notices };
}
