// The scene that the renderer has loaded, through the epochs that show it with other edits: loaded once, updated then.
import { create, equals } from "@bufbuild/protobuf";
import { ArrasError } from "../../proto/errors.ts";
import type { FilmSpec } from "../../proto/film-spec.ts";
import { filmSpecFromMessage } from "../../proto/film-spec-message.ts";
import { type Assignment, type Prepared, PreparedSchema } from "../../proto/gen/arras/v1/budget_pb.ts";
import { FilmSpecSchema } from "../../proto/gen/arras/v1/common_pb.ts";
import { type SceneEdits, SceneEditsSchema } from "../../proto/gen/arras/v1/edits_pb.ts";
import { type PickReply, PickReplySchema } from "../../proto/gen/arras/v1/look_pb.ts";
import { type RenderSpec, RenderSpecSchema } from "../../proto/gen/arras/v1/scene_pb.ts";
import type { PickedPoint, Renderer } from "../renderers/renderer.ts";
import { type EditableScene, editableScene } from "../scene/editable-scene.ts";
import { pickedMessage } from "../scene/picked-message.ts";
import { resolvedCamera, sceneContents } from "../scene/scene-contents.ts";
import { sceneUpdate } from "../scene/scene-update.ts";
import { type LoadedScene, samplingOf } from "./render-request.ts";

export interface SceneSurroundings {
  readonly threadCount: number;
  makeRenderer(render: RenderSpec): Renderer;
  loadScene(render: RenderSpec, film: FilmSpec): Promise<LoadedScene>;
  /** Something worth telling about the scene. */
  notice(text: string): void;
}

/** All that stays the same from edit to edit. */
interface Loaded {
  readonly editable: EditableScene;
  readonly report: Prepared;
}

function pickReply({ editable, report }: Loaded, picked: PickedPoint | undefined): PickReply {
  if (picked === undefined) return create(PickReplySchema);
  return pickedMessage(editable, report.objectNames, picked);
}

function outside(x: number, y: number, { widthPx, heightPx }: FilmSpec): ArrasError {
  return new ArrasError("usage", {
    message: `There is no pixel ${x},${y} in a film of ${widthPx}×${heightPx} pixels`,
    action: "Pick within the film.",
  });
}

export class HeldScene {
  readonly render: RenderSpec;
  readonly film: FilmSpec;
  readonly renderer: Renderer;
  readonly #assignment: Assignment;
  readonly #world: SceneSurroundings;
  #loading: Promise<Loaded> | undefined;
  /** Of the newest `show`: one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  /** It is shown with edits, or was. */
  #isUpdated = false;
  #isClosed = false;

  /** Throws `message-malformed` and `renderer-missing`. */
  constructor(assignment: Assignment, world: SceneSurroundings) {
    const { render } = assignment;
    if (render === undefined) {
      throw new ArrasError("message-malformed", {
        message: "An assignment has no render specification",
        action: "Compare software versions.",
      });
    }
    this.render = render;
    this.film = filmSpecFromMessage(assignment.film);
    this.renderer = world.makeRenderer(render);
    this.#assignment = assignment;
    this.#world = world;
  }

  /** Whether that one differs in nothing but its epoch, its edits and its merger. */
  serves({ render, film }: Assignment): boolean {
    const mine = this.#assignment.film;
    if (render === undefined || film === undefined || mine === undefined) return false;
    return equals(RenderSpecSchema, this.render, render) && equals(FilmSpecSchema, mine, film);
  }

  /**
   * With these edits from now on; nothing else is done once it is not wanted any more, and undefined the answer. Units of
   * former edits must have been aborted. Rejects as Renderer.prepare and Renderer.update.
   */
  async show({ epoch, edits }: Assignment, isWanted: () => boolean): Promise<Prepared | undefined> {
    const turn = this.#turn.then(() => this.#show(edits ?? create(SceneEditsSchema), isWanted));
    this.#turn = turn.catch(() => undefined);
    const report = await turn;
    return report && create(PreparedSchema, { ...report, epoch });
  }

  /** What is under a pixel of the display window, as it is shown now. Rejects as Renderer.pick; not before `show`. */
  async pick(x: number, y: number): Promise<PickReply> {
    const loading = this.#loading;
    if (loading === undefined) throw new Error("pick() before show()");
    const { widthPx, heightPx } = this.film;
    if (x >= widthPx || y >= heightPx) throw outside(x, y, this.film);
    const picking = this.#turn.then(async () => pickReply(await loading, await this.renderer.pick(x, y)));
    this.#turn = picking.catch(() => undefined);
    return picking;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.renderer.close();
  }

  async #show(edits: SceneEdits, isWanted: () => boolean): Promise<Prepared | undefined> {
    if (!isWanted()) return undefined;
    const startedMs = performance.now();
    this.#loading ??= this.#load();
    const { editable, report } = await this.#loading;
    if (!isWanted()) return undefined;
    const update = sceneUpdate(editable, edits);
    if (this.#isUpdated || !equals(SceneEditsSchema, edits, create(SceneEditsSchema))) {
      this.#isUpdated = true;
      await this.renderer.update(update);
    }
    const prepareMs = performance.now() - startedMs;
    return { ...report, prepareMs, camera: resolvedCamera(update.camera) };
  }

  async #load(): Promise<Loaded> {
    const { threadCount, loadScene, notice } = this.#world;
    const { scene, bounds, camera, notices } = await loadScene(this.render, this.film);
    for (const text of notices) if (!this.#isClosed) notice(text);
    const { name, version, instructionSet } = this.renderer.capabilities();
    const filmAspectRatio = this.film.widthPx / this.film.heightPx;
    const editable = editableScene(scene, { bounds, camera, filmAspectRatio });
    const sampling = samplingOf(this.render);
    const prepared = await this.renderer.prepare({ scene, camera, film: this.film, sampling, threadCount });
    // It was closed before it was ready, and would keep the scene.
    if (this.#isClosed) await this.renderer.close();
    const report = create(PreparedSchema, {
      triangleCount: BigInt(prepared.triangleCount),
      lightCount: prepared.lightCount,
      sizeBytes: BigInt(Math.round(prepared.sizeBytes)),
      objectNames: [...scene.objectNames],
      contents: sceneContents(editable),
      renderer: name,
      rendererVersion: version,
      instructionSet,
    });
    return { editable, report };
  }
}
