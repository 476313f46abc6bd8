// What whoever looks may change of a session's rendering without changing its picture: pause it, raise its samples, name
// what comes first. Kept in its record, so that a takeover changes none of it.
import { ArrasError } from "../proto/errors.ts";
import { SessionWish } from "../proto/gen/arras/v1/record_pb.ts";
import { limits } from "../proto/limits.ts";
import { intersection, isEmpty, type PixelRect } from "../proto/rect.ts";
import type { PlannerEvent } from "./planner/events.ts";
import type { SessionDeadlines } from "./session-deadlines.ts";
import { longName, sessionElsewhere } from "./session-errors.ts";
import type { SessionLife } from "./session-life.ts";
import type { SessionPlan, SessionSurroundings } from "./session-plan.ts";
import type { SessionTally } from "./session-tally.ts";

/** What comes first, or alone, and who wants it so. */
export interface ChosenRegion {
  readonly rect: PixelRect;
  readonly isAlone: boolean;
  readonly editor: string;
}

/** What its record has of it. */
export interface Steering {
  readonly budgetSpp: number;
  /** undefined: none. */
  readonly region: ChosenRegion | undefined;
}

export interface SteeringParts {
  readonly life: Pick<SessionLife, "state" | "wish" | "isFinal" | "isEnding" | "mayAct" | "set">;
  readonly tally: Pick<SessionTally, "paused" | "resumed" | "pausedMs">;
  readonly work: { step(event: PlannerEvent): void };
  readonly deadlines: Pick<SessionDeadlines, "cancel" | "render">;
  /** It has ended, and renders on with so many samples. Rejects as LookService.RaiseBudget says. */
  goOn(budgetSpp: number): Promise<void>;
  /** Everybody is told the present state. */
  tell(): void;
  notice(level: number, text: string): void;
}

export class SessionSteering {
  readonly #plan: Pick<SessionPlan, "sessionId" | "film">;
  readonly #world: Pick<SessionSurroundings, "clock" | "save">;
  readonly #parts: SteeringParts;
  #budgetSpp: number;
  #region: ChosenRegion | undefined;
  /** The region is rendered alone and has all that it is to have: nothing is granted until it is lifted. */
  #isRegionDone = false;

  constructor(
    plan: Pick<SessionPlan, "sessionId" | "film" | "budgetSpp" | "base">,
    world: Pick<SessionSurroundings, "clock" | "save">,
    parts: SteeringParts,
  ) {
    this.#plan = plan;
    this.#world = world;
    this.#parts = parts;
    this.#budgetSpp = plan.budgetSpp;
    const { region, regionAlone: isAlone, regionEditor: editor } = plan.base;
    this.#region = region === undefined ? undefined : { rect: region, isAlone, editor };
  }

  /** As of now. */
  get present(): Steering {
    return { budgetSpp: this.#budgetSpp, region: this.#region };
  }

  get isRegionDone(): boolean {
    return this.#isRegionDone;
  }

  /** It renders, or goes on with what its record says. */
  begin(): void {
    const { life, work } = this.#parts;
    if (this.#region !== undefined) {
      const { rect, isAlone } = this.#region;
      work.step({ t: "region", rect, isAlone });
    }
    if (life.state.t === "paused") work.step({ t: "pause" });
    this.#keepTime();
  }

  /** Told by the planner, each time that it changes. */
  regionDone(isDone: boolean): void {
    const { life, tell, notice } = this.#parts;
    this.#isRegionDone = isDone;
    if (life.isEnding) return;
    this.#keepTime();
    if (isDone) notice(3, "The region is done; lift it to go on with the rest of the frame");
    tell();
  }

  /** Rejects, as all of these, as LookService says, and with `unavailable` when the session is not ours any more. */
  async pause(): Promise<void> {
    const { life, work } = this.#parts;
    this.#requireOpen("paused");
    const { state } = life;
    if (state.t === "paused") return this.#saved();
    if (state.t !== "rendering") throw notYet(this.#plan.sessionId, state.t);
    life.set({ ...state, t: "paused" });
    this.#keepTime();
    work.step({ t: "pause" });
    return this.#changed("Paused");
  }

  async resume(): Promise<void> {
    const { life, work } = this.#parts;
    this.#requireOpen("resumed");
    const { state } = life;
    if (state.t !== "paused") return;
    life.set({ ...state, t: "rendering" });
    this.#keepTime();
    work.step({ t: "resume" });
    return this.#changed("It goes on");
  }

  async raiseBudget(spp: number): Promise<void> {
    const { life } = this.#parts;
    if (!life.mayAct()) throw sessionElsewhere(this.#plan.sessionId);
    if (life.isEnding && !life.isFinal) throw stillEnding(this.#plan.sessionId);
    if (!life.isFinal || life.wish === SessionWish.CLOSE) this.#requireOpen("rendered further");
    const { maxSpp } = this.#plan.film;
    if (spp < this.#budgetSpp) throw belowBudget(spp, this.#budgetSpp);
    if (spp > maxSpp) throw aboveFilm(spp, maxSpp);
    if (life.isFinal && (spp > this.#budgetSpp || life.state.t === "stopped")) return this.#parts.goOn(spp);
    if (spp === this.#budgetSpp) return this.#saved();
    this.#budgetSpp = spp;
    this.#parts.work.step({ t: "budget", spp });
    return this.#changed(`It gets ${spp} samples per pixel now`);
  }

  /** undefined: no region. `isAlone`: nothing else is rendered. `editor`: who wants it, for the others. */
  async setRegion(rect: PixelRect | undefined, isAlone: boolean, editor: string): Promise<void> {
    this.#requireOpen("rendered in another order");
    if (editor.length > limits.editorCharsMax) throw longName(editor);
    const { widthPx, heightPx, cropWindow } = this.#plan.film;
    if (rect !== undefined && (isEmpty(rect) || rect.x0 < 0 || rect.y0 < 0 || rect.x1 > widthPx || rect.y1 > heightPx))
      throw outside(rect, widthPx, heightPx);
    if (rect !== undefined && isAlone && isEmpty(intersection(rect, cropWindow))) throw outsideCrop(rect, cropWindow);
    this.#region = rect === undefined ? undefined : { rect, isAlone, editor };
    this.#parts.work.step({ t: "region", rect: rect ?? null, isAlone });
    this.#parts.tell();
    return this.#saved();
  }

  /** Its limit of time stands still while it is paused, and while it waits for its region to be lifted. */
  #keepTime(): void {
    const { life, tally, deadlines } = this.#parts;
    const nowMs = this.#world.clock.nowMs();
    if (life.state.t === "paused" || this.#isRegionDone) {
      tally.paused(nowMs);
      deadlines.cancel();
      return;
    }
    tally.resumed(nowMs);
    // Before it renders, the time that its computations have to be there goes on.
    if (life.state.t !== "rendering") return;
    deadlines.cancel();
    deadlines.render(life.state.preparedAtMs + tally.pausedMs);
  }

  #requireOpen(what: string): void {
    const { life } = this.#parts;
    if (!life.mayAct()) throw sessionElsewhere(this.#plan.sessionId);
    if (life.isFinal || life.isEnding) throw hasEnded(this.#plan.sessionId, what);
  }

  #changed(text: string): Promise<void> {
    this.#parts.notice(3, text);
    this.#parts.tell();
    return this.#saved();
  }

  /** Resolves when it cannot be lost any more. */
  async #saved(): Promise<void> {
    if ((await this.#world.save()) === false) throw sessionElsewhere(this.#plan.sessionId);
  }
}

function hasEnded(session: string, what: string): ArrasError {
  return new ArrasError("session-state", {
    message: `The session has ended and cannot be ${what}: its computations have left`,
    action: "Raise its samples, and it goes on; or render it again.",
    place: { session },
  });
}

function stillEnding(session: string): ArrasError {
  return new ArrasError("unavailable", {
    message: "The session is just ending",
    action: "Ask again in a moment.",
    place: { session },
  });
}

function notYet(session: string, state: string): ArrasError {
  return new ArrasError("session-state", {
    message: `The session is ${state} and does not render yet`,
    action: "Pause it when it renders.",
    place: { session },
  });
}

function belowBudget(spp: number, budgetSpp: number): ArrasError {
  return new ArrasError("usage", {
    message: `${spp} samples per pixel are fewer than the ${budgetSpp} that are asked for already`,
    action: "Raise them, or stop the session.",
  });
}

function aboveFilm(spp: number, maxSpp: number): ArrasError {
  return new ArrasError("limit-exceeded", {
    message: `${spp} samples per pixel are more than the ${maxSpp} that the session's film can hold`,
    action: "Ask for fewer, or render it anew with more (--spp).",
  });
}

function outside({ x0, y0, x1, y1 }: PixelRect, widthPx: number, heightPx: number): ArrasError {
  return new ArrasError("usage", {
    message: `The region ${x0},${y0}-${x1},${y1} is no part of the picture of ${widthPx}x${heightPx} pixels`,
    action: "Name a rectangle of at least one pixel within it.",
  });
}

function outsideCrop(rect: PixelRect, crop: PixelRect): ArrasError {
  const text = ({ x0, y0, x1, y1 }: PixelRect) => `${x0},${y0}-${x1},${y1}`;
  return new ArrasError("usage", {
    message: `Nothing of the region ${text(rect)} is rendered, as the crop window is ${text(crop)}`,
    action: "Name a rectangle with pixels of the crop window.",
  });
}
