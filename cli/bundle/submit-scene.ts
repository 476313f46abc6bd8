// All of a scene's way to the farm, with what is said meanwhile.
import { setTimeout as delay } from "node:timers/promises";
import type { ProgressReport } from "../progress-report.ts";
import type { BundledScene } from "../session-spec.ts";
import { AssetClient, type FarmDoor } from "./asset-client.ts";
import { bundleScene, type ListSceneFiles, type SceneInputs } from "./bundle-scene.ts";
import { readingText, uploadedText, uploadingText } from "./transfer-text.ts";
import { type AssetStore, uploadBundle } from "./upload-bundle.ts";

/** Also before the first word: what is done by then is not worth one. */
const tellIntervalMs = 250;
/** Reading has no known end; its line is written once where there is no terminal. */
const readingFraction = 0;

export async function submitScene(
  settings: SceneInputs & { readonly verifyAssets: boolean; readonly logLevel: number },
  findDoor: () => Promise<FarmDoor>,
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
  const doors = new AssetDoors(findDoor);
  try {
    const sent = await uploadBundle(bundle, doors, {
      signal,
      verify: settings.verifyAssets,
      onProgress: (progress) =>
        now() && report.transfer(uploadingText(progress), progress.doneBytes / Math.max(1, progress.totalBytes)),
      pause: async (delayMs) => {
        await delay(delayMs, undefined, { signal }).catch(() => undefined);
        await doors.look();
      },
    });
    report.transferEnded();
    if (settings.logLevel >= 3) report.say(uploadedText(sent, bundle.files.length));
  } finally {
    doors.close();
  }
  return bundle;
}

/** One of the farm's coordinators, and after a failure one that is there: each takes uploads as well as any. */
class AssetDoors implements AssetStore {
  readonly #findDoor: () => Promise<FarmDoor>;
  #client: AssetClient | undefined;
  #address = "";

  constructor(findDoor: () => Promise<FarmDoor>) {
    this.#findDoor = findDoor;
  }

  async findMissing(...asked: Parameters<AssetStore["findMissing"]>): Promise<readonly string[]> {
    return (await this.#opened()).findMissing(...asked);
  }

  async upload(...asked: Parameters<AssetStore["upload"]>): Promise<void> {
    await (await this.#opened()).upload(...asked);
  }

  /** Goes on at another door, where the present one does not open any more. */
  async look(): Promise<void> {
    const door = await this.#findDoor();
    if (door.address === this.#address) return;
    this.#client?.close();
    this.#address = door.address;
    this.#client = new AssetClient(door);
  }

  close(): void {
    this.#client?.close();
  }

  async #opened(): Promise<AssetClient> {
    if (this.#client === undefined) await this.look();
    return this.#client!;
  }
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
