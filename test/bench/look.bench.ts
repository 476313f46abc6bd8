// What a change of the scene costs while it renders: in the renderer alone, and until it is seen on a local farm.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { startLocalFarm } from "../../cli/local.ts";
import { SessionClient } from "../../cli/session-client.ts";
import { sessionSpec } from "../../cli/session-spec.ts";
import { readCommand } from "../../cli/settings.ts";
import { loadDefinitionText } from "../../coordinator/session-definition/load-definition.ts";
import { GrpcClient } from "../../host/grpc-client.ts";
import { packageRoot } from "../../host/package-root.ts";
import { loadScene } from "../../node-agent/mcrt/load-scene.ts";
import { samplingOf } from "../../node-agent/mcrt/render-request.ts";
import { EmbreeRenderer } from "../../node-agent/renderers/embree/embree-renderer.ts";
import type { SceneUpdate } from "../../node-agent/scene/description.ts";
import { filmSpecFromMessage } from "../../proto/film-spec-message.ts";
import {
  type EditSessionReply,
  EditSessionRequestSchema,
  LookService,
  type WatchPreviewRequest,
  WatchPreviewRequestSchema,
} from "../../proto/gen/arras/v1/look_pb.ts";
import { PreviewEncoding, type PreviewFrame, type PreviewRequestSchema } from "../../proto/gen/arras/v1/preview_pb.ts";
import type { SessionSpec } from "../../proto/gen/arras/v1/session_pb.ts";
import { Lookers } from "../fakes/lookers.ts";
import { silentLog } from "../fakes/silent-log.ts";
import type { BenchRow } from "./bench-row.ts";
import { percentile } from "./percentile.ts";

const updateCount = 200;
const editCount = 60;
/** The first ones warm the farm. */
const warmingCount = 20;
const tileSizePx = 64;
const tileCount = Math.ceil(1920 / tileSizePx) * Math.ceil(1080 / tileSizePx);

export async function run(): Promise<BenchRow[]> {
  return [...(await rendererRows()), ...(await farmRows())];
}

/** Of the demo scene at 1080p; `definition`: where computations are to be launched. */
function demoSpec(definition: { readonly json: string; readonly path: string }): SessionSpec {
  const root = packageRoot();
  const scene = [join(root, "deploy/demo/demo.glb"), "--env", join(root, "deploy/demo/sky.hdr")];
  const command = readCommand([...scene, "--size", "1920x1080", "--spp", "4096", "--num-mcrt", "2", "--json"]);
  if (command.t !== "render") throw new Error("not a render");
  return sessionSpec(command.settings, definition);
}

async function rendererRows(): Promise<BenchRow[]> {
  const spec = demoSpec({ json: "", path: "" });
  const film = filmSpecFromMessage(spec.film);
  const { scene, camera } = await loadScene(spec.render!, film);
  const renderer = new EmbreeRenderer();
  await renderer.prepare({ scene, camera, film, sampling: samplingOf(spec.render!), threadCount: 1 });
  const plain: SceneUpdate = { camera, materials: [], hiddenObjectIds: [] };
  const turned = (at: number): SceneUpdate => ({
    ...plain,
    environment: { rotationRad: at / 100, tint: [1, 1, at / updateCount] },
  });
  const rows = [
    await updateRow("camera", renderer, (at) => ({ ...plain, camera: { ...camera, lensRadius: at / 1e5 } })),
    await updateRow("environment", renderer, turned),
    await updateRow("hiding an object", renderer, (at) => ({ ...plain, hiddenObjectIds: [1 + (at % 3)] })),
    await abortRow(renderer, plain),
  ];
  await renderer.close();
  return rows;
}

async function updateRow(
  what: string,
  renderer: EmbreeRenderer,
  update: (at: number) => SceneUpdate,
): Promise<BenchRow> {
  const timesMs: number[] = [];
  for (let at = 0; at < updateCount; at++) {
    const beganAtMs = performance.now();
    await renderer.update(update(at));
    timesMs.push(performance.now() - beganAtMs);
  }
  const value = percentile(timesMs, 0.95);
  return { name: `edit: ${what}, in the renderer, p95`, value, unit: "ms", goal: 1, higherIsBetter: false };
}

/** Two threads render; they are told to stop, and the scene is updated when both have. */
async function abortRow(renderer: EmbreeRenderer, plain: SceneUpdate): Promise<BenchRow> {
  const timesMs: number[] = [];
  for (let at = 0; at < updateCount / 4; at++) {
    const aborting = new AbortController();
    const tile = (x: number) => ({ x0: x, y0: 512, x1: x + 64, y1: 576 });
    const unit = (x: number) => ({ rect: tile(x), sampleBegin: 0, sampleEnd: 4096, stridePx: 1 });
    const rendering = [0, 64].map((x) => renderer.render(unit(x), aborting.signal).catch(() => undefined));
    await new Promise((resolve) => setTimeout(resolve, 5));
    const beganAtMs = performance.now();
    aborting.abort();
    await renderer.update(plain);
    timesMs.push(performance.now() - beganAtMs);
    await Promise.all(rendering);
  }
  const value = percentile(timesMs, 0.95);
  return { name: "edit: units dropped and scene updated, p95", value, unit: "ms", goal: 10, higherIsBetter: false };
}

async function farmRows(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "arras-look-bench-"));
  const options = { renderers: ["embree"], environment: process.env, log: silentLog, logLevel: 2, hasPage: false };
  const farm = await startLocalFarm({ ...options, stateFolder: folder, first: { merge: 0, mcrt: 0 } });
  const sessions = new SessionClient({ addresses: [farm.address] });
  const look = new GrpcClient({ address: farm.address, service: LookService, peer: "the farm" });
  try {
    const spec = demoSpec(loadDefinitionText("mcrt_progressive", { searchPath: undefined, suffix: undefined }));
    const sessionId = await sessions.create(randomUUID(), { ...spec, checkpoints: { ...noCheckpoints } });
    const viewer = new Viewer(look, sessionId);
    await viewer.shows(1);
    const firstMs: number[] = [];
    const wholeMs: number[] = [];
    for (let at = 0; at < editCount + warmingCount; at++) {
      const beganAtMs = performance.now();
      const epoch = await edit(look, sessionId, at);
      await viewer.shows(epoch);
      if (at >= warmingCount) firstMs.push(performance.now() - beganAtMs);
      await viewer.showsWhole(epoch);
      if (at >= warmingCount) wholeMs.push(performance.now() - beganAtMs);
    }
    viewer.close();
    const name = (what: string) => `edit: camera edit → ${what}, 1080p, warm local farm, p95`;
    return [
      { name: name("first tile seen"), value: percentile(firstMs, 0.95), unit: "ms", goal: 100, higherIsBetter: false },
      {
        name: name("whole coarse picture"),
        value: percentile(wholeMs, 0.95),
        unit: "ms",
        goal: null,
        higherIsBetter: false,
      },
    ];
  } finally {
    look.close();
    sessions.close();
    await farm.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const noCheckpoints = { $typeName: "arras.v1.CheckpointPolicy", intervalMs: 0, spp: 0, off: true } as const;

/** Round the table, a degree at a time. */
async function edit(look: GrpcClient, sessionId: string, at: number): Promise<number> {
  const angle = (at * Math.PI) / 180;
  const lookFrom = [1.1 * Math.sin(angle), 0.4, 1.1 * Math.cos(angle)];
  const edits = { camera: { lookFrom, lookAt: [0, 0.1, 0], verticalFovDeg: 30 } };
  const request = create(EditSessionRequestSchema, { sessionId, edits, editor: "bench" });
  return (await look.unary<typeof request, EditSessionReply>("editSession", request, 30_000)).epoch;
}

/** Looks as a page does, and acknowledges at once. */
class Viewer {
  readonly #stream;
  readonly #sessionId: string;
  readonly #tilesOf = new Map<number, Set<string>>();
  readonly #lookers = new Lookers();

  constructor(look: GrpcClient, sessionId: string) {
    this.#sessionId = sessionId;
    this.#stream = look.duplex<WatchPreviewRequest, PreviewFrame>("watchPreview");
    this.#stream.on("data", (frame) => this.#take(frame));
    this.#stream.on("error", () => {});
    this.#ask({ case: "wish", value: { outputs: ["beauty"], encoding: PreviewEncoding.HALF } });
  }

  shows(epoch: number): Promise<void> {
    return this.#lookers.until(() => (this.#tilesOf.get(epoch)?.size ?? 0) > 0);
  }

  showsWhole(epoch: number): Promise<void> {
    return this.#lookers.until(() => (this.#tilesOf.get(epoch)?.size ?? 0) >= tileCount);
  }

  close(): void {
    this.#stream.cancel();
  }

  #take({ epoch, frameIndex, tiles }: PreviewFrame): void {
    const seen = this.#tilesOf.get(epoch) ?? new Set();
    this.#tilesOf.set(epoch, seen);
    // A coarse one may cover several.
    for (const { rect } of tiles)
      for (let y = rect?.y0 ?? 0; y < (rect?.y1 ?? 0); y += tileSizePx)
        for (let x = rect?.x0 ?? 0; x < (rect?.x1 ?? 0); x += tileSizePx) seen.add(`${x} ${y}`);
    this.#ask({ case: "acknowledge", value: frameIndex });
    this.#lookers.look();
  }

  #ask(request: MessageInitShape<typeof PreviewRequestSchema>["request"]): void {
    this.#stream.write(
      create(WatchPreviewRequestSchema, {
        sessionId: this.#sessionId,
        request: { request: request ?? { case: undefined } },
      }),
    );
  }
}
