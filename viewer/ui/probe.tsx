// The pixel under the pointer: what the picture shows there, and what the film holds: samples, error, and which object it is.
import type { Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { SessionView } from "../live/session-view.ts";
import type { Point } from "../state/framing.ts";
import { valuesText } from "../state/pixel-text.ts";
import { filmValuesText, probeRows } from "../state/probe-text.ts";
import { wishedOutputs } from "../state/view-choices.ts";
import { nameText } from "./controls.tsx";

interface ProbeProps {
  readonly view: SessionView;
  readonly pointed: Signal<Point | undefined>;
}

export function Probe({ view, pointed }: ProbeProps) {
  // Read again with each frame.
  view.shownFrames.value;
  const at = pointed.value;
  const probed = view.prober.probed.value;
  useEffect(() => view.prober.point(at), [view, at]);
  if (at === undefined) return <div class="probe quiet">Point at the picture for its values</div>;
  return (
    <div class="probe">
      <span class="place">
        {at.x}, {at.y}
      </span>
      <span class="values">
        {wishedOutputs(view.choices.value).map((output) => (
          <span key={output}>
            <b>{nameText(output)}</b> {textAt(view, output, at)}
          </span>
        ))}
      </span>
      <span class="film">
        {probeRows(probed).map(({ name, text }) => (
          <span key={name}>
            <b>{name}</b> {text}
          </span>
        ))}
      </span>
    </div>
  );
}

function textAt(view: SessionView, output: string, { x, y }: Point): string {
  const values = view.valuesAt(output, x, y);
  if (values !== undefined) return valuesText(output, values);
  return filmValuesText(output, view.prober.probed.value) ?? "–";
}
