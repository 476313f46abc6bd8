// The Renderer over the Embree addon: refuses what does not fit the film, turns the addon's errors into ours, and
// AbortSignals into its cancel(). Renders nothing itself.
import { ArrasError, type ErrorCode, errorCodes } from "../../../proto/errors.ts";
import type { FilmSpec } from "../../../proto/film-spec.ts";
import { limits } from "../../../proto/limits.ts";
import type { SceneUpdate } from "../../scene/description.ts";
import type {
  PickedPoint,
  PreparedScene,
  PrepareRequest,
  RenderedUnit,
  Renderer,
  RendererCapabilities,
  RenderUnit,
} from "../renderer.ts";
import { checkUnitInFilm } from "../unit-bounds.ts";
import { addonInput } from "./addon-input.ts";
import { type AddonUnit, type EmbreeAddon, loadEmbreeAddon, type SceneHandle } from "./embree-addon.ts";

interface Loaded {
  readonly handle: SceneHandle;
  readonly film: FilmSpec;
}

export class EmbreeRenderer implements Renderer {
  readonly #addon: EmbreeAddon;
  #scene: Loaded | undefined;
  /** Units that threads are at, cancelled ones too. */
  readonly #rendering = new Set<Promise<unknown>>();

  /** @throws ArrasError `renderer-missing` where the addon is not there or its processor is not supported. */
  constructor(addon: EmbreeAddon = loadEmbreeAddon()) {
    this.#addon = addon;
  }

  capabilities(): RendererCapabilities {
    const { version, instructionSet } = translating(() => this.#addon.identity());
    return { name: "embree", version, instructionSet };
  }

  async prepare(request: PrepareRequest): Promise<PreparedScene> {
    try {
      const { handle, triangleCount, lightCount, sizeBytes } = await this.#addon.prepare(addonInput(request));
      await this.close();
      this.#scene = { handle, film: request.film };
      return { triangleCount, lightCount, sizeBytes };
    } catch (thrown) {
      throw translated(thrown);
    }
  }

  async update(update: SceneUpdate): Promise<void> {
    const { handle } = this.#prepared();
    await Promise.allSettled(this.#rendering);
    try {
      await this.#addon.update(handle, { ...update, hiddenObjectIds: Uint32Array.from(update.hiddenObjectIds) });
    } catch (thrown) {
      throw translated(thrown);
    }
  }

  async render(unit: RenderUnit, signal: AbortSignal): Promise<RenderedUnit> {
    const { handle, film } = this.#prepared();
    checkUnitInFilm(unit, film);
    if (signal.aborted) throw cancelled(unit);
    const rendering = translating(() => this.#addon.render(handle, unit));
    this.#rendering.add(rendering.finished);
    return await new Promise<RenderedUnit>((resolve, reject) => {
      // The unit may still wait for a thread of the pool: whoever aborts is answered now, the thread ends by itself.
      const abort = () => {
        rendering.cancel();
        reject(cancelled(unit));
      };
      signal.addEventListener("abort", abort, { once: true });
      rendering.finished
        .then((result) => resolve(renderedUnit(result)))
        .catch((thrown: unknown) => reject(translated(thrown)))
        .finally(() => {
          signal.removeEventListener("abort", abort);
          this.#rendering.delete(rendering.finished);
        });
    });
  }

  /** Not in the thread pool: it takes a millisecond or a few, and would wait there until a unit ends. */
  async pick(x: number, y: number): Promise<PickedPoint | undefined> {
    const { handle } = this.#prepared();
    return translating(() => this.#addon.pick(handle, x, y, limits.pickRaysPerLight));
  }

  async debugSample(x: number, y: number, sampleIndex: number): Promise<string> {
    const { handle, film } = this.#prepared();
    checkUnitInFilm(
      {
        rect: { x0: x, y0: y, x1: x + 1, y1: y + 1 },
        sampleBegin: sampleIndex,
        sampleEnd: sampleIndex + 1,
        stridePx: 1,
      },
      { ...film, cropWindow: { x0: 0, y0: 0, x1: film.widthPx, y1: film.heightPx } },
    );
    return translating(() => this.#addon.debugSample(handle, x, y, sampleIndex));
  }

  async close(): Promise<void> {
    if (this.#scene) this.#addon.close(this.#scene.handle);
    this.#scene = undefined;
  }

  #prepared(): Loaded {
    if (this.#scene) return this.#scene;
    throw new ArrasError("renderer-failed", {
      message: "no scene is prepared",
      action: "Call prepare() first; this is a mistake in arras-render, please report it.",
    });
  }
}

function renderedUnit(result: AddonUnit): RenderedUnit {
  return {
    planes: result.planes,
    renderMs: result.renderMs,
    clampedCount: result.clamped.count,
    nonFiniteCount: result.nonFinite.count,
    clampedSamples: result.clamped.first,
    nonFiniteSamples: result.nonFinite.first,
  };
}

function cancelled(unit: RenderUnit): ArrasError {
  return new ArrasError("cancelled", {
    message: "the unit was cancelled",
    place: { unit: unitName(unit) },
    action: "Send it again if it is still wanted.",
  });
}

function unitName({ rect, sampleBegin, sampleEnd }: RenderUnit): string {
  return `[${rect.x0},${rect.y0},${rect.x1},${rect.y1}) samples [${sampleBegin},${sampleEnd})`;
}

const actions: Partial<Record<ErrorCode, string>> = {
  "scene-broken": "The scene's reader passed on a scene that contradicts itself; check the file with a validator.",
  "memory-exceeded": "Give the session more memory or the scene fewer triangles and smaller textures.",
  "renderer-missing": "Run `make setup` on this machine; Embree needs SSE2 or NEON at least.",
};

function translated(thrown: unknown): ArrasError {
  if (thrown instanceof ArrasError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const named = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  const code = Object.hasOwn(errorCodes, named) ? (named as ErrorCode) : "renderer-failed";
  const action = actions[code] ?? "Try another node; report it with the scene if it happens there too.";
  return new ArrasError(code, { message, action, cause: thrown });
}

function translating<Result>(call: () => Result): Result {
  try {
    return call();
  } catch (thrown) {
    throw translated(thrown);
  }
}
