// What the film holds of the pixel under the pointer: asked of the coordinator, one question at a time, and again when the
// picture has changed. What comes after the pointer has moved on is not shown.
import { signal } from "@preact/signals";
import type { ProbeReply } from "../../proto/gen/arras/v1/look_pb.ts";
import type { ViewerPick, ViewerProbed, ViewerRequest } from "../../proto/gen/arras/v1/viewer_pb.ts";
import type { Point } from "../state/framing.ts";

export interface ProberLink {
  ask(request: ViewerRequest["request"]): void;
}

/** A pointer that moves is followed so often: each answer may cost a ray. */
const pauseMs = 100;

export class Prober {
  /** Of the pixel that is pointed at; undefined: not known yet. */
  readonly probed = signal<ProbeReply | undefined>(undefined);
  readonly #link: ProberLink;
  #pointed: Point | undefined;
  #asked: ViewerPick | undefined;
  /** The answer is out, or has just come. */
  #isBusy = false;
  /** What is pointed at, or what is there, has changed since it was asked. */
  #isOwed = false;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(link: ProberLink) {
    this.#link = link;
  }

  /** undefined: at nothing. */
  point(at: Point | undefined): void {
    if (at?.x === this.#pointed?.x && at?.y === this.#pointed?.y) return;
    this.#pointed = at;
    this.probed.value = undefined;
    this.refresh();
  }

  /** The picture has changed. */
  refresh(): void {
    this.#isOwed = this.#pointed !== undefined;
    this.#askNext();
  }

  /** The connection is new: what was asked before is not answered any more. */
  connected(): void {
    this.#isBusy = false;
    clearTimeout(this.#pause);
  }

  told({ requestIndex, probed }: ViewerProbed): void {
    if (requestIndex !== this.#asked?.requestIndex) return;
    const { x, y } = this.#asked;
    if (x === this.#pointed?.x && y === this.#pointed.y) this.probed.value = probed;
    this.#pause = setTimeout(() => {
      this.#isBusy = false;
      this.#askNext();
    }, pauseMs);
  }

  close(): void {
    clearTimeout(this.#pause);
  }

  #askNext(): void {
    if (this.#isBusy || !this.#isOwed || this.#pointed === undefined) return;
    this.#isBusy = true;
    this.#isOwed = false;
    const requestIndex = (this.#asked?.requestIndex ?? 0) + 1;
    this.#asked = { $typeName: "arras.v1.ViewerPick", requestIndex, ...this.#pointed };
    this.#link.ask({ case: "probe", value: this.#asked });
  }
}
