// The line between two outputs: dragged, or moved by arrow keys.
import { useRef } from "preact/hooks";
import type { SessionView } from "../live/session-view.ts";
import { nameText } from "./controls.tsx";

const stepByKey: Readonly<Record<string, number>> = {
  ArrowLeft: -0.02,
  ArrowRight: 0.02,
  PageDown: -0.1,
  PageUp: 0.1,
  Home: -1,
  End: 1,
};

export function Wipe({ view }: { readonly view: SessionView }) {
  const line = useRef<HTMLDivElement>(null);
  const { output, compared, wipe } = view.choices.value;
  if (compared === undefined) return null;
  const onMove = (event: PointerEvent) => {
    const box = line.current?.parentElement?.getBoundingClientRect();
    if (box === undefined || line.current?.hasPointerCapture(event.pointerId) !== true) return;
    view.choose({ wipe: (event.clientX - box.left) / box.width });
  };
  const onKey = (event: KeyboardEvent) => {
    const step = stepByKey[event.key];
    if (step === undefined) return;
    event.preventDefault();
    view.choose({ wipe: wipe + step });
  };
  return (
    <div
      ref={line}
      class="wipe"
      style={{ left: `${100 * wipe}%` }}
      role="slider"
      tabIndex={0}
      aria-label="Wipe"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(100 * wipe)}
      onPointerDown={(event) => line.current?.setPointerCapture(event.pointerId)}
      onPointerMove={onMove}
      onKeyDown={onKey}
    >
      <span class="left">{nameText(output)}</span>
      <span class="right">{nameText(compared)}</span>
    </div>
  );
}
