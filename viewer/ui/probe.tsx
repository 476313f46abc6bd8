// The pixel under the pointer in numbers.
import type { Signal } from "@preact/signals";
import type { SessionView } from "../live/session-view.ts";
import type { Point } from "../state/framing.ts";
import { valuesText } from "../state/pixel-text.ts";
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
  if (at === undefined) return <div class="probe quiet">Point at the picture for its values</div>;
  return (
    <div class="probe">
      <span class="place">
        {at.x}, {at.y}
      </span>
      {wishedOutputs(view.choices.value).map((output) => {
        const values = view.valuesAt(output, at.x, at.y);
        return (
          <span key={output}>
            <b>{nameText(output)}</b> {values === undefined ? "–" : valuesText(output, values)}
          </span>
        );
      })}
    </div>
  );
}
