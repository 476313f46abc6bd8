// A command line as complete settings, with all of its mistakes. Files are not touched here.
import type { ArrasError } from "../proto/errors.ts";
import { splitCommandLine } from "./command-line.ts";
import { type AccessOptions, readAccessOptions } from "./settings/access.ts";
import { type CameraAndLightSettings, readCameraAndLight } from "./settings/camera.ts";
import { type CheckpointSettings, readCheckpoints } from "./settings/checkpoints.ts";
import { type FileSettings, readFiles } from "./settings/files.ts";
import { type OutputFormSettings, readOutputForm } from "./settings/output-form.ts";
import { type PictureSettings, readPicture } from "./settings/picture.ts";
import { type PreviewSettings, readPreview } from "./settings/preview.ts";
import { type QualitySettings, readQuality } from "./settings/quality.ts";
import { type ReportSettings, readReports } from "./settings/reports.ts";
import { readSession, type SessionSettings } from "./settings/session.ts";
import { ValueReader } from "./value-readers.ts";

export interface RenderSettings
  extends FileSettings,
    CameraAndLightSettings,
    PictureSettings,
    QualitySettings,
    SessionSettings,
    AccessOptions,
    CheckpointSettings,
    OutputFormSettings,
    PreviewSettings,
    ReportSettings {}

export type Command =
  | { readonly t: "help" }
  | { readonly t: "version" }
  /** With mistakes the settings are good for finding more of them, not for rendering. */
  | { readonly t: "render"; readonly settings: RenderSettings; readonly mistakes: readonly ArrasError[] };

export function readCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): Command {
  const { values, plain, mistakes } = splitCommandLine(args);
  if (values.has("help")) return { t: "help" };
  if (values.has("version")) return { t: "version" };
  const reader = new ValueReader();
  const settings: RenderSettings = {
    ...readFiles(values, plain, reader),
    ...readCameraAndLight(values, reader),
    ...readPicture(values, reader),
    ...readQuality(values, reader),
    ...readSession(values, reader),
    ...readAccessOptions(values, environment, reader),
    ...readCheckpoints(values, reader),
    ...readOutputForm(values, reader),
    ...readPreview(values, reader),
    ...readReports(values, reader),
  };
  checkTogether(settings, reader);
  return { t: "render", settings, mistakes: [...mistakes, ...reader.mistakes] };
}

/** What no single group sees. */
function checkTogether(settings: RenderSettings, reader: ValueReader): void {
  const { outputs, json, debugSample, widthPx, heightPx, maxSpp } = settings;
  const isLookedAt = settings.gui || settings.tev !== undefined || settings.preview !== "none";
  // Or measured.
  const isOfUse = isLookedAt || json || settings.benchmark || debugSample !== undefined;
  const isOutputMistaken = reader.mistakes.some(({ place }) => place.setting === "-o");
  if (outputs.length === 0 && !isOfUse && !isOutputMistaken) {
    const action =
      "Give -o FILE (.exr, .png, .jpg or .webp), --gui, --preview or --tev to look, or --json for the hash alone.";
    reader.mistake("-o", "There is no file to write", action);
  }
  if (debugSample === undefined) return;
  const { x, y, sampleIndex } = debugSample;
  if (x >= widthPx || y >= heightPx || sampleIndex >= maxSpp) {
    const action = `The image has ${widthPx}x${heightPx} pixels (--size) and at most ${maxSpp} samples for each.`;
    reader.mistake("--debug-sample", `There is no sample ${x},${y},${sampleIndex}`, action);
  }
}
