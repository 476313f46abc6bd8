// A glTF file that is being read: its checked JSON, and how its mistakes are named. Everything that is wrong in the
// file is thrown through here, so that every message says the file and the place inside it.
import { z } from "zod";
import { ArrasError } from "../../../proto/errors.ts";
import { limits } from "../../../proto/limits.ts";
import { type Gltf, gltfSchema } from "./gltf-json.ts";

export class GltfSource {
  readonly path: string;
  readonly json: Gltf;
  private readonly noticeTexts = new Set<string>();
  private readonly tallies = new Map<string, number>();
  private reservedBytes = 0;

  /** Throws `scene-broken` with the place of the first mistake in the JSON's shape. */
  constructor(path: string, json: unknown) {
    this.path = path;
    const checked = gltfSchema.safeParse(json);
    if (!checked.success) throw brokenShape(path, "", checked.error);
    this.json = checked.data;
  }

  /** What the reader left out or took differently; each text once. */
  get notices(): string[] {
    return [...this.noticeTexts, ...[...this.tallies].map(([what, count]) => `${count} ${what}`)];
  }

  /** Like a notice, for what is only worth a number: "12 triangles …". */
  tally(what: string, count: number): void {
    if (count > 0) this.tallies.set(what, (this.tallies.get(what) ?? 0) + count);
  }

  notice(text: string): void {
    this.noticeTexts.add(text);
  }

  /**
   * Counts memory that the file does not hold itself but makes us allocate: a few bytes of JSON may ask for any amount.
   * Throws `limit-exceeded`.
   */
  reserve(sizeBytes: number, place: string): void {
    this.reservedBytes += sizeBytes;
    if (this.reservedBytes <= limits.sceneBufferSizeBytesMax) return;
    throw new ArrasError("limit-exceeded", {
      message: `The scene unpacks to more than sceneBufferSizeBytesMax, ${limits.sceneBufferSizeBytesMax} bytes`,
      place: { path: `${this.path}: ${place}` },
      action: "Split the scene, or share meshes between nodes.",
    });
  }

  broken(place: string, message: string, cause?: unknown): ArrasError {
    return brokenScene(this.path, place, message, cause);
  }

  /** `list[index]`, or `scene-broken` at `place`, which is where the index stands. */
  at<Name extends ListName>(list: Name, index: number, place: string): Gltf[Name][number] {
    const entries: readonly Gltf[Name][number][] = this.json[list];
    const entry = entries[index];
    if (entry !== undefined) return entry;
    throw this.broken(place, `It names ${list}[${index}], but the file has ${entries.length} ${list}`);
  }

  /** The named extension of an object, checked; undefined where the object does not use it. */
  extension<Schema extends z.ZodType>(
    holder: { extensions?: Record<string, unknown> | undefined },
    name: string,
    schema: Schema,
    place: string,
  ): z.infer<Schema> | undefined {
    const found = holder.extensions?.[name];
    if (found === undefined) return undefined;
    const checked = schema.safeParse(found);
    if (!checked.success) throw brokenShape(this.path, `${place}.extensions.${name}`, checked.error);
    return checked.data;
  }
}

type ListName =
  | "scenes"
  | "nodes"
  | "meshes"
  | "skins"
  | "cameras"
  | "materials"
  | "textures"
  | "images"
  | "samplers"
  | "accessors"
  | "bufferViews"
  | "buffers";

export function brokenScene(path: string, place: string, message: string, cause?: unknown): ArrasError {
  return new ArrasError("scene-broken", {
    message,
    place: { path: place === "" ? path : `${path}: ${place}` },
    action: "Export the scene again, or check it with the Khronos glTF validator.",
    cause,
  });
}

export function unsupportedScene(path: string, place: string, message: string, action: string): ArrasError {
  return new ArrasError("scene-unsupported", {
    message,
    place: { path: place === "" ? path : `${path}: ${place}` },
    action,
  });
}

function brokenShape(path: string, place: string, error: z.ZodError): ArrasError {
  const issue = error.issues[0]!;
  const inside = z.core.toDotPath(issue.path);
  const where = place === "" || inside === "" || inside.startsWith("[") ? place + inside : `${place}.${inside}`;
  return brokenScene(path, where, `The glTF JSON is not valid here: ${issue.message}`, error);
}
