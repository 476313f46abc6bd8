// The region on the picture: its outline, and a sheet over the canvas on which it is drawn, by a drag or by keys.
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { SessionView } from "../live/session-view.ts";
import { filmPoint, type Point } from "../state/framing.ts";
import {
  chooserText,
  middleRegion,
  nudged,
  placeOf,
  type Region,
  type RegionRole,
  regionOf,
  regionText,
} from "../state/region.ts";

export function RegionSheet({ view }: { readonly view: SessionView }) {
  const { steering } = view;
  const drawn = useSignal<Region | undefined>(undefined);
  const told = view.model.value.session?.region;
  const naming = steering.naming.value;
  const shown = (naming === undefined ? undefined : drawn.value) ?? steering.shown(told);
  const isTold = drawn.value === undefined && steering.asked.value === undefined;
  return (
    <>
      {shown !== undefined && (
        <div class="region" style={placeOf(shown, view.framing.value)}>
          {isTold && told !== undefined && <span>{chooserText(told, view.desk.editor.value)}</span>}
        </div>
      )}
      {naming !== undefined && <DrawingSheet view={view} role={naming} drawn={drawn} />}
    </>
  );
}

interface DrawingProps {
  readonly view: SessionView;
  readonly role: RegionRole;
  readonly drawn: { value: Region | undefined };
}

function DrawingSheet({ view, role, drawn }: DrawingProps) {
  const from = useSignal<Point | undefined>(undefined);
  const place = useRef<HTMLDivElement>(null);
  const pointOf = ({ offsetX, offsetY }: PointerEvent): Point =>
    filmPoint(view.framing.peek(), { x: offsetX, y: offsetY });
  const cancel = () => {
    from.value = undefined;
    drawn.value = undefined;
  };
  const choose = () => {
    if (drawn.value !== undefined) view.steering.name(drawn.value, role);
    cancel();
  };

  // Keys are its own while it is there; then they go where they went before.
  useLayoutEffect(() => {
    const before = document.activeElement;
    place.current?.focus({ preventScroll: true });
    return () => {
      drawn.value = undefined;
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, [drawn]);

  const onDown = (event: PointerEvent) => {
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    from.value = pointOf(event);
  };
  const onMove = (event: PointerEvent) => {
    const area = view.area.peek();
    if (from.value !== undefined && area !== undefined) drawn.value = regionOf(from.value, pointOf(event), area.window);
  };
  const onKey = (event: KeyboardEvent) => {
    const next = regionAfter(view, drawn.value, event);
    if (next === undefined && event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    if (next === undefined) choose();
    else drawn.value = next;
  };
  const purpose = role === "alone" ? "that alone is rendered" : "that comes first";
  return (
    <div
      ref={place}
      class="region-sheet"
      role="application"
      tabIndex={-1}
      aria-label={`Drag the rectangle ${purpose}, or move it with the arrows, its corner with Shift and the arrows; Enter chooses it, Escape does not`}
      onPointerDown={onDown}
      onPointerMove={onMove}
      onPointerUp={choose}
      onPointerCancel={cancel}
      onKeyDown={onKey}
    >
      <p class="spoken" role="status">
        {drawn.value === undefined ? "" : regionText(drawn.value)}
      </p>
    </div>
  );
}

/** The first key shows where it begins. undefined: the key does not change it. */
function regionAfter(view: SessionView, drawn: Region | undefined, event: KeyboardEvent): Region | undefined {
  const window = view.area.peek()?.window;
  if (window === undefined || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const present = drawn ?? middleRegion(view.framing.peek(), view.page.peek(), window);
  const next = present && nudged(present, event.key, event.shiftKey, window);
  return drawn === undefined && next !== undefined ? present : next;
}
