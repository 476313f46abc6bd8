// Where the camera stands, and how the environment is turned.
import type { OptionName, OptionValues } from "../option-table.ts";
import type { ValueReader } from "../value-readers.ts";

export interface CameraSettings {
  readonly name: string;
  readonly lookFrom: readonly number[];
  readonly lookAt: readonly number[];
  readonly up: readonly number[];
  readonly verticalFovDeg: number | undefined;
  readonly apertureRadius: number | undefined;
  readonly focusDistance: number | undefined;
}

export interface CameraAndLightSettings {
  readonly camera: CameraSettings;
  readonly environmentRotationDeg: number;
}

export function readCameraAndLight(values: OptionValues, reader: ValueReader): CameraAndLightSettings {
  const text = (name: OptionName) => values.get(name)?.[0];
  const triple = (name: OptionName) => {
    const given = text(name);
    return (given === undefined ? undefined : reader.numbers(`--${name}`, given, 3)) ?? [];
  };
  const optional = (name: OptionName, range: { min: number; max: number; above?: boolean }) => {
    const given = text(name);
    return given === undefined ? undefined : reader.number(`--${name}`, given, range);
  };
  const lookFrom = triple("look-from");
  const lookAt = triple("look-at");
  if (text("camera") !== undefined && (values.has("look-from") || values.has("look-at"))) {
    reader.mistake(
      "--camera",
      "A camera is given by name and by where it stands",
      "Give --camera or --look-from, not both.",
    );
  }
  if (values.has("look-at") && !values.has("look-from")) {
    reader.mistake("--look-at", "--look-at needs --look-from", "Give both.");
  }
  if (lookFrom.length === 3 && lookFrom.every((value, axis) => value === lookAt[axis])) {
    reader.mistake("--look-at", "The camera stands where it looks at", "Give two different points.");
  }
  const camera: CameraSettings = {
    name: text("camera") ?? "",
    lookFrom,
    lookAt,
    up: triple("up"),
    verticalFovDeg: optional("fov", { min: 0, max: 179, above: true }),
    apertureRadius: optional("aperture", { min: 0, max: 1e6 }),
    focusDistance: optional("focus", { min: 0, max: 1e9, above: true }),
  };
  return { camera, environmentRotationDeg: optional("env-rotate", { min: -36_000, max: 36_000 }) ?? 0 };
}
