// All of a scene's way to the farm, with what is said meanwhile.
import { setTimeout as delay } from "node:timers/promises";
import type { ProgressReport } from "../progress-report.ts";
import type { BundledScene } from "../session-spec.ts";
import { AssetClient, type FarmDoor } from "./asset-client.ts";
import { bundleScene, type ListSceneFiles, type SceneInputs } from "./bundle-scene.ts";
import { readingText, uploadedText, uploadingText } from "./transfer-text.ts";
import { uploadBundle } from "./upload-bundle.ts";

/** Also before the first word: what is done by then is not worth one. */
const tellIntervalMs = 250;
/** Reading has no known end; its line is written once where there is no terminal. */
const readingFraction = 0;

export async function submitScene(
  settings: SceneInputs & { readonly verifyAssets: boolean; readonly logLevel: number },
  door: FarmDoor,
  listFiles: ListSceneFiles,
  { report, signal }: { readonly report: ProgressReport; readonly signal: AbortSignal },
): Promise<BundledScene | undefined> {
  const now = paced();
  const bundle = await bundleScene(settings, listFiles, {
    signal,
    onRead: (progress) => now() && report.transfer(readingText(progress), readingFraction),
  });
  if (bundle === undefined) return undefined;
  report.transferEnded();
  if (settings.logLevel >= 2) for (const notice of bundle.notices) report.say(`warning: ${notice}`);
  const client = new AssetClient(door);
  try {
    const sent = await uploadBundle(bundle, client, {
      signal,
      verify: settings.verifyAssets,
      onProgress: (progress) =>
        now() && report.transfer(uploadingText(progress), progress.doneBytes / Math.max(1, progress.totalBytes)),
      pause: (delayMs) => delay(delayMs, undefined, { signal }).catch(() => undefined),
    });
    report.transferEnded();
    if (settings.logLevel >= 3) report.say(uploadedText(sent, bundle.files.length));
  } finally {
    client.close();
  }
  return bundle;
}

/** True at most every `tellIntervalMs`. */
function paced(): () => boolean {
  let toldAtMs = performance.now();
  return () => {
    if (performance.now() - toldAtMs < tellIntervalMs) return false;
    toldAtMs = performance.now();
    return true;
  };
}
