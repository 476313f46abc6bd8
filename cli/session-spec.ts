// Settings as the messages that a coordinator takes. Pure.
import { resolve } from "node:path";
import { create } from "@bufbuild/protobuf";
import { filmSpecToMessage } from "../proto/film-spec-message.ts";
import type { SceneEdits } from "../proto/gen/arras/v1/edits_pb.ts";
import {
  type DisplayFormat,
  DisplayFormatSchema,
  type EncodeImageRequest,
  EncodeImageRequestSchema,
  type ExrFormat,
  ExrFormatSchema,
} from "../proto/gen/arras/v1/film_pb.ts";
import { type SessionSpec, SessionSpecSchema } from "../proto/gen/arras/v1/session_pb.ts";
import { filmOutputs } from "../proto/outputs.ts";
import type { OutputFile } from "./output-file.ts";
import type { RenderSettings } from "./settings.ts";

/** Vertices before Russian roulette: diffuse interreflection of the first bounces is never cut. */
const rouletteDepth = 4;

export interface DefinitionText {
  readonly json: string;
  readonly path: string;
  /** What the scene is changed to from the beginning; absent: nothing. */
  readonly edits?: SceneEdits;
}

/** Where the farm finds the scene: inside a bundle. */
export interface BundledScene {
  readonly sha256: string;
  readonly scenePath: string;
  readonly environmentPath: string;
}

/** `bundle` is absent where the scene is read by its own path. */
export function sessionSpec(settings: RenderSettings, definition: DefinitionText, bundle?: BundledScene): SessionSpec {
  if (settings.resume !== undefined) return resumingSpec(settings, settings.resume);
  const { widthPx, heightPx, cropWindow, tileSizePx, maxSpp, mcrtCount } = settings;
  const outputs = filmOutputs(settings.renderedAovs);
  return create(SessionSpecSchema, {
    definitionJson: definition.json,
    definitionSource: definition.path,
    ...(definition.edits === undefined ? {} : { edits: definition.edits }),
    render: { ...renderSpec(settings), ...(bundle === undefined ? {} : bundledPaths(bundle)) },
    film: filmSpecToMessage({ widthPx, heightPx, cropWindow, tileSizePx, outputs, maxSpp }),
    budget: {
      spp: settings.spp,
      targetError: settings.targetError,
      sppMin: settings.minSpp,
      durationMs: BigInt(settings.durationMs),
    },
    mcrtCountMin: mcrtCount?.min ?? 0,
    mcrtCountMax: mcrtCount?.max ?? 0,
    mcrtCores: settings.numCores,
    connectTimeoutMs: settings.connectTimeoutMs,
    checkpoints: settings.checkpoints,
    priority: settings.priority,
    queueTimeoutMs: settings.queueTimeoutMs,
    autoFit: settings.autoFit,
    wishedTags: [...settings.tags],
    verifyShare: settings.verifyShare,
    needsDenoiser: needsDenoiser(settings),
    images: { exr: exrFormat(settings), display: displayFormat(settings, "png") },
  });
}

/** What was rendered is known to the coordinator; here is what was said anew. */
function resumingSpec(settings: RenderSettings, resumeSessionId: string): SessionSpec {
  const { checkpoints, renewed } = settings;
  const { intervalMs, spp, off } = checkpoints;
  return create(SessionSpecSchema, {
    resumeSessionId,
    needsDenoiser: needsDenoiser(settings),
    budget: {
      spp: renewed.spp,
      targetError: renewed.targetError,
      sppMin: renewed.minSpp,
      durationMs: BigInt(renewed.durationMs),
    },
    ...(intervalMs !== 0 || spp !== 0 || off ? { checkpoints } : {}),
  });
}

function needsDenoiser({ outputs }: RenderSettings): boolean {
  return outputs.some(({ isDenoised }) => isDenoised === true);
}

function renderSpec(settings: RenderSettings) {
  const { camera, environmentPath } = settings;
  const { verticalFovDeg, apertureRadius, focusDistance } = camera;
  const isFile = environmentPath !== "" && environmentPath !== "none";
  return {
    // Computations run in folders of their own.
    scenePath: settings.scenePath === "" ? "" : resolve(settings.scenePath),
    environmentPath: isFile ? resolve(environmentPath) : environmentPath,
    environmentRotationDeg: settings.environmentRotationDeg,
    camera: {
      name: camera.name,
      lookFrom: [...camera.lookFrom],
      lookAt: [...camera.lookAt],
      up: [...camera.up],
      ...(verticalFovDeg === undefined ? {} : { verticalFovDeg }),
      ...(apertureRadius === undefined ? {} : { apertureRadius }),
      ...(focusDistance === undefined ? {} : { focusDistance }),
    },
    seed: settings.seed,
    frameNumber: settings.frameNumber,
    maxDepth: settings.maxDepth,
    rouletteDepth,
    filter: settings.filter.kind,
    filterRadiusPx: settings.filter.radiusPx,
    renderer: settings.renderer,
    rendererOptions: settings.rendererOptions,
  };
}

function bundledPaths({ sha256, scenePath, environmentPath }: BundledScene) {
  return { bundleSha256: sha256, scenePath, environmentPath };
}

export function imageRequest(settings: RenderSettings, sessionId: string, file: OutputFile): EncodeImageRequest {
  const denoised = file.isDenoised ? "denoised" : undefined;
  const format =
    file.encoding === "exr"
      ? { case: "exr" as const, value: exrFormat(settings, denoised) }
      : { case: "display" as const, value: displayFormat(settings, file.encoding, denoised) };
  return create(EncodeImageRequestSchema, { sessionId, format });
}

function exrFormat({ exr, aovs, extraAovs, resume }: RenderSettings, only?: string): ExrFormat {
  // Of a session that is gone on with, all that its film has.
  const outputs = resume === undefined ? ["beauty", ...aovs, ...extraAovs] : [];
  return create(ExrFormatSchema, { ...exr, outputs: only === undefined ? outputs : [only] });
}

function displayFormat({ display }: RenderSettings, encoding: string, output = ""): DisplayFormat {
  return create(DisplayFormatSchema, { ...display, encoding, output });
}
