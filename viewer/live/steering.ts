// What the page changes of its session's rendering without changing the picture: pause, samples, what comes first; and
// rendering it anew. The coordinator's events tell what became of it.

import { create } from "@bufbuild/protobuf";
import { signal } from "@preact/signals";
import { PixelRectSchema } from "../../proto/gen/arras/v1/common_pb.ts";
import { SessionState } from "../../proto/gen/arras/v1/session_pb.ts";
import { ViewerCommand, ViewerRegionSchema, type ViewerRequest } from "../../proto/gen/arras/v1/viewer_pb.ts";
import type { Command } from "../state/key-map.ts";
import type { Region } from "../state/region.ts";
import type { SessionModel } from "../state/session-model.ts";

export interface SteeringLink {
  ask(request: ViewerRequest["request"]): void;
}

export class Steering {
  /** What this page wants to come first, until the session says what does; undefined: nothing is asked. */
  readonly asked = signal<{ readonly region: Region | undefined } | undefined>(undefined);
  /** The next drag names it. */
  readonly isNaming = signal(false);
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
        this.isNaming.value = !this.isNaming.peek();
        return true;
      case "no-region":
        if (this.isNaming.peek()) this.isNaming.value = false;
        else if (this.shown(session?.region?.rect) !== undefined) this.name(undefined);
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

  /** `told`: what comes first, as the session says. */
  shown(told: Region | undefined): Region | undefined {
    return this.asked.value === undefined ? told : this.asked.value.region;
  }

  /** The session says what comes first, or has refused what was asked: whoever chose last, it counts. */
  told(): void {
    this.asked.value = undefined;
  }

  /** undefined: nothing comes first any more. */
  name(region: Region | undefined): void {
    this.asked.value = { region };
    this.isNaming.value = false;
    const rect = region === undefined ? {} : { rect: create(PixelRectSchema, { ...region }) };
    this.#link.ask({ case: "region", value: create(ViewerRegionSchema, rect) });
  }
}
