// Brings a bundle to the farm: asks what is missing, sends that, and the manifest last. What breaks off on the way is
// continued by asking again.
import { InFlight } from "../../host/nats/in-flight.ts";
import { distinctObjects } from "../../proto/bundle-manifest.ts";
import { ArrasError, type ErrorCode } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { fileBytes, type SceneBundle } from "./bundle-scene.ts";

/** What is needed of the farm's store of assets. */
export interface AssetStore {
  findMissing(digests: readonly string[], verify: boolean): Promise<readonly string[]>;
  upload(
    digest: string,
    source: AsyncIterable<Uint8Array>,
    options: { readonly signal: AbortSignal; readonly onSent: (sentBytes: number) => void },
  ): Promise<void>;
}

export interface UploadProgress {
  readonly doneFileCount: number;
  /** Of files that the farm lacked. */
  readonly fileCount: number;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface UploadOptions {
  readonly signal: AbortSignal;
  /** Have the farm read what it has, and take what is broken there again. */
  readonly verify: boolean;
  readonly onProgress: (progress: UploadProgress) => void;
  /** Waits before what broke off is tried again. */
  pause(delayMs: number): Promise<void>;
}

interface Upload {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** For people. */
  readonly name: string;
  bytes(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** In a row, without one file more: then it is given up. The pauses grow to a minute together: a coordinator's restart. */
const triesMax = 7;
const firstPauseMs = 500;
/** Who has never answered is hardly about to. */
const triesMaxUnheard = 4;
/** A coordinator that ends cancels its calls. */
const passing: ReadonlySet<ErrorCode> = new Set(["unavailable", "timed-out", "rate-exceeded", "cancelled"]);

/** Resolves with what was sent, when all is there. */
export async function uploadBundle(
  bundle: SceneBundle,
  store: AssetStore,
  options: UploadOptions,
): Promise<UploadProgress> {
  const { signal } = options;
  const manifest = manifestOf(bundle);
  const tally = new Tally(options.onProgress);
  let pending = filesOf(bundle);
  let isVerified = !options.verify;
  let hasAnswered = false;
  for (let tryIndex = 0; ; ) {
    const doneBefore = tally.doneFileCount;
    try {
      const missing = await missingOf([...pending, manifest], store, !isVerified);
      isVerified = true;
      hasAnswered = true;
      pending = pending.filter(({ sha256 }) => missing.has(sha256));
      tally.expect(pending);
      await sendAll(pending, store, tally, options);
      // Last: where it is, the rest was.
      if (missing.has(manifest.sha256)) await send(manifest, store, options, () => {});
      return tally.progress;
    } catch (thrown) {
      if (signal.aborted) throw stopped();
      const { code } = ArrasError.from(thrown);
      tryIndex = tally.doneFileCount > doneBefore ? 1 : tryIndex + 1;
      if (!passing.has(code) || tryIndex >= (hasAnswered ? triesMax : triesMaxUnheard)) throw thrown;
      await options.pause(firstPauseMs * 2 ** (tryIndex - 1));
    }
  }
}

function filesOf({ files }: SceneBundle): readonly Upload[] {
  const sources = new Map(files.map((file) => [file.sha256, file.source]));
  return distinctObjects(files).map(({ sha256, sizeBytes }) => {
    const name = sources.get(sha256) ?? "";
    return { sha256, sizeBytes, name, bytes: (signal) => fileBytes(name, signal) };
  });
}

function manifestOf({ manifest, sha256 }: SceneBundle): Upload {
  return { sha256, sizeBytes: manifest.byteLength, name: "the list of its files", bytes: () => pieces(manifest) };
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let begin = 0; begin < bytes.byteLength; begin += limits.assetChunkSizeBytes)
    yield bytes.subarray(begin, begin + limits.assetChunkSizeBytes);
}

async function missingOf(uploads: readonly Upload[], store: AssetStore, verify: boolean): Promise<ReadonlySet<string>> {
  const missing = new Set<string>();
  // Verified one by one: the farm reads all of it, and an answer must come in some time.
  const count = verify ? 1 : limits.assetDigestsMax;
  for (let begin = 0; begin < uploads.length; begin += count) {
    const digests = uploads.slice(begin, begin + count).map(({ sha256 }) => sha256);
    for (const digest of await store.findMissing(digests, verify)) missing.add(digest);
  }
  return missing;
}

async function sendAll(uploads: readonly Upload[], store: AssetStore, tally: Tally, { signal, pause }: UploadOptions) {
  const sending = new InFlight(limits.assetsInFlightMax);
  // One that fails for good ends the others: they may have hours to go.
  const failing = new AbortController();
  const either = AbortSignal.any([signal, failing.signal]);
  try {
    for (const upload of uploads) {
      await sending.start(async () => {
        try {
          await send(upload, store, { signal: either, pause }, (sentBytes) => tally.sent(upload, sentBytes));
          tally.done(upload);
        } catch (thrown) {
          tally.sent(upload, 0);
          if (!passing.has(ArrasError.from(thrown).code)) failing.abort();
          throw thrown;
        }
      });
    }
  } finally {
    await sending.ended();
  }
}

/** A door that is asked too fast is asked again, without asking for all else again. Throws with the file it happened at. */
async function send(
  { sha256, name, bytes }: Upload,
  store: AssetStore,
  { signal, pause }: Pick<UploadOptions, "signal" | "pause">,
  onSent: (sentBytes: number) => void,
): Promise<void> {
  for (let tryIndex = 1; ; tryIndex += 1) {
    try {
      await store.upload(sha256, bytes(signal), { signal, onSent });
      return;
    } catch (thrown) {
      const error = ArrasError.from(thrown, "scene-missing");
      const { code, message, place } = error;
      if (code === "rate-exceeded" && tryIndex < triesMax && !signal.aborted) {
        await pause(firstPauseMs * 2 ** (tryIndex - 1));
        continue;
      }
      const action = code === "object-broken" ? "Did the file change meanwhile? Submit it again." : error.action;
      throw new ArrasError(code, { message, action, place: { path: name, ...place }, cause: thrown });
    }
  }
}

/** What of it is sent, of files that are under way and of those that are done. */
class Tally {
  readonly #onProgress: (progress: UploadProgress) => void;
  readonly #underWay = new Map<string, number>();
  #doneBytes = 0;
  #pendingFileCount = 0;
  #pendingBytes = 0;
  doneFileCount = 0;

  constructor(onProgress: (progress: UploadProgress) => void) {
    this.#onProgress = onProgress;
  }

  get progress(): UploadProgress {
    const { doneFileCount } = this;
    const underWayBytes = [...this.#underWay.values()].reduce((sum, bytes) => sum + bytes, 0);
    return {
      doneFileCount,
      fileCount: doneFileCount + this.#pendingFileCount,
      doneBytes: this.#doneBytes + underWayBytes,
      totalBytes: this.#doneBytes + this.#pendingBytes,
    };
  }

  expect(uploads: readonly Upload[]): void {
    this.#pendingFileCount = uploads.length;
    this.#pendingBytes = uploads.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  sent({ sha256 }: Upload, sentBytes: number): void {
    this.#underWay.set(sha256, sentBytes);
    this.#onProgress(this.progress);
  }

  done({ sha256, sizeBytes }: Upload): void {
    this.#underWay.delete(sha256);
    this.#doneBytes += sizeBytes;
    this.#pendingBytes -= sizeBytes;
    this.#pendingFileCount -= 1;
    this.doneFileCount += 1;
    this.#onProgress(this.progress);
  }
}

function stopped(): ArrasError {
  return new ArrasError("cancelled", {
    message: "The upload was stopped; nothing is rendered",
    action: "Submit it again: what the farm has by now is not sent again.",
  });
}
