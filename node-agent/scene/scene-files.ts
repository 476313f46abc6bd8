// Which files a scene consists of, for who must bring it to where it is read. Each format's own folder knows; it says
// what its reader reads, no less.
import { extname } from "node:path";
import { ArrasError } from "../../proto/errors.ts";
import { gltfFiles } from "./gltf/references.ts";

export interface SceneFile {
  /** Relative ones as the scene's own path is. Never above the scene's folder. */
  readonly path: string;
  /** Where the scene names it: "images[3]". */
  readonly place: string;
  /** It may be that nothing reads it: then it may lack. */
  readonly isOptional: boolean;
}

export interface SceneFiles {
  /** Beside the scene itself; a file that is named twice is here twice. */
  readonly files: readonly SceneFile[];
  readonly notices: readonly string[];
}

const formats: Readonly<Record<string, (path: string) => Promise<SceneFiles>>> = {
  ".gltf": gltfFiles,
  ".glb": gltfFiles,
};

/** Throws `scene-*` and `limit-exceeded`, as reading the scene would. */
export async function sceneFiles(path: string): Promise<SceneFiles> {
  const extension = extname(path).toLowerCase();
  const list = formats[extension];
  if (list !== undefined) return list(path);
  throw new ArrasError("scene-unsupported", {
    message: `Scenes of type ${extension === "" ? "without an extension" : extension} are not readable`,
    place: { path },
    action: `Give a scene as ${Object.keys(formats).join(" or ")}.`,
  });
}
