// What can be known of files before anything starts: all obstacles at once.
import { access, constants, stat } from "node:fs/promises";
import { ArrasError, type ErrorCode } from "../proto/errors.ts";
import { writeObstacle } from "./output-file.ts";
import type { RenderSettings } from "./settings.ts";

export async function inputObstacles(settings: RenderSettings): Promise<ArrasError[]> {
  const { scenePath, environmentPath, outputs, savedEditsPath, record, optionOf } = settings;
  const isFile = environmentPath !== "" && environmentPath !== "none";
  const found = await Promise.all([
    ...(scenePath === "" ? [] : [readObstacle(scenePath, "scene-missing", optionOf.get(scenePath))]),
    ...(isFile ? [readObstacle(environmentPath, "environment-missing", optionOf.get(environmentPath))] : []),
    ...outputs.map(({ path }) => writeObstacle(path, optionOf.get(path))),
    ...(savedEditsPath === undefined ? [] : [writeObstacle(savedEditsPath, "--save-edits")]),
    ...(record === undefined ? [] : [writeObstacle(record, "--record")]),
  ]);
  return found.filter((error) => error !== undefined);
}

/** `setting`: what it was given with; undefined: as a plain argument, which its path names. */
async function readObstacle(
  path: string,
  code: ErrorCode,
  setting: string | undefined,
): Promise<ArrasError | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new Error("it is no file");
    await access(path, constants.R_OK);
    return undefined;
  } catch (cause) {
    return new ArrasError(code, {
      message: `${path} cannot be read: ${cause instanceof Error ? cause.message : cause}`,
      action: "Give the path of a readable file.",
      place: { path, ...(setting === undefined ? {} : { setting }) },
      cause,
    });
  }
}
