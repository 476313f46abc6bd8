// The scene as a session renders it now: the generation, its edits, who made them, and who shows it. The parts of a
// session share it. Pure.
import { create } from "@bufbuild/protobuf";
import type { Prepared } from "../proto/gen/arras/v1/budget_pb.ts";
import { type SceneContents, type SceneEdits, SceneEditsSchema } from "../proto/gen/arras/v1/edits_pb.ts";
import type { SessionRecord } from "../proto/gen/arras/v1/record_pb.ts";

/** All edits of a scene, and whose the last one was; empty: nobody's. */
export interface EditedScene {
  readonly edits: SceneEdits;
  readonly editor: string;
}

export class SceneEpoch {
  #number: number;
  #edited: EditedScene;
  /** Computations that have loaded the scene and show these edits. */
  readonly #showing = new Set<string>();
  /** Those, and others that have loaded it and showed former edits. */
  readonly #knowing = new Set<string>();
  #isConfirmed = false;
  /** What can be edited; undefined until a computation has loaded the scene. */
  contents: SceneContents | undefined;

  constructor(number: number, edited: EditedScene) {
    this.#number = number;
    this.#edited = edited;
  }

  static fromRecord({ epoch, edits, editor }: SessionRecord): SceneEpoch {
    return new SceneEpoch(epoch, { edits: edits ?? create(SceneEditsSchema), editor });
  }

  /** From 1. */
  get number(): number {
    return this.#number;
  }

  get edited(): EditedScene {
    return this.#edited;
  }

  /** A computation has shown it: its edits are possible. */
  get isConfirmed(): boolean {
    return this.#isConfirmed;
  }

  /** A new generation, which nobody shows yet. */
  next(edited: EditedScene): void {
    this.#number += 1;
    this.#edited = edited;
    this.#isConfirmed = false;
    this.#showing.clear();
  }

  shown(computation: string, { contents }: Prepared): void {
    this.contents ??= contents;
    this.#isConfirmed = true;
    this.#showing.add(computation);
    this.#knowing.add(computation);
  }

  left(computation: string): void {
    this.#showing.delete(computation);
    this.#knowing.delete(computation);
  }

  isKnownTo(computation: string): boolean {
    return this.#knowing.has(computation);
  }

  isShownBy(computation: string): boolean {
    return this.#showing.has(computation);
  }

  /** For the session's record. */
  get record(): Pick<SessionRecord, "epoch" | "edits" | "editor"> {
    return { epoch: this.#number, edits: this.#edited.edits, editor: this.#edited.editor };
  }
}
