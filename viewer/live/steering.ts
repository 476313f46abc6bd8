// What the page changes of its session's rendering without changing the picture: pause, samples, what comes first; and
// rendering it anew. The coordinator's events tell what became of it.

import { create } from "@bufbuild/protobuf";
import { signal } from "@preact/signals";
import { PixelRectSchema } from "../../proto/gen/arras/v1/common_pb.ts";
import { type ChosenRegion, SessionState } from "../../proto/gen/arras/v1/session_pb.ts";
import { ViewerCommand, ViewerRegionSchema, type ViewerRequest } from "../../proto/gen/arras/v1/viewer_pb.ts";
import type { Command } from "../state/key-map.ts";
import type { NamedRegion, Region, RegionRole } from "../state/region.ts";
import type { SessionModel } from "../state/session-model.ts";

export interface SteeringLink {
  ask(request: ViewerRequest["request"]): void;
}

export class Steering {
  /** What this page wants to come first or alone, until the session says what does; undefined: nothing is asked. */
  readonly asked = signal<{ readonly region: NamedRegion | undefined } | undefined>(undefined);
  /** What the next drag names; undefined: nothing. */
  readonly naming = signal<RegionRole | undefined>(undefined);
  readonly #link: SteeringLink;

  constructor(link: SteeringLink) {
    this.#link = link;
  }

  /** What a key says; false: it is no command of these. */
  obey(command: Command, { film, session }: SessionModel): boolean {
    switch (command) {
      case "pause":
        this.pause(session?.state !== SessionState.PAUSED);
        return true;
      case "restart":
        this.restart();
        return true;
      case "more-samples":
        if (film !== undefined) this.raise(2 * film.budgetSpp);
        return true;
      case "region":
        this.#draw(this.shown(session?.region)?.role ?? "first");
        return true;
      case "region-alone":
        this.#alone(this.shown(session?.region));
        return true;
      case "no-region":
        if (this.naming.peek() !== undefined) this.naming.value = undefined;
        else if (this.shown(session?.region) !== undefined) this.name(undefined);
        return true;
      default:
        return false;
    }
  }

  pause(isWished: boolean): void {
    this.#link.ask({ case: "command", value: isWished ? ViewerCommand.PAUSE : ViewerCommand.RESUME });
  }

  restart(): void {
    this.#link.ask({ case: "command", value: ViewerCommand.RESTART });
  }

  raise(spp: number): void {
    this.#link.ask({ case: "budgetSpp", value: spp });
  }

  /** `told`: what comes first or alone, as the session says. */
  shown(told: ChosenRegion | undefined): NamedRegion | undefined {
    if (this.asked.value !== undefined) return this.asked.value.region;
    return told?.rect && { ...told.rect, role: told.alone ? "alone" : "first" };
  }

  #draw(role: RegionRole): void {
    this.naming.value = this.naming.peek() === role ? undefined : role;
  }

  /** Of the region that there is; of none, it is to be dragged. */
  #alone(region: NamedRegion | undefined): void {
    if (region === undefined) this.#draw("alone");
    else this.name(region, region.role === "alone" ? "first" : "alone");
  }

  /** The session says what does, or has refused what was asked: whoever chose last, it counts. */
  told(): void {
    this.asked.value = undefined;
  }

  /** undefined: nothing comes first or alone any more. */
  name(region: Region | undefined, role: RegionRole = "first"): void {
    this.naming.value = undefined;
    if (region === undefined) {
      this.asked.value = { region };
      this.#link.ask({ case: "region", value: create(ViewerRegionSchema) });
      return;
    }
    const { x0, y0, x1, y1 } = region;
    this.asked.value = { region: { x0, y0, x1, y1, role } };
    const rect = create(PixelRectSchema, { x0, y0, x1, y1 });
    this.#link.ask({ case: "region", value: create(ViewerRegionSchema, { rect, alone: role === "alone" }) });
  }
}
