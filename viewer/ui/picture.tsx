// The canvas, and what pointers do on it: drag to pan, wheel or pinch to zoom, twice to fit or one to one.
import { type Signal, useComputed } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { SessionView } from "../live/session-view.ts";
import { filmPoint, type Point } from "../state/framing.ts";
import { Touches } from "../state/touches.ts";
import { RegionSheet } from "./region.tsx";
import { Wipe } from "./wipe.tsx";

export interface PictureProps {
  readonly view: SessionView;
  /** Film pixel under the pointer. */
  readonly pointed: Signal<Point | undefined>;
}

export function Picture({ view, pointed }: PictureProps) {
  const place = useRef<HTMLCanvasElement>(null);
  const touches = useMemo(() => new Touches(), []);
  const label = useComputed(() => `Picture of ${view.model.value.film?.sceneName || "the session"}`);

  useEffect(() => {
    const canvas = place.current;
    if (canvas === null) return;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 16 : event.deltaY;
      view.zoom(2 ** (-pixels / 200), pointOf(event));
    };
    // Preact's own would be passive, and the page would scroll.
    canvas.addEventListener("wheel", onWheel, { passive: false });
    const detach = view.attach(canvas);
    return () => {
      canvas.removeEventListener("wheel", onWheel);
      detach();
    };
  }, [view]);

  const onMove = (event: PointerEvent) => {
    const at = pointOf(event);
    pointed.value = pixelUnder(view, at);
    const moved = touches.moved(event.pointerId, at);
    if (moved === undefined) return;
    if (moved.zoom !== 1) view.zoom(moved.zoom, moved.middle);
    view.pan(moved.by);
  };
  const onDown = (event: PointerEvent) => {
    place.current?.setPointerCapture(event.pointerId);
    touches.began(event.pointerId, pointOf(event));
    pointed.value = pixelUnder(view, pointOf(event));
  };
  const onEnd = (event: PointerEvent) => touches.ended(event.pointerId);
  const onLeave = (event: PointerEvent) => {
    // What a finger pointed at last stays readable.
    if (event.pointerType === "mouse") pointed.value = undefined;
  };
  return (
    <div class="picture">
      <canvas
        ref={place}
        role="img"
        aria-label={label}
        onPointerDown={onDown}
        onPointerMove={onMove}
        onPointerUp={onEnd}
        onPointerCancel={onEnd}
        onPointerLeave={onLeave}
        onDblClick={() => view.obey(isFitted(view) ? "one-to-one" : "fit")}
      />
      <Wipe view={view} />
      <RegionSheet view={view} />
    </div>
  );
}

function pointOf({ offsetX, offsetY }: MouseEvent): Point {
  return { x: offsetX, y: offsetY };
}

function pixelUnder(view: SessionView, at: Point): Point | undefined {
  const film = view.area.peek();
  const { x, y } = filmPoint(view.framing.peek(), at);
  if (film === undefined || x < 0 || y < 0 || x >= film.width || y >= film.height) return undefined;
  return { x: Math.floor(x), y: Math.floor(y) };
}

function isFitted(view: SessionView): boolean {
  return Math.abs(view.framing.peek().scale * devicePixelRatio - 1) > 1e-6;
}
