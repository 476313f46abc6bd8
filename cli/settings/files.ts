// What is read and what is written: scene, environment, pictures.
import { basename, extname } from "node:path";
import { limits } from "../../proto/limits.ts";
import type { OptionValues } from "../option-table.ts";
import { type OutputFile, outputFile } from "../output-file.ts";
import { quoted, type ValueReader } from "../value-readers.ts";

export interface FileSettings {
  readonly scenePath: string;
  /** "" where none is given. */
  readonly environmentPath: string;
  readonly outputs: readonly OutputFile[];
  /** Of edits: to begin with, and to write at the end; undefined: none. */
  readonly editsPath: string | undefined;
  readonly savedEditsPath: string | undefined;
  /** The option that a path was given with; none of those that came as plain arguments. */
  readonly optionOf: ReadonlyMap<string, string>;
}

const sceneExtensions: readonly string[] = [".gltf", ".glb", ".usd", ".usda", ".usdc", ".usdz", ".rdla", ".rdlb"];

/** Plain arguments go by their extension: Arras has one, the output. */
export function readFiles(values: OptionValues, plain: readonly string[], reader: ValueReader): FileSettings {
  const scenes = [...(values.get("scene") ?? []), ...(values.get("rdl") ?? [])];
  const outputs = [...(values.get("exr") ?? [])];
  const denoised = values.get("denoise")?.[0];
  const environments = [...(values.get("env") ?? [])];
  for (const file of plain) {
    const extension = extname(file).toLowerCase();
    if (sceneExtensions.includes(extension)) scenes.push(file);
    else if (extension === ".hdr") environments.push(file);
    else outputs.push(file);
  }
  if (values.has("resume")) {
    const fixed = [...scenes, ...environments];
    const message = `--resume goes on with the scene that was rendered: ${fixed.map(quoted).join(", ")} cannot be given anew`;
    // Options are named by themselves; these came as plain arguments.
    if (fixed.length > 0 && plain.some((file) => fixed.includes(file))) {
      reader.mistake("--scene", message, "Leave it out, or render anew.");
    }
  } else if (scenes.length !== 1 && values.get("renderer")?.[0] !== "fake") {
    const names = scenes.map((scene) => basename(scene)).join(", ");
    const message = scenes.length === 0 ? "There is no scene" : `There are ${scenes.length} scenes: ${names}`;
    reader.mistake("--scene", message, "Give one scene, .gltf or .glb.");
  }
  if (environments.length > 1) reader.mistake("--env", "There are several environments", "Give one.");
  if (outputs.length > limits.outputFilesMax) {
    reader.mistake(
      "-o",
      `${outputs.length} files are more than outputFilesMax = ${limits.outputFilesMax}`,
      "Write fewer.",
    );
  }
  const readOutputs = outputs.map((path) => outputFile(path, reader)).filter((file) => file !== undefined);
  const denoisedFile = denoised === undefined ? undefined : outputFile(denoised, reader);
  if (denoisedFile !== undefined) readOutputs.push({ ...denoisedFile, isDenoised: true });
  if (denoised !== undefined) outputs.push(denoised);
  const repeated = outputs.find((path, at) => outputs.indexOf(path) !== at);
  if (repeated !== undefined)
    reader.mistake("-o", `${quoted(repeated)} is to be written twice`, "Name each file once.");
  return {
    scenePath: scenes[0] ?? "",
    environmentPath: environments[0] ?? "",
    outputs: readOutputs,
    editsPath: values.get("edits")?.[0],
    savedEditsPath: values.get("save-edits")?.[0],
    optionOf: optionOf(values),
  };
}

function optionOf(values: OptionValues): ReadonlyMap<string, string> {
  const named = (option: string, key: Parameters<OptionValues["get"]>[0]) =>
    (values.get(key) ?? []).map((path) => [path, option] as const);
  return new Map([
    ...named("--scene", "scene"),
    ...named("--rdl", "rdl"),
    ...named("--env", "env"),
    ...named("-o", "exr"),
    ...named("--denoise", "denoise"),
  ]);
}
