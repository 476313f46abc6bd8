// What every edit of a scene must keep, whatever the scene: bounds, and each id once. Whether a scene has what is edited
// its contents say (`checkAgainst`). Pure.
import { toBinary } from "@bufbuild/protobuf";
import { ArrasError } from "./errors.ts";
import { type LinearColor, type SceneContents, type SceneEdits, SceneEditsSchema } from "./gen/arras/v1/edits_pb.ts";
import type { CameraChoice } from "./gen/arras/v1/scene_pb.ts";
import { limits } from "./limits.ts";

const colorMax = 1_000_000;
/** Metres: beyond it single precision does not tell points a metre apart. */
const coordinateMax = 1e7;

/** Throws `edit-impossible` for what no scene can have. */
export function checkEdits(edits: SceneEdits): void {
  const { camera, environment, lights, materials, objects } = edits;
  const sizeBytes = toBinary(SceneEditsSchema, edits).length;
  if (sizeBytes > limits.editsSizeBytesMax)
    throw impossible(
      `All edits together take ${sizeBytes} bytes, the limit editsSizeBytesMax is ${limits.editsSizeBytesMax}`,
    );
  if (camera !== undefined) checkCamera(camera);
  if (environment?.rotationDeg !== undefined && !isWithin(environment.rotationDeg, -1e6, 1e6))
    throw impossible(`The environment cannot be turned by ${environment.rotationDeg} degrees`);
  checkColor("The environment's tint", environment?.tint);
  checkIds("lights", lights);
  for (const { id, intensity } of lights) checkColor(`The intensity of light ${JSON.stringify(id)}`, intensity);
  checkIds("materials", materials);
  for (const { id, baseColor, roughness, metallic } of materials) {
    checkColor(`The base colour of material ${JSON.stringify(id)}`, baseColor);
    checkShare(`The roughness of material ${JSON.stringify(id)}`, roughness);
    checkShare(`The metalness of material ${JSON.stringify(id)}`, metallic);
  }
  checkIds("objects", objects);
}

/** Throws `edit-impossible` for what this scene lacks. What its contents leave out cannot be edited. */
export function checkAgainst(
  contents: SceneContents,
  { camera, environment, lights, materials, objects }: SceneEdits,
): void {
  const name = camera?.name ?? "";
  if (name !== "" && !contents.cameras.includes(name)) throw missing("camera", name, contents.cameras);
  if (environment !== undefined && !contents.hasEnvironment)
    throw impossible("The scene has no environment that could be turned or tinted");
  requireListed("light", lights, contents.lights);
  requireListed("material", materials, contents.materials);
  requireListed("object", objects, contents.objects);
}

interface Named {
  readonly id: string;
}

function requireListed(what: string, edited: readonly Named[], listed: readonly Named[]): void {
  const known = new Set(listed.map(({ id }) => id));
  const lacking = edited.find(({ id }) => !known.has(id));
  if (lacking !== undefined) throw missing(what, lacking.id, [...known]);
}

function checkIds(what: string, edited: readonly Named[]): void {
  if (edited.length > limits.editedPartsMax)
    throw impossible(`${edited.length} ${what} are edited, the limit editedPartsMax is ${limits.editedPartsMax}`);
  const known = new Set<string>();
  for (const { id } of edited) {
    if (id === "" || id.length > limits.editIdCharsMax)
      throw impossible(`An id among the edited ${what} has ${id.length} characters, not 1 to ${limits.editIdCharsMax}`);
    if (known.has(id)) throw impossible(`${JSON.stringify(id)} is twice among the edited ${what}`);
    known.add(id);
  }
}

function checkCamera({
  name,
  lookFrom,
  lookAt,
  up,
  verticalFovDeg,
  apertureRadius,
  focusDistance,
}: CameraChoice): void {
  for (const [what, vector] of Object.entries({ lookFrom, lookAt, up })) {
    if (vector.length !== 0 && vector.length !== 3)
      throw impossible(`The camera's ${what} has ${vector.length} numbers, not 3`);
    if (!vector.every((value) => isWithin(value, -coordinateMax, coordinateMax)))
      throw impossible(`The camera's ${what} is not within ±${coordinateMax} metres`);
  }
  if (name !== "" && (lookFrom.length > 0 || lookAt.length > 0))
    throw impossible("The camera is chosen by name and by where it stands");
  if (name.length > limits.editIdCharsMax) throw impossible("The camera's name is too long");
  if (lookFrom.length === 0 && lookAt.length > 0) throw impossible("The camera looks at a point from nowhere");
  if (
    lookFrom.length > 0 &&
    lookAt.length > 0 &&
    isParallel(
      lookFrom.map((value, k) => value - lookAt[k]!),
      up,
    )
  )
    throw impossible("The camera stands where it looks at, or looks along what is up");
  if (verticalFovDeg !== undefined && !(verticalFovDeg > 0 && verticalFovDeg < 180))
    throw impossible(`A vertical field of view of ${verticalFovDeg}° is not between 0 and 180`);
  if (apertureRadius !== undefined && !isWithin(apertureRadius, 0, coordinateMax))
    throw impossible(`An aperture radius of ${apertureRadius} m is not possible`);
  if (focusDistance !== undefined && !(focusDistance > 0 && focusDistance <= coordinateMax))
    throw impossible(`A focus distance of ${focusDistance} m is not possible`);
}

/** As the camera's frame would have no sides. */
function isParallel(view: readonly number[], up: readonly number[]): boolean {
  const [x, y, z] = view as [number, number, number];
  const [a, b, c] = (up.length === 3 ? up : [0, 1, 0]) as [number, number, number];
  const sides = Math.hypot(y * c - z * b, z * a - x * c, x * b - y * a);
  return !(sides > 1e-9 * Math.hypot(x, y, z) * Math.hypot(a, b, c));
}

function checkColor(what: string, color: LinearColor | undefined): void {
  if (color === undefined) return;
  const { r, g, b } = color;
  if (![r, g, b].every((value) => isWithin(value, 0, colorMax)))
    throw impossible(`${what} (${r}, ${g}, ${b}) is not within 0 and ${colorMax}`);
}

function checkShare(what: string, value: number | undefined): void {
  if (value !== undefined && !isWithin(value, 0, 1)) throw impossible(`${what}, ${value}, is not within 0 and 1`);
}

function isWithin(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

function missing(what: string, id: string, known: readonly string[]): ArrasError {
  const named = known.slice(0, 20).map((each) => JSON.stringify(each.slice(0, limits.editIdCharsMax)));
  const more = known.length > named.length ? `, and ${known.length - named.length} more` : "";
  const action = named.length === 0 ? `It has no ${what} that can be edited.` : `It has ${named.join(", ")}${more}.`;
  return impossible(`The scene has no ${what} ${JSON.stringify(id.slice(0, limits.editIdCharsMax))}`, action);
}

function impossible(message: string, action = "Correct the edit; nothing was changed."): ArrasError {
  return new ArrasError("edit-impossible", { message, action });
}
