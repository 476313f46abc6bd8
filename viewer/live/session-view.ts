// A session on the page: what the coordinator tells becomes signals, its frames become textures, and what the user
// chooses becomes wishes. One inbox: frames are decoded and put one after the other, and acknowledged once they are drawn.
import { computed, effect, signal } from "@preact/signals";
import { PreviewEncoding, type PreviewFrame } from "../../proto/gen/arras/v1/preview_pb.ts";
import { ViewerCommand, type ViewerEvent } from "../../proto/gen/arras/v1/viewer_pb.ts";
import { type FilmArea, PictureCanvas } from "../gl/picture-canvas.ts";
import { whyOver } from "../state/availability.ts";
import { choicesAfter, framingAfter } from "../state/commands.ts";
import { type Framing, type Point, panned, type Size, zoomed } from "../state/framing.ts";
import type { Command } from "../state/key-map.ts";
import { shownOutputs } from "../state/outputs.ts";
import { sameRegion } from "../state/region.ts";
import { filmWindow, initialModel, isFinal, type SessionModel, told } from "../state/session-model.ts";
import { changed, initialChoices, type ViewChoices, wishedOutputs } from "../state/view-choices.ts";
import { wishKey, wishOf } from "../state/wish.ts";
import { decodeTile } from "./decode-tile.ts";
import { KeptShelf } from "./kept-shelf.ts";
import { Prober } from "./prober.ts";
import { SceneDesk } from "./scene-desk.ts";
import { SessionLink } from "./session-link.ts";
import { Steering } from "./steering.ts";

export class SessionView {
  readonly model = signal<SessionModel>(initialModel);
  readonly choices = signal<ViewChoices>(initialChoices);
  readonly framing = signal<Framing>({ scale: 1, origin: { x: 0, y: 0 } });
  /** Of the canvas, CSS pixels. */
  readonly page = signal<Size>({ width: 1, height: 1 });
  readonly hasSnapshot = signal(false);
  /** Rises with each frame that is on the page: what was read of the picture is to be read again. */
  readonly shownFrames = signal(0);
  /** Why there is no picture. */
  readonly pictureError = signal<string | undefined>(undefined);
  readonly outputs = computed(() => {
    const { film, denoiser } = this.model.value;
    return shownOutputs(film?.film?.outputs ?? [], (denoiser?.name ?? "") !== "");
  });
  /** A session that is over is only looked at. */
  readonly mayEdit = computed(() => {
    const { film, session } = this.model.value;
    return film?.mayEdit === true && !isFinal(session?.state);
  });
  /** undefined: it is not over. */
  readonly over = computed(() => whyOver(this.model.value, { host: location.hostname, port: portOf(location) }));
  readonly area = computed<FilmArea | undefined>((): FilmArea | undefined => {
    const spec = this.model.value.film?.film;
    return spec === undefined ? undefined : { width: spec.widthPx, height: spec.heightPx, window: filmWindow(spec) };
  });

  readonly steering: Steering;
  readonly desk: SceneDesk;
  readonly prober: Prober;
  readonly shelf: KeptShelf;
  readonly #link: SessionLink;
  readonly #stops: (() => void)[] = [];
  #canvas: HTMLCanvasElement | undefined;
  #picture: PictureCanvas | undefined;
  #epoch = 0;
  #inbox: Promise<void> = Promise.resolve();
  #drawnThen: (() => void)[] = [];
  #isDue = false;
  /** Also before there is a film, and for each size of the page; "by-hand": the user has moved it, a new size leaves it. */
  #framedAs: "fit" | "one-to-one" | "by-hand" = "fit";

  constructor(url: string) {
    this.#link = new SessionLink(url, {
      connection: (connection) => {
        this.model.value = { ...this.model.peek(), connection };
        if (connection.t !== "open") return;
        this.desk.connected();
        this.prober.connected();
      },
      event: (event) => this.#receive(event),
    });
    this.steering = new Steering(this.#link);
    this.desk = new SceneDesk(this.#link);
    this.prober = new Prober(this.#link);
    this.shelf = new KeptShelf(decodeURIComponent(url.split("/").at(-1) ?? ""));
  }

  /** Starts; the return value ends all. */
  attach(canvas: HTMLCanvasElement): () => void {
    this.#canvas = canvas;
    try {
      this.#picture = new PictureCanvas(canvas);
    } catch (thrown) {
      this.pictureError.value = String(thrown instanceof Error ? thrown.message : thrown);
    }
    const sizes = new ResizeObserver(() => this.#measure());
    sizes.observe(canvas);
    let wished = "";
    const sentAs = computed(() => this.model.value.link?.encoding ?? PreviewEncoding.UNSPECIFIED);
    const stopWishing = effect(() => {
      const choices = this.choices.value;
      const wish = wishOf(choices, sentAs.value);
      // Who looks at something else for a while comes back to a picture, not to black tiles.
      this.#picture?.keepOnly(["beauty", ...wishedOutputs(choices)]);
      if (wishKey(wish) === wished) return;
      wished = wishKey(wish);
      this.#link.wish(wish);
    });
    const stopDrawing = effect(() => {
      this.choices.value;
      this.framing.value;
      this.page.value;
      this.#redraw();
    });
    const stopLooking = effect(() => {
      const { connection, session, film } = this.model.value;
      const isKept = film?.onFarm === true && isFinal(session?.state);
      if (isKept || connection.t === "refused") this.shelf.look();
    });
    this.#stops.push(
      stopWishing,
      stopLooking,
      () => this.shelf.close(),
      stopDrawing,
      () => sizes.disconnect(),
      () => this.prober.close(),
      () => this.#link.close(),
    );
    return () => {
      for (const stop of this.#stops.splice(0)) stop();
    };
  }

  choose(change: Partial<ViewChoices>): void {
    this.choices.value = changed(this.choices.peek(), change);
  }

  /** What a key says. Help and panels are the page's own. */
  obey(command: Command): void {
    const maySteer = this.mayEdit.peek() || (command === "more-samples" && this.#mayGoOn);
    if (maySteer && this.steering.obey(command, this.model.peek())) return;
    if (command === "snapshot") this.takeSnapshot();
    const seen = { outputs: this.outputs.peek(), hasSnapshot: this.hasSnapshot.peek() };
    this.choices.value = choicesAfter(this.choices.peek(), command, seen);
    const isMoved = this.#frame(command);
    if (command === "fit" || command === "one-to-one") this.#framedAs = command;
    else if (isMoved) this.#framedAs = "by-hand";
  }

  /** Returns whether that moves the picture. */
  #frame(command: Command): boolean {
    const film = this.area.peek();
    if (film === undefined) return false;
    const before = this.framing.peek();
    this.framing.value = framingAfter(before, command, { film, page: this.page.peek(), devicePixelRatio });
    return this.framing.peek() !== before;
  }

  #frameAgain(): void {
    if (this.#framedAs !== "by-hand") this.#frame(this.#framedAs);
  }

  /** It is over, and this user may let it render on. */
  get #mayGoOn(): boolean {
    return this.model.peek().film?.mayEdit === true && this.over.peek()?.takesSamples === true;
  }

  pan(by: Point): void {
    const film = this.area.peek();
    if (film === undefined) return;
    this.#framedAs = "by-hand";
    this.framing.value = panned(this.framing.peek(), by, film, this.page.peek());
  }

  zoom(factor: number, fixed: Point): void {
    this.#framedAs = "by-hand";
    this.framing.value = zoomed(this.framing.peek(), factor, fixed);
  }

  takeSnapshot(): void {
    this.#picture?.takeSnapshot(this.choices.peek().output);
    this.hasSnapshot.value = this.#picture?.hasSnapshot ?? false;
  }

  /** See PictureCanvas.valuesAt. */
  valuesAt(output: string, x: number, y: number): Float32Array | undefined {
    return this.#picture?.valuesAt(output, x, y);
  }

  stop(): void {
    this.#link.command(ViewerCommand.STOP);
  }

  #receive(event: ViewerEvent): void {
    if (event.event.case === "frame") {
      const frame = event.event.value;
      if (isNewDenoiser(this.model.peek(), frame)) this.model.value = told(this.model.peek(), event);
      this.#inbox = this.#inbox.then(() => this.#take(frame)).catch((thrown: unknown) => this.#fail(thrown));
      return;
    }
    if (event.event.case === "error") {
      this.desk.refused();
      this.steering.told();
    }
    if (event.event.case === "session" && !sameRegion(this.model.peek().session?.region, event.event.value.region))
      this.steering.told();
    // After the wish, which a connection begins with.
    if (event.event.case === "film") {
      this.desk.introduce();
      this.prober.refresh();
    }
    if (event.event.case === "scene") this.desk.told(event.event.value);
    if (event.event.case === "picked") this.desk.toldPick(event.event.value);
    if (event.event.case === "probed") this.prober.told(event.event.value);
    const before = JSON.stringify(this.area.peek());
    this.model.value = told(this.model.peek(), event);
    if (!this.mayEdit.peek()) this.desk.endEditing(this.over.peek() !== undefined);
    if (event.event.case === "film" && JSON.stringify(this.area.peek()) !== before) this.#open();
  }

  #open(): void {
    const area = this.area.peek();
    if (area === undefined) return;
    try {
      this.#picture?.open(area);
    } catch (thrown) {
      this.#fail(thrown);
    }
    this.hasSnapshot.value = false;
    if (this.#framedAs === "by-hand") this.#framedAs = "fit";
    this.#frameAgain();
  }

  async #take(frame: PreviewFrame): Promise<void> {
    const tiles = await Promise.all(frame.tiles.map((tile) => decodeTile(tile, frame.encoding)));
    if (frame.epoch < this.#epoch) return;
    const wished = wishedOutputs(this.choices.peek());
    // The coarse picture covers the former one within a few frames: black in between would flicker under a moving camera.
    if (frame.epoch > this.#epoch) this.#picture?.keepOnly(wished.filter((output) => output === "beauty"));
    this.#epoch = frame.epoch;
    for (const { output, rect, pixels } of tiles) {
      // The wish may have changed since.
      if (wished.includes(output)) this.#picture?.put(output, rect, pixels);
      if (pixels.t === "picture") pixels.picture.close();
    }
    this.#drawnThen.push(() => {
      this.#link.acknowledge(frame.frameIndex);
      this.shownFrames.value += 1;
      this.prober.refresh();
    });
    this.#redraw();
  }

  #measure(): void {
    const canvas = this.#canvas;
    if (canvas === undefined) return;
    const { clientWidth: width, clientHeight: height } = canvas;
    canvas.width = Math.max(1, Math.round(width * devicePixelRatio));
    canvas.height = Math.max(1, Math.round(height * devicePixelRatio));
    this.page.value = { width, height };
    this.#frameAgain();
    // At once: a canvas is empty after its size was set.
    this.#draw();
  }

  /** With the browser's next picture. A page that is out of sight has none, so it acknowledges nothing and costs nothing. */
  #redraw(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  #draw(): void {
    const samplesMax = Math.max(1, this.model.peek().film?.budgetSpp ?? 1);
    const view = { choices: this.choices.peek(), framing: this.framing.peek(), devicePixelRatio, samplesMax };
    this.#picture?.draw(view);
    for (const then of this.#drawnThen.splice(0)) then();
  }

  #fail(thrown: unknown): void {
    this.pictureError.value = thrown instanceof Error ? thrown.message : String(thrown);
  }
}

/** Empty in the address where it is the protocol's own. */
function portOf({ port, protocol }: Location): string {
  return port || (protocol === "https:" ? "443" : "80");
}

/** Told in every frame: only a change makes the page think. */
function isNewDenoiser({ denoiser }: SessionModel, frame: PreviewFrame): boolean {
  const next = frame.denoiser;
  return next !== undefined && (next.name !== denoiser?.name || next.missing !== denoiser.missing);
}
