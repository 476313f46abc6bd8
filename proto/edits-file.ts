// A session edit file: the edits of a session as JSON, version 1, for people and programs (docs/edits.md). Pure.
import { create } from "@bufbuild/protobuf";
import { z } from "zod";
import { cameraFields, cameraFromForm, cameraToForm } from "./camera-file.ts";
import { ArrasError } from "./errors.ts";
import { type LinearColor, type SceneEdits, SceneEditsSchema } from "./gen/arras/v1/edits_pb.ts";
import { limits } from "./limits.ts";
import { checkEdits } from "./scene-edits.ts";

const editsFileVersion = 1;

const three = z.tuple([z.number(), z.number(), z.number()]);
const id = z.string().min(1).max(limits.editIdCharsMax);

const camera = z.strictObject({ name: id.optional(), ...cameraFields });
const light = z.strictObject({ id, intensity: three.optional(), off: z.boolean().optional() });
const material = z.strictObject({
  id,
  baseColor: three.optional(),
  roughness: z.number().optional(),
  metallic: z.number().optional(),
});
const object = z.strictObject({ id, hidden: z.boolean().optional() });

const schema = z.strictObject({
  arrasEdits: z.literal(editsFileVersion),
  camera: camera.optional(),
  environment: z.strictObject({ rotationDeg: z.number().optional(), tint: three.optional() }).optional(),
  lights: z.array(light).max(limits.editedPartsMax).optional(),
  materials: z.array(material).max(limits.editedPartsMax).optional(),
  objects: z.array(object).max(limits.editedPartsMax).optional(),
});

type EditsFile = z.infer<typeof schema>;

/** `path` is for errors. Throws `edit-impossible` naming every mistake. */
export function editsFromText(text: string, path: string): SceneEdits {
  try {
    if (text.length > limits.editsFileSizeBytesMax)
      throw broken(`is larger than ${limits.editsFileSizeBytesMax} bytes`);
    const edits = editsMessage(parsed(text));
    checkEdits(edits);
    return edits;
  } catch (thrown) {
    if (!(thrown instanceof ArrasError)) throw thrown;
    const { message, action } = thrown;
    throw new ArrasError("edit-impossible", { message, action, place: { path }, cause: thrown });
  }
}

/** The same edits, as text that `editsFromText` reads. */
export function editsToText(edits: SceneEdits): string {
  return `${JSON.stringify(editsFile(edits), undefined, 2)}\n`;
}

function parsed(text: string): EditsFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw broken(`is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const result = schema.safeParse(value);
  if (!result.success) throw broken(`is not of this form: ${z.prettifyError(result.error)}`);
  return result.data;
}

function editsMessage({ camera, environment, lights = [], materials = [], objects = [] }: EditsFile): SceneEdits {
  return create(SceneEditsSchema, {
    ...(camera && { camera: cameraFromForm(camera) }),
    ...(environment && { environment: { rotationDeg: environment.rotationDeg, tint: colorOf(environment.tint) } }),
    lights: lights.map(({ id, intensity, off = false }) => ({ id, intensity: colorOf(intensity), off })),
    materials: materials.map(({ baseColor, ...rest }) => ({ ...rest, baseColor: colorOf(baseColor) })),
    objects: objects.map(({ id, hidden = false }) => ({ id, hidden })),
  });
}

function colorOf(three: readonly [number, number, number] | undefined): LinearColor | undefined {
  return three && { $typeName: "arras.v1.LinearColor", r: three[0], g: three[1], b: three[2] };
}

/** Nothing that says nothing, so that a file can be read by people. */
function editsFile({ camera, environment, lights, materials, objects }: SceneEdits): object {
  const rgb = (color: LinearColor | undefined) => color && [color.r, color.g, color.b];
  return {
    arrasEdits: editsFileVersion,
    camera: camera && cameraToForm(camera),
    environment: environment && { rotationDeg: environment.rotationDeg, tint: rgb(environment.tint) },
    lights:
      lights.length === 0
        ? undefined
        : lights.map(({ id, intensity, off }) => ({ id, intensity: rgb(intensity), off: off || undefined })),
    materials:
      materials.length === 0
        ? undefined
        : materials.map(({ id, baseColor, roughness, metallic }) => ({
            id,
            baseColor: rgb(baseColor),
            roughness,
            metallic,
          })),
    objects: objects.length === 0 ? undefined : objects.map(({ id, hidden }) => ({ id, hidden: hidden || undefined })),
  };
}

function broken(what: string): ArrasError {
  return new ArrasError("edit-impossible", {
    message: `The file of edits ${what}`,
    action: "See docs/edits.md for its form.",
  });
}
