// Following a camera path and noting one down, against a scene that a test moves, by a clock that stands.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { CameraRecorder, CameraReplay } from "../../../cli/camera-path-walk.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { type SceneEdits, SceneEditsSchema } from "../../../proto/gen/arras/v1/edits_pb.ts";
import { EditSessionReplySchema, ReadSceneReplySchema } from "../../../proto/gen/arras/v1/look_pb.ts";
import { CameraChoiceSchema } from "../../../proto/gen/arras/v1/scene_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { settled } from "../../fakes/settled.ts";

const camera = (x: number) => create(CameraChoiceSchema, { lookFrom: [x, 1, 5], lookAt: [0, 0, 0] });
const failure = (code: "session-state" | "not-allowed") => new ArrasError(code, { message: "No.", action: "Wait." });

function stage() {
  const clock = new FakeClock();
  const said: string[] = [];
  const asked: string[] = [];
  const scene = {
    edits: create(SceneEditsSchema, { lights: [{ id: "key", off: true }] }) as SceneEdits,
    refusal: undefined as ArrasError | undefined,
    /** Holds each edit up until it is called. */
    go: undefined as (() => void) | undefined,
    isSlow: false,
  };
  const door = {
    read: async () => {
      if (scene.refusal !== undefined) throw scene.refusal;
      return create(ReadSceneReplySchema, { edits: scene.edits, epoch: 1 });
    },
    edit: async (_sessionId: string, edits: SceneEdits, editor: string) => {
      scene.edits = edits;
      asked.push(`${editor} ${Number(edits.camera?.lookFrom[0]?.toFixed(6))} ${edits.lights.length}`);
      if (scene.isSlow)
        await new Promise<void>((resolve) => {
          scene.go = resolve;
        });
      return create(EditSessionReplySchema, { epoch: 2 });
    },
  };
  const options = { door, sessionId: "s", clock, say: (line: string) => void said.push(line) };
  const pass = async (ms: number) => {
    for (let passedMs = 0; passedMs < ms; passedMs += limits.cameraPathIntervalMs) {
      clock.advance(limits.cameraPathIntervalMs);
      await settled();
    }
  };
  return { clock, said, asked, scene, options, pass };
}

const way = [
  { atS: 0, camera: camera(0) },
  { atS: 0.4, camera: camera(4) },
];

describe("a replay", () => {
  it("its time passes -> edits of the camera alone, ten a second, the last one exactly its last", async () => {
    const { asked, options, pass, clock } = stage();
    const replay = new CameraReplay(way, options);
    await pass(1000);
    expect(asked).toEqual(["replay 0 1", "replay 1 1", "replay 2 1", "replay 3 1", "replay 4 1"]);
    expect([replay.isDone, clock.timerCount]).toEqual([true, 0]);
  });

  it("the farm takes its time for an edit -> the ones between are left out", async () => {
    const { asked, options, pass, scene } = stage();
    scene.isSlow = true;
    const replay = new CameraReplay(way, options);
    await pass(300);
    expect(asked).toEqual(["replay 0 1"]);
    scene.go?.();
    await settled();
    await pass(100);
    expect(asked.at(-1)).toMatch(/^replay [23]/);
    scene.isSlow = false;
    scene.go?.();
    await settled();
    await pass(300);
    expect([asked.at(-1), replay.isDone]).toEqual(["replay 4 1", true]);
  });

  it("the scene is not loaded yet -> its time begins when it is", async () => {
    const { asked, options, pass, scene, said } = stage();
    scene.refusal = failure("session-state");
    const replay = new CameraReplay(way, options);
    await pass(2000);
    scene.refusal = undefined;
    await pass(100);
    expect([asked, said, replay.isDone]).toEqual([["replay 0 1"], [], false]);
    replay.end();
  });

  it("it may not -> said once, and over", async () => {
    const { options, pass, scene, said, clock } = stage();
    scene.refusal = failure("not-allowed");
    const replay = new CameraReplay(way, options);
    await pass(500);
    expect([said, replay.isDone, clock.timerCount]).toEqual([
      ["The camera's path ends here: [not-allowed] No.. Wait."],
      false,
      0,
    ]);
  });
});

describe("a recorder", () => {
  it("others move the camera -> its way, from the first move on; ended -> no more", async () => {
    const { options, pass, scene, clock } = stage();
    const recorder = new CameraRecorder(options);
    await pass(500);
    expect(recorder.path).toEqual([]);
    for (const x of [1, 2]) {
      scene.edits = create(SceneEditsSchema, { camera: camera(x) });
      await pass(100);
    }
    recorder.end();
    scene.edits = create(SceneEditsSchema, { camera: camera(3) });
    await pass(500);
    expect(recorder.path.map(({ camera: each }) => each.lookFrom[0])).toEqual([1, 2]);
    expect(recorder.path[0]?.atS).toBe(0);
    expect(clock.timerCount).toBe(0);
  });
});
