// The region on the picture: its outline, and a sheet over the canvas on which it is drawn.
import { useSignal } from "@preact/signals";
import type { SessionView } from "../live/session-view.ts";
import { filmPoint, type Point } from "../state/framing.ts";
import { chooserText, placeOf, type Region, regionOf } from "../state/region.ts";

export function RegionSheet({ view }: { readonly view: SessionView }) {
  const { steering } = view;
  const from = useSignal<Point | undefined>(undefined);
  const drawn = useSignal<Region | undefined>(undefined);
  const told = view.model.value.session?.region;
  const shown = drawn.value ?? steering.shown(told?.rect);
  const isTold = drawn.value === undefined && steering.asked.value === undefined;
  const framing = view.framing.value;

  const pointOf = ({ offsetX, offsetY }: PointerEvent): Point => filmPoint(framing, { x: offsetX, y: offsetY });
  const onDown = (event: PointerEvent) => {
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    from.value = pointOf(event);
  };
  const onMove = (event: PointerEvent) => {
    const area = view.area.peek();
    if (from.value !== undefined && area !== undefined) drawn.value = regionOf(from.value, pointOf(event), area.window);
  };
  const onUp = () => {
    if (drawn.value !== undefined) steering.name(drawn.value);
    from.value = undefined;
    drawn.value = undefined;
  };
  const onCancel = () => {
    from.value = undefined;
    drawn.value = undefined;
  };
  return (
    <>
      {shown !== undefined && (
        <div class="region" style={placeOf(shown, framing)}>
          {isTold && told !== undefined && <span>{chooserText(told, view.desk.editor.value)}</span>}
        </div>
      )}
      {steering.isNaming.value && (
        <div
          class="region-sheet"
          role="application"
          aria-label="Drag the rectangle that comes first"
          onPointerDown={onDown}
          onPointerMove={onMove}
          onPointerUp={onUp}
          onPointerCancel={onCancel}
        />
      )}
    </>
  );
}
