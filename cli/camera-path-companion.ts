// --record and --replay beside a render: begins with its session, ends with it, writes what was recorded.
import { readFile, stat } from "node:fs/promises";
import { systemClock } from "../host/clock.ts";
import { ArrasError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";
import { type CameraPath, cameraPathFromText, cameraPathToText } from "./camera-path.ts";
import type { SceneDoor } from "./camera-path-door.ts";
import { CameraRecorder, CameraReplay } from "./camera-path-walk.ts";
import { writeBeside } from "./output-file.ts";
import type { RenderCompanion } from "./render.ts";

export interface CameraPathPlan {
  /** To be followed; undefined: nobody leads the camera. */
  readonly replay: CameraPath | undefined;
  /** Where to write the way that it took; undefined: nowhere. */
  readonly record: string | undefined;
}

/** Throws `usage` for a file that is none. */
export async function readCameraPath(path: string): Promise<CameraPath> {
  try {
    const { size } = await stat(path);
    if (size > limits.cameraPathSizeBytesMax) throw new Error(`it has ${size} bytes, more than cameraPathSizeBytesMax`);
  } catch (cause) {
    const message = `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
    const action = "Give a file that --record wrote, or one of that form (docs/camera-path.md).";
    throw new ArrasError("usage", { message, action, place: { path, setting: "--replay" }, cause });
  }
  return cameraPathFromText(await readFile(path, "utf8"), path);
}

export function cameraPathCompanion(
  { replay, record }: CameraPathPlan,
  door: SceneDoor,
  say: (line: string) => void,
): RenderCompanion {
  let recorder: CameraRecorder | undefined;
  let leader: CameraReplay | undefined;
  const end = () => {
    recorder?.end();
    leader?.end();
    door.close();
  };
  return {
    begin: (sessionId) => {
      const options = { door, sessionId, clock: systemClock, say };
      if (record !== undefined) recorder = new CameraRecorder(options);
      if (replay !== undefined) leader = new CameraReplay(replay, options);
    },
    finish: async () => {
      end();
      if (leader?.isDone === false) say("The frame ended before the camera's path did: more --spp leave it more time.");
      if (record !== undefined) await write(record, recorder?.path ?? [], say);
    },
    close: async () => end(),
  };
}

async function write(file: string, path: CameraPath, say: (line: string) => void): Promise<void> {
  if (path.length === 0) {
    say(`Nobody moved the camera: ${file} is not written.`);
    return;
  }
  try {
    await writeBeside(file, chunkOf(cameraPathToText(path)));
    say(`wrote ${file}`);
  } catch (thrown) {
    say(ArrasError.from(thrown, "output-failed").toString());
  }
}

async function* chunkOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, "utf8");
}
