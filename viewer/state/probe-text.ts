// What the film holds of the pixel under the pointer, in words. Pure.
import type { ProbeReply } from "../../proto/gen/arras/v1/look_pb.ts";
import { numberText, valuesText } from "./pixel-text.ts";

export interface ProbeRow {
  readonly name: string;
  readonly text: string;
}

const unknown = "–";

/** The same rows for every pixel, so that nothing jumps under a pointer that moves. undefined: not known yet. */
export function probeRows(probed: ProbeReply | undefined): ProbeRow[] {
  const { film, isObjectKnown, object } = probed ?? {};
  return [
    { name: "Samples", text: film === undefined ? unknown : String(film.sampleCount) },
    {
      name: "Error",
      text: film !== undefined && Number.isFinite(film.error) ? numberText(film.error, false) : unknown,
    },
    { name: "Object", text: isObjectKnown === true ? object || "nothing" : unknown },
  ];
}

/** Of an output that came as a picture, whose numbers are the film's alone; undefined: not known yet. */
export function filmValuesText(output: string, probed: ProbeReply | undefined): string | undefined {
  const film = probed?.film;
  const of = (name: string) => film?.outputs.find((each) => each.output === name)?.values;
  const values = of(output);
  if (values === undefined || film?.sampleCount === 0) return undefined;
  return valuesText(output, output === "beauty" ? [...values, ...(of("alpha") ?? [1])] : values);
}
