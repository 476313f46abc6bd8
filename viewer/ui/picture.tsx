// The canvas, and what pointers do on it: drag to pan, wheel or pinch to zoom, twice to fit or one to one.
import { type Signal, useComputed } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { SessionView } from "../live/session-view.ts";
import { dragged, pinched, wheeled } from "../state/drag.ts";
import { filmPoint, type Point } from "../state/framing.ts";
import { type Moved, Touches } from "../state/touches.ts";
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
      if (view.desk.tool.peek() === "camera") view.desk.moveCamera((pose) => wheeled(pose, pixels));
      else view.zoom(2 ** (-pixels / 200), pointOf(event));
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
    const moved = touches.moved(event.pointerId, at);
    if (moved !== undefined) drag(moved, event);
    // After it: a picture that is dragged goes with the pointer, and what is under it stays.
    pointed.value = pixelUnder(view, at);
  };
  const drag = (moved: Moved, event: PointerEvent) => {
    const { tool } = view.desk;
    if (tool.peek() === "camera") {
      const heightPx = pictureHeightPx(view);
      view.desk.moveCamera((pose) =>
        moved.isPinch ? pinched(pose, moved.by, moved.zoom, heightPx) : dragged(pose, moved.by, heightPx, event),
      );
      return;
    }
    if (moved.zoom !== 1) view.zoom(moved.zoom, moved.middle);
    view.pan(moved.by);
  };
  const onDown = (event: PointerEvent) => {
    place.current?.setPointerCapture(event.pointerId);
    touches.began(event.pointerId, pointOf(event));
    pointed.value = pixelUnder(view, pointOf(event));
    ask(view, pointed.value);
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
        onContextMenu={(event) => view.desk.tool.peek() === "camera" && event.preventDefault()}
        onDblClick={() => view.desk.tool.peek() === "look" && view.obey(isFitted(view) ? "one-to-one" : "fit")}
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

/** With the tools that ask what is there. */
function ask({ desk }: SessionView, at: Point | undefined): void {
  const tool = desk.tool.peek();
  if (at === undefined || (tool !== "pick" && tool !== "focus")) return;
  desk.pick(at, tool === "pick" ? "show" : "focus");
  // Focusing is done with one click.
  if (tool === "focus") desk.tool.value = "look";
}

/** On the page, CSS pixels. */
function pictureHeightPx(view: SessionView): number {
  return Math.max(1, (view.area.peek()?.height ?? 1) * view.framing.peek().scale);
}

function isFitted(view: SessionView): boolean {
  return Math.abs(view.framing.peek().scale * devicePixelRatio - 1) > 1e-6;
}
