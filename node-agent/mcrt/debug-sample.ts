// `--debug-sample`: one sample's path as text, rendered in this process, without a session.
import { filmSpecFromMessage } from "../../proto/film-spec-message.ts";
import type { SessionSpec } from "../../proto/gen/arras/v1/session_pb.ts";
import { editableScene } from "../scene/editable-scene.ts";
import { sceneUpdate } from "../scene/scene-update.ts";
import { loadScene } from "./load-scene.ts";
import { samplingOf } from "./render-request.ts";
import { makeRenderer } from "./renderers.ts";

export interface SampleAddress {
  readonly x: number;
  readonly y: number;
  readonly sampleIndex: number;
}

/** Throws scene and renderer errors. */
export async function debugSample(spec: SessionSpec, sample: SampleAddress): Promise<string> {
  const film = filmSpecFromMessage(spec.film);
  const render = spec.render;
  if (render === undefined) throw new Error("a session specification has a render specification");
  const renderer = makeRenderer(render);
  try {
    const { scene, bounds, camera } = await loadScene(render, film);
    await renderer.prepare({ scene, camera, film, sampling: samplingOf(render), threadCount: 1 });
    if (spec.edits !== undefined) {
      const filmAspectRatio = film.widthPx / film.heightPx;
      await renderer.update(sceneUpdate(editableScene(scene, { bounds, camera, filmAspectRatio }), spec.edits));
    }
    return await renderer.debugSample(sample.x, sample.y, sample.sampleIndex);
  } finally {
    await renderer.close();
  }
}
