// Puts together who goes along with a render: who shows its picture, who moves its camera.
import type { CameraPath } from "./camera-path.ts";
import { cameraPathCompanion } from "./camera-path-companion.ts";
import { sceneDoor } from "./camera-path-door.ts";
import { openPreviews, type PreviewPlace } from "./preview/open-preview.ts";
import type { RenderCompanion, RenderSurroundings } from "./render.ts";
import type { RenderSettings } from "./settings.ts";

/** `replay`: the way that the camera is to be led. */
export async function openAll(
  settings: RenderSettings,
  replay: CameraPath | undefined,
  place: PreviewPlace,
): Promise<Required<Pick<RenderSurroundings, "lines" | "openCompanion">>> {
  const { record } = settings;
  const { lines, openPreview } = await openPreviews(settings, place);
  const openCompanion = (say: (line: string) => void) => {
    const preview = openPreview(say);
    if (record === undefined && replay === undefined) return preview;
    const door = sceneDoor(place.addresses, place.access);
    return together([preview, cameraPathCompanion({ record, replay }, door, say)]);
  };
  return { lines, openCompanion };
}

function together(all: readonly RenderCompanion[]): RenderCompanion {
  return {
    begin: (sessionId) => {
      for (const each of all) each.begin(sessionId);
    },
    finish: async () => {
      await Promise.all(all.map((each) => each.finish()));
    },
    close: async () => {
      await Promise.all(all.map((each) => each.close()));
    },
  };
}
