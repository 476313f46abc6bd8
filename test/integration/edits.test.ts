// Scenes that are changed while they render, on a farm of real processes: whatever was shown before and whatever died
// meanwhile, the film has the bits of the same scene rendered with the same edits from the beginning.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it, onTestFinished } from "vitest";
import { GrpcClient } from "../../host/grpc-client.ts";
import { packageRoot } from "../../host/package-root.ts";
import { editsToText } from "../../proto/edits-file.ts";
import { PixelRectSchema } from "../../proto/gen/arras/v1/common_pb.ts";
import { type SceneEdits, SceneEditsSchema } from "../../proto/gen/arras/v1/edits_pb.ts";
import {
  type EditSessionReply,
  EditSessionRequestSchema,
  LookService,
  type PickReply,
  PickRequestSchema,
  type ReadSceneReply,
  ReadSceneRequestSchema,
  SetRegionRequestSchema,
} from "../../proto/gen/arras/v1/look_pb.ts";
import { doorsOf, startFarm, startNode } from "./farm-parts.ts";
import { look, onlySessionId } from "./looking.ts";
import { natsServerPresent } from "./nats-server.ts";
import { killOnly, mcrtMain, mergerMain, RunningCommand, testFolder } from "./run-command.ts";

const present = natsServerPresent();
const demo = join(packageRoot(), "deploy/demo/demo.glb");
const sky = join(packageRoot(), "deploy/demo/sky.hdr");
const picture = [demo, "--env", sky, "--size", "96x54", "--tile-size", "16", "--json"];

const spp = 64;
/** Samples per pixel of a frame that somebody ends. */
const endless = 65_536;
const camera = { lookFrom: [0.5, 0.6, 1.3], lookAt: [0, 0.1, 0], verticalFovDeg: 35 };
const everything: MessageInitShape<typeof SceneEditsSchema> = {
  camera,
  environment: { rotationDeg: 120, tint: { r: 1, g: 0.6, b: 0.4 } },
  lights: [{ id: "lamp", intensity: { r: 2, g: 6, b: 12 } }],
  materials: [{ id: "gold", baseColor: { r: 0.2, g: 0.4, b: 1 }, roughness: 0.5 }],
  objects: [{ id: "vase", hidden: true }],
};

class Editor {
  readonly #client: GrpcClient;
  readonly #sessionId: string;

  constructor(door: string, sessionId: string) {
    this.#client = new GrpcClient({ address: door, service: LookService, peer: "the coordinator" });
    onTestFinished(() => this.#client.close());
    this.#sessionId = sessionId;
  }

  async edit(edits: MessageInitShape<typeof SceneEditsSchema>, editor = ""): Promise<number> {
    const fields = { sessionId: this.#sessionId, edits: create(SceneEditsSchema, edits), editor };
    const request = create(EditSessionRequestSchema, fields);
    return (await this.#client.unary<typeof request, EditSessionReply>("editSession", request, 60_000)).epoch;
  }

  pick(x: number, y: number): Promise<PickReply> {
    const request = create(PickRequestSchema, { sessionId: this.#sessionId, x, y });
    return this.#client.unary("pick", request, 60_000);
  }

  /** Nothing else is rendered, and the frame does not end; undefined: all is rendered again. */
  async renderAlone(rect: readonly [x0: number, y0: number, x1: number, y1: number] | undefined): Promise<void> {
    const [x0, y0, x1, y1] = rect ?? [0, 0, 0, 0];
    const region = rect === undefined ? {} : { region: create(PixelRectSchema, { x0, y0, x1, y1 }), alone: true };
    const request = create(SetRegionRequestSchema, { sessionId: this.#sessionId, ...region });
    await this.#client.unary("setRegion", request, 60_000);
  }

  scene(): Promise<ReadSceneReply> {
    const request = create(ReadSceneRequestSchema, { sessionId: this.#sessionId });
    return this.#client.unary("readScene", request, 60_000);
  }
}

interface FrameWish {
  readonly args?: readonly string[];
  /** The first of them owns the frame. */
  readonly coordinatorCount?: number;
  /** Said to the frame before any of it is rendered. */
  readonly before?: (editor: Editor) => Promise<void>;
}

/** A farm with one node, and a frame of the demo scene that renders there. */
async function startFrame({ args = [], coordinatorCount = 1, before = async () => {} }: FrameWish) {
  const { nats, coordinators } = await startFarm({ coordinatorCount, nodeCount: 0 });
  const computations = ["--num-mcrt", "2", "--num-cores", "1", "--shared-fs"];
  const command = new RunningCommand([...picture, ...computations, ...doorsOf(...coordinators), ...args]);
  await command.said(/queued 1 of 1/);
  const door = coordinators.at(-1)?.door ?? "";
  const sessionId = await onlySessionId(door);
  const editor = new Editor(door, sessionId);
  await before(editor);
  const node = startNode(nats, []);
  await command.said(/ spp · /);
  return { node, command, coordinators, editor, door, sessionId };
}

/** All but its right edge: it goes on until the rest is wanted, too, however fast it renders. */
const startOpenFrame = ({ args = [], ...more }: FrameWish) =>
  startFrame({ ...more, args: ["--spp", `${spp}`, ...args], before: (editor) => editor.renderAlone([0, 0, 80, 54]) });

const startEndlessFrame = () => startFrame({ args: ["--spp", `${endless}`] });

async function filmOf(...args: readonly string[]): Promise<string> {
  const command = new RunningCommand([...picture, "--spp", `${spp}`, ...args]);
  const { json } = await command.finished;
  expect(json.outcome).toBe("finished");
  return json.filmSha256;
}

describe.skipIf(!present)("a scene that is changed while it renders", () => {
  it("everything is edited, one after the other -> the bits of a render with the edits that were saved", async () => {
    const saved = join(await testFolder(), "saved.json");
    const { command, editor } = await startOpenFrame({ args: ["--save-edits", saved] });
    expect((await editor.scene()).contents).toMatchObject({ lights: [{ id: "lamp" }], hasEnvironment: true });
    expect(await editor.edit({ camera }, "Anna")).toBe(2);
    await editor.edit({ camera, lights: [{ id: "lamp", off: true }] });
    await editor.edit({ environment: { rotationDeg: 40 }, objects: [{ id: "bowl", hidden: true }] });
    const last = await editor.edit(everything, "Bert");
    expect(await editor.scene()).toMatchObject({ epoch: last, editor: "Bert", edits: { objects: [{ id: "vase" }] } });
    expect(await editor.pick(48, 50)).toMatchObject({ epoch: last, isHit: true, lights: [{}, {}] });
    await expect(editor.edit({ lights: [{ id: "no such light" }] })).rejects.toMatchObject({ code: "edit-impossible" });
    await editor.renderAlone(undefined);
    const { json, exitCode } = await command.finished;
    expect([exitCode, json.outcome]).toEqual([0, "finished"]);
    expect(await readFile(saved, "utf8")).toBe(editsToText(create(SceneEditsSchema, everything) as SceneEdits));
    expect(await filmOf("--edits", saved)).toBe(json.filmSha256);
    expect(await filmOf()).not.toBe(json.filmSha256);
  });

  it("twenty edits at once -> joined to few epochs, all answered, the last one wins", async () => {
    const { command, editor } = await startEndlessFrame();
    const edits = Array.from({ length: 20 }, (_, index) => ({ environment: { rotationDeg: 10 * index } }));
    const epochs = await Promise.all(edits.map((each) => editor.edit(each)));
    const scene = await editor.scene();
    expect(Math.max(...epochs)).toBe(scene.epoch);
    expect(scene.epoch).toBeLessThan(10);
    expect(scene.edits?.environment?.rotationDeg).toBe(190);
    command.signal("SIGINT");
    await command.finished;
  });

  it("a computation and the merger are killed between edits -> the same bits all the same", async () => {
    const saved = join(await testFolder(), "saved.json");
    const { command, editor, node } = await startOpenFrame({ args: ["--save-edits", saved] });
    await editor.edit({ camera });
    killOnly(node.children(mcrtMain).slice(0, 1));
    await editor.edit({ ...everything, objects: [] });
    killOnly(node.children(mergerMain));
    await editor.edit(everything);
    await editor.renderAlone(undefined);
    const { json, exitCode } = await command.finished;
    expect([exitCode, json.outcome]).toEqual([0, "finished"]);
    expect(await filmOf("--edits", saved)).toBe(json.filmSha256);
  });

  it("the coordinator that owns it is killed between edits -> another goes on with the newest, to the same bits", async () => {
    const saved = join(await testFolder(), "saved.json");
    const { command, coordinators, editor } = await startOpenFrame({
      args: ["--save-edits", saved],
      coordinatorCount: 2,
    });
    const before = await editor.edit({ camera, objects: [{ id: "bowl", hidden: true }] }, "Anna");
    coordinators[0]?.process.signal("SIGKILL");
    expect(await editor.scene()).toMatchObject({ epoch: before, editor: "Anna", edits: { objects: [{ id: "bowl" }] } });
    expect(await editor.edit(everything, "Bert")).toBe(before + 1);
    await editor.renderAlone(undefined);
    const { json, exitCode } = await command.finished;
    expect([exitCode, json.outcome]).toEqual([0, "finished"]);
    expect(await filmOf("--edits", saved)).toBe(json.filmSha256);
  });

  it("two pages look -> both see who edited and the new picture, and what is under a pixel", async () => {
    const { command, door, sessionId } = await startEndlessFrame();
    const [anna, bert] = [look(door, sessionId), look(door, sessionId)];
    for (const client of [anna, bert]) await client.wish();
    await anna.saw((event) => event.case === "scene" && event.value.epoch === 1);
    anna.send({ case: "editor", value: "Anna" });
    anna.send({ case: "edits", value: create(SceneEditsSchema, everything) });
    for (const client of [anna, bert]) {
      await client.saw((event) => event.case === "scene" && event.value.epoch === 2 && event.value.editor === "Anna");
      await client.saw((event) => event.case === "frame" && event.value.epoch === 2 && event.value.tiles.length > 0);
    }
    bert.send({ case: "pick", value: { requestIndex: 5, x: 48, y: 50 } });
    await bert.saw(
      (event) => event.case === "picked" && event.value.requestIndex === 5 && event.value.picked?.epoch === 2,
    );
    bert.send({ case: "edits", value: create(SceneEditsSchema, { lights: [{ id: "no such light" }] }) });
    await bert.saw((event) => event.case === "error" && event.value.code === "edit-impossible");
    command.signal("SIGINT");
    await command.finished;
  });

  it("edits that the scene lacks -> refused before anything is rendered, with exit code 2", async () => {
    const { writeFile } = await import("node:fs/promises");
    const path = join(await testFolder(), "edits.json");
    await writeFile(path, '{ "arrasEdits": 1, "objects": [{ "id": "chair", "hidden": true }] }');
    const { json, exitCode } = await new RunningCommand([...picture, "--spp", "1", "--edits", path]).finished;
    expect([exitCode, json.error?.code]).toEqual([2, "edit-impossible"]);
    await writeFile(path, '{ "arrasEdits": 1, "lights": [{ "id": "lamp", "intensity": [1] }] }');
    const broken = await new RunningCommand([...picture, "--spp", "1", "--edits", path]).finished;
    expect([broken.exitCode, broken.json.error?.code]).toEqual([2, "edit-impossible"]);
  });
});
