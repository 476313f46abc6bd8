// Writes the merger's film to the object store and restores it from there, in slices between which contributions are
// taken in as always. One at a time.
import { setImmediate } from "node:timers/promises";
import type { ObjectStore, StoredObject } from "../../host/nats/object-store.ts";
import { ArrasError } from "../../proto/errors.ts";
import type { FilmSpec } from "../../proto/film-spec.ts";
import type { FilmEpoch } from "../film-epoch.ts";
import type { Merger } from "../merger.ts";
import { fillFromCheckpoint } from "./decode-film.ts";
import { type CheckpointCount, checkpointPieces } from "./encode-film.ts";

export interface WrittenCheckpoint extends StoredObject, Readonly<CheckpointCount> {}

export interface FilmOpening {
  readonly epoch: number;
  readonly film: FilmSpec;
  /** Digest; "": the film begins empty. */
  readonly checkpoint: string;
  /** The session's SessionSpec as bytes. */
  readonly sessionSpec: Uint8Array;
}

export interface CheckpointSurroundings {
  readonly merger: Merger;
  readonly sessionId: string;
  /** undefined: this farm has none. */
  readonly store: Pick<ObjectStore, "add" | "get"> | undefined;
}

export class Checkpoints {
  readonly #world: CheckpointSurroundings;
  #sessionSpec: Uint8Array = new Uint8Array(0);
  /** What is written now, or was last. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(world: CheckpointSurroundings) {
    this.#world = world;
  }

  /** Says whether the film began with a checkpoint. Rejects as FilmService.OpenFilm says. */
  async open({ epoch, film, checkpoint, sessionSpec }: FilmOpening, signal: AbortSignal): Promise<boolean> {
    const { merger } = this.#world;
    const isRestored = await merger.restore(epoch, film, async (state) => {
      if (checkpoint === "") return false;
      await fillFromCheckpoint(state, this.#store().get(checkpoint, { signal }), sessionSpec);
      return true;
    });
    this.#sessionSpec = sessionSpec;
    return isRestored;
  }

  /** Rejects as FilmService.WriteCheckpoint says. */
  write(signal: AbortSignal): Promise<WrittenCheckpoint> {
    const written = this.#writing.then(() => this.#write(signal));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #write(signal: AbortSignal): Promise<WrittenCheckpoint> {
    const state = this.#world.merger.requireOpen();
    const count = { sampleCount: 0 };
    const stored = await this.#store().add(this.#slices(state, count), { signal });
    return { ...stored, ...count };
  }

  async *#slices(state: FilmEpoch, count: CheckpointCount): AsyncGenerator<Uint8Array> {
    const { merger, sessionId } = this.#world;
    const { takeOutCount } = state;
    for (const piece of checkpointPieces(state, { sessionId, sessionSpec: this.#sessionSpec }, count)) {
      yield piece;
      await setImmediate();
      if (merger.state !== state) throw overtaken("The film was replaced");
      if (state.takeOutCount !== takeOutCount) throw overtaken("Samples were taken out of the film");
    }
  }

  #store(): Pick<ObjectStore, "add" | "get"> {
    const { store } = this.#world;
    if (store !== undefined) return store;
    throw new ArrasError("unavailable", {
      message: "The merger's node has no object store for checkpoints",
      action: "Start the node agent with --nats; without checkpoints a lost film is rendered again from the start.",
    });
  }
}

function overtaken(what: string): ArrasError {
  return new ArrasError("session-state", {
    message: `${what} while its checkpoint was written`,
    action: "Ask for another one.",
  });
}
