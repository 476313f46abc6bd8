// Edits of a session's scene while it renders: each is a new epoch. Those that come faster than first pictures do are
// joined: the newest waits, and all who wait are answered with the epoch that has it. Whoever looks is told.
import { create, equals } from "@bufbuild/protobuf";
import type { ArrasError } from "../proto/errors.ts";
import { type SceneEdits, SceneEditsSchema } from "../proto/gen/arras/v1/edits_pb.ts";
import { type ReadSceneReply, ReadSceneReplySchema } from "../proto/gen/arras/v1/look_pb.ts";
import { limits } from "../proto/limits.ts";
import { checkAgainst, checkEdits } from "../proto/scene-edits.ts";
import type { EditedScene, SceneEpoch } from "./scene-epoch.ts";
import { longName, sceneNotHere, sceneNotLoaded, sessionElsewhere, sessionEnded } from "./session-errors.ts";
import type { SessionLife } from "./session-life.ts";
import type { SessionPlan, SessionSurroundings } from "./session-plan.ts";
import type { SessionPulse } from "./session-pulse.ts";
import type { SessionState } from "./session-state.ts";

export interface EditingParts {
  readonly life: Pick<SessionLife, "mayAct" | "isFinal" | "isEnding" | "state">;
  readonly scene: SceneEpoch;
  /** All that is granted or rendered of the former epoch is void; the planner begins anew. */
  readonly work: { startEpoch(): void; readonly hasFirstPicture: boolean };
  /** Its film: left at once, opened when the record has the epoch. */
  readonly film: { readonly isRead: boolean; leaveEpoch(): void; openEpoch(): void };
  readonly pulse: Pick<SessionPulse, "quicken">;
  notice(level: number, text: string): void;
}

interface Waiter {
  readonly resolve: (epoch: number) => void;
  readonly reject: (error: ArrasError) => void;
}

interface Pending extends EditedScene {
  readonly waiters: readonly Waiter[];
}

export class SessionEditing {
  readonly #plan: SessionPlan;
  readonly #world: SessionSurroundings;
  readonly #parts: EditingParts;
  readonly #watchers = new Set<(scene: ReadSceneReply) => void>();
  #pending: Pending | undefined;
  /** Of the present epoch; at first when its scene was loaded. */
  #beganAtMs = 0;
  /** What could be shown before the present epoch. */
  #former: EditedScene | undefined;
  /** The present epoch is not in the record yet. */
  #isSaving = false;
  #isTold = false;

  constructor(plan: SessionPlan, world: SessionSurroundings, parts: EditingParts) {
    this.#plan = plan;
    this.#world = world;
    this.#parts = parts;
  }

  /** Something else than what is rendered is wanted: it does not end yet. */
  get isWaiting(): boolean {
    return this.#pending !== undefined || this.#isSaving;
  }

  /** Resolves with the epoch that has these edits, or newer ones. Rejects as LookService.EditSession says. */
  async edit(edits: SceneEdits, editor: string): Promise<number> {
    this.#requireEditable();
    if (editor.length > limits.editorCharsMax) throw longName(editor);
    checkEdits(edits);
    checkAgainst(this.#contents(), edits);
    const { number, edited } = this.#parts.scene;
    if (!this.isWaiting && equals(SceneEditsSchema, edits, edited.edits)) return number;
    return this.#want({ edits, editor });
  }

  /** Renders the present scene from the first sample again. Rejects as `edit`. */
  async restart(): Promise<number> {
    this.#requireEditable();
    return this.#want(this.#pending ?? this.#parts.scene.edited);
  }

  /** Throws as LookService.ReadScene says. */
  read(): ReadSceneReply {
    const { scene, life } = this.#parts;
    const { number: epoch, edited } = scene;
    // Of one that ended before it was taken over, its edits are known.
    const contents = life.isFinal ? scene.contents : this.#contents();
    return create(ReadSceneReplySchema, { ...(contents && { contents }), epoch, ...edited });
  }

  /** Told the scene when it is known, and after each edit of anybody. Returns how to stop. */
  watch(watcher: (scene: ReadSceneReply) => void): () => void {
    this.#watchers.add(watcher);
    if (this.#isTold) watcher(this.read());
    return () => this.#watchers.delete(watcher);
  }

  /** Now and then: begins with what waits, as soon as it may; tells of a scene that is known now. */
  tick(): void {
    const { life, scene, film, work, pulse } = this.#parts;
    const nowMs = this.#world.clock.nowMs();
    if (!this.#isTold && scene.contents !== undefined) {
      this.#beganAtMs = nowMs;
      this.#tell();
    }
    if (this.#pending !== undefined && !this.#isSaving) {
      const isShown = film.isRead && work.hasFirstPicture;
      if (isShown || nowMs - this.#beganAtMs >= limits.editWaitMsMax) this.#begin(this.#pending);
      else pulse.quicken();
    }
    // Whoever looks waits for the scene. A renderer that has not described it when it begins never will.
    if (!this.#isTold && isLoading(life.state)) pulse.quicken();
  }

  /** All of the present epoch is rendered: what waits need wait no more. */
  complete(): void {
    if (this.#pending !== undefined && !this.#isSaving) this.#begin(this.#pending);
  }

  /** A computation cannot show the present edits. False: that is no matter of edits that could be taken back. */
  refused(error: ArrasError): boolean {
    const { scene, notice } = this.#parts;
    const former = this.#former;
    if (error.code !== "edit-impossible" || scene.isConfirmed) return false;
    // Of several computations the first was heard already.
    if (this.isWaiting) return true;
    if (former === undefined) return false;
    notice(1, `The scene cannot be changed like that, and is as before: ${error.message}`);
    void this.#want(former).catch(() => {});
    this.complete();
    return true;
  }

  /** Nothing is begun any more. */
  end(): void {
    const { waiters = [] } = this.#pending ?? {};
    this.#pending = undefined;
    for (const { reject } of waiters) reject(sessionEnded(this.#plan.sessionId));
  }

  #want(edited: EditedScene): Promise<number> {
    return new Promise((resolve, reject) => {
      const waiters = [...(this.#pending?.waiters ?? []), { resolve, reject }];
      this.#pending = { edits: edited.edits, editor: edited.editor, waiters };
      this.tick();
    });
  }

  #begin({ edits, editor, waiters }: Pending): void {
    const { scene, work, film } = this.#parts;
    this.#pending = undefined;
    this.#isSaving = true;
    this.#beganAtMs = this.#world.clock.nowMs();
    if (scene.isConfirmed) this.#former = scene.edited;
    scene.next({ edits, editor });
    film.leaveEpoch();
    work.startEpoch();
    // Whoever takes the session over must not know an older epoch than its film.
    void this.#saved().then((error) => {
      this.#isSaving = false;
      for (const { resolve, reject } of waiters) {
        if (error === undefined) resolve(scene.number);
        else reject(error);
      }
      if (error !== undefined) return;
      film.openEpoch();
      this.#tell();
    });
  }

  /** Resolves with why the epoch cannot be opened. */
  async #saved(): Promise<ArrasError | undefined> {
    const { sessionId } = this.#plan;
    const { life } = this.#parts;
    const saved = this.#world.save();
    if ((saved !== undefined && !(await saved)) || !life.mayAct()) return sessionElsewhere(sessionId);
    return life.isEnding ? sessionEnded(sessionId) : undefined;
  }

  #tell(): void {
    if (this.#parts.scene.contents === undefined) return;
    this.#isTold = true;
    const scene = this.read();
    for (const watcher of this.#watchers) watcher(scene);
  }

  #contents() {
    const { contents } = this.#parts.scene;
    if (contents !== undefined) return contents;
    const { t } = this.#parts.life.state;
    // It was loaded once: whoever has it is about to connect again, as after a takeover.
    throw t === "rendering" || t === "paused"
      ? sceneNotHere(this.#plan.sessionId)
      : sceneNotLoaded(this.#plan.sessionId);
  }

  #requireEditable(): void {
    const { life } = this.#parts;
    if (life.isFinal || life.isEnding) throw sessionEnded(this.#plan.sessionId);
    if (!life.mayAct()) throw sessionElsewhere(this.#plan.sessionId);
  }
}

function isLoading({ t }: SessionState): boolean {
  return t === "starting" || t === "preparing";
}
