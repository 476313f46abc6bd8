// Follows a camera path in a session that renders, and notes down the one that others make it take. Neither ever fails the
// render: what goes wrong is said.
import { create } from "@bufbuild/protobuf";
import type { Clock, Timer } from "../host/clock.ts";
import { ArrasError, type ErrorCode } from "../proto/errors.ts";
import { SceneEditsSchema } from "../proto/gen/arras/v1/edits_pb.ts";
import { limits } from "../proto/limits.ts";
import { type CameraPath, cameraAt, pathSeconds, withCamera } from "./camera-path.ts";
import type { SceneDoor } from "./camera-path-door.ts";

export interface WalkOptions {
  readonly door: Pick<SceneDoor, "read" | "edit">;
  readonly sessionId: string;
  readonly clock: Clock;
  say(line: string): void;
}

/** What may pass: the scene is not loaded yet, a coordinator is away. */
const passingCodes: ReadonlySet<ErrorCode> = new Set([
  "session-state",
  "unavailable",
  "timed-out",
  "cancelled",
  "rate-exceeded",
]);

/** Does `step` again and again, one at a time, until it is ended; each begins cameraPathIntervalMs after the one before. */
abstract class Walk {
  protected readonly options: WalkOptions;
  #timer: Timer | undefined;
  #isEnded = false;
  #startedMs: number | undefined;

  constructor(options: WalkOptions) {
    this.options = options;
    this.#plan(0);
  }

  end(): void {
    this.#isEnded = true;
    this.#timer?.cancel();
  }

  protected abstract step(): Promise<"more" | "done">;

  /** Seconds since the first time that it was asked for: when the scene could be read. */
  protected elapsedS(): number {
    const nowMs = this.options.clock.nowMs();
    this.#startedMs ??= nowMs;
    return (nowMs - this.#startedMs) / 1000;
  }

  #plan(delayMs: number): void {
    this.#timer = this.options.clock.after(delayMs, () => void this.#turn());
  }

  async #turn(): Promise<void> {
    const beganMs = this.options.clock.nowMs();
    try {
      if ((await this.step()) === "done") return;
    } catch (thrown) {
      const error = ArrasError.from(thrown);
      if (this.#isEnded) return;
      if (!passingCodes.has(error.code)) {
        this.options.say(`The camera's path ends here: ${error.toString()}`);
        return;
      }
    }
    const leftMs = limits.cameraPathIntervalMs - (this.options.clock.nowMs() - beganMs);
    if (!this.#isEnded) this.#plan(Math.max(0, leftMs));
  }
}

/** Notes down where the camera of the session is. */
export class CameraRecorder extends Walk {
  #path: CameraPath = [];
  #movedAtS: number | undefined;

  get path(): CameraPath {
    return this.#path;
  }

  protected override async step(): Promise<"more" | "done"> {
    const { door, sessionId, say } = this.options;
    const { edits } = await door.read(sessionId);
    const atS = this.elapsedS();
    // Nobody has moved it yet: what the scene's own camera is, its file says.
    if (edits?.camera === undefined) return "more";
    // A path begins with the first move.
    this.#movedAtS ??= atS;
    const place = { atS: atS - this.#movedAtS, camera: edits.camera };
    this.#path = withCamera(this.#path, place, limits.cameraPathIntervalMs / 1000);
    if (this.#path.length < limits.cameraPathCamerasMax - 1) return "more";
    say(`The camera's path has ${this.#path.length} cameras, as many as fit; what follows is not recorded.`);
    return "done";
  }
}

/** Takes the camera of the session along a path, as fast as the farm takes edits; all other edits stay. */
export class CameraReplay extends Walk {
  readonly #way: CameraPath;
  /** The last camera is taken. */
  isDone = false;

  constructor(way: CameraPath, options: WalkOptions) {
    super(options);
    this.#way = way;
  }

  protected override async step(): Promise<"more" | "done"> {
    const { door, sessionId } = this.options;
    const { edits } = await door.read(sessionId);
    const atS = this.elapsedS();
    const camera = cameraAt(this.#way, atS);
    await door.edit(sessionId, { ...(edits ?? create(SceneEditsSchema)), camera }, "replay");
    this.isDone = atS >= pathSeconds(this.#way);
    return this.isDone ? "done" : "more";
  }
}
