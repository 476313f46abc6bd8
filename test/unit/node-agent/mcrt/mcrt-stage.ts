// An Mcrt on a stage: its renderer renders when the test says so, its merger answers when the test says so, and what it
// reports is kept as lines of text.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { expect } from "vitest";
import type { ContributionSink, Sending } from "../../../../node-agent/mcrt/film-link.ts";
import { Mcrt } from "../../../../node-agent/mcrt/mcrt.ts";
import type { LoadedScene } from "../../../../node-agent/mcrt/render-request.ts";
import type { RenderedUnit, Renderer, RenderUnit } from "../../../../node-agent/renderers/renderer.ts";
import type { SceneUpdate } from "../../../../node-agent/scene/description.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import {
  type Assignment,
  CancelUnitsSchema,
  GrantSchema,
  type WorkOrder,
  WorkOrderSchema,
  type WorkReport,
} from "../../../../proto/gen/arras/v1/budget_pb.ts";
import type { Unit as UnitMessage } from "../../../../proto/gen/arras/v1/common_pb.ts";
import { SceneEditsSchema } from "../../../../proto/gen/arras/v1/edits_pb.ts";
import {
  type Acknowledgement,
  AcknowledgementSchema,
  Admission,
  type Contribution,
} from "../../../../proto/gen/arras/v1/film_pb.ts";
import { limits } from "../../../../proto/limits.ts";
import { type Unit, unitFromMessage, unitKey, unitToMessage } from "../../../../proto/unit.ts";
import { assignmentOf } from "../../../fakes/films.ts";
import { settled } from "../../../fakes/settled.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

export interface Rendering {
  readonly unit: Unit;
  finish(): void;
  fail(error: unknown): void;
}

export interface Sent {
  readonly unit: Unit;
  readonly sink: string;
  answer(admission: Admission): void;
  reject(error: Error): void;
}

const rendered: RenderedUnit = {
  planes: [{ encoding: "constant", bytes: new Uint8Array(8) }],
  renderMs: 5,
  clampedCount: 1,
  nonFiniteCount: 0,
  clampedSamples: [{ x: 1, y: 2, sampleIndex: 3 }],
  nonFiniteSamples: [],
};

const emptyScene: LoadedScene = {
  scene: {
    meshes: [],
    instances: [],
    materials: [],
    textures: [],
    lights: [{ t: "point", name: "lamp", position: [0, 0, 0], intensity: [1, 1, 1] }],
    cameras: [],
    objectNames: ["chair"],
  },
  bounds: { min: [0, 0, 0], max: [1, 1, 1] },
  camera: {
    name: "",
    cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    projection: { t: "perspective", verticalFovRad: 1 },
    lensRadius: 0,
    focusDistance: 1,
  },
  notices: ["a notice"],
};

export class McrtStage {
  readonly reports: WorkReport["report"][] = [];
  /** Renderings that wait, in the order in which they began. */
  readonly renderings: Rendering[] = [];
  readonly sent: Sent[] = [];
  /** The sinks' addresses, and "closed" ones. */
  readonly sinks: string[] = [];
  readonly openRenderers: string[] = [];
  /** What the renderers were updated with. */
  readonly updates: SceneUpdate[] = [];
  /** Set: updating waits for it. */
  updating: Promise<void> = Promise.resolve();
  /** Set: what is reported from then on has left when it resolves. */
  leaving: Promise<void> | undefined;
  endedCount = 0;
  /** Set: loading waits for it. */
  loading: Promise<void> = Promise.resolve();
  /** Room in the merger's window: what is sent enters when this resolves. */
  entering: Promise<void> = Promise.resolve();
  readonly mcrt: Mcrt;

  constructor(threadCount = 2) {
    this.mcrt = new Mcrt(
      { sessionId: "s", computation: "mcrt_i0", nodeId: "n", threadCount },
      {
        report: (report) => {
          this.reports.push(report);
          return this.leaving;
        },
        makeRenderer: () => this.#renderer(),
        loadScene: async () => {
          await this.loading;
          return emptyScene;
        },
        openSink: (assignment) => this.#sink(assignment),
        ended: () => {
          this.endedCount += 1;
        },
      },
      silentLog,
    );
  }

  assign(epoch = 1, mergerAddress = "merger", verifyShare = 0): void {
    this.order({ case: "assignment", value: { ...assignmentOf(epoch, mergerAddress), verifyShare } });
  }

  grantToVerify(...units: Unit[]): void {
    this.order({ case: "grant", value: create(GrantSchema, { verifyUnits: units.map(unitToMessage) }) });
  }

  /** The scene with these edits. */
  edit(epoch: number, edits: MessageInitShape<typeof SceneEditsSchema>): void {
    this.order({
      case: "assignment",
      value: { ...assignmentOf(epoch, "merger"), edits: create(SceneEditsSchema, edits) },
    });
  }

  /** Another scene, which is loaded anew. */
  assignOther(epoch: number): void {
    const { render, ...assignment } = assignmentOf(epoch, "merger");
    this.order({ case: "assignment", value: { ...assignment, render: { ...render!, scenePath: "other.glb" } } });
  }

  grant(...units: Unit[]): void {
    this.order({ case: "grant", value: create(GrantSchema, { units: units.map(unitToMessage) }) });
  }

  cancel(...units: Unit[]): void {
    this.order({ case: "cancel", value: create(CancelUnitsSchema, { units: units.map(unitToMessage) }) });
  }

  order(order: WorkOrder["order"]): void {
    this.mcrt.receive(create(WorkOrderSchema, { order }));
  }

  /** "started e1 …, next e1 …", "done …", "failed code …", "credit n", "prepared", "notice …"; since the last call. */
  said(): string[] {
    return this.reports.splice(0).map(textOf);
  }

  #renderer(): Renderer {
    const name = `renderer ${this.openRenderers.length}`;
    this.openRenderers.push(name);
    return {
      capabilities: () => ({ name: "stage", version: "1", instructionSet: "none" }),
      prepare: async () => ({ triangleCount: 1, lightCount: 1, sizeBytes: 1 }),
      update: async (update) => {
        this.updates.push(update);
        await this.updating;
      },
      render: (unit, signal) => this.#render(unit as Unit, signal),
      pick: async (x) =>
        x === 0
          ? undefined
          : {
              objectId: 1,
              materialIndex: 0,
              depth: 2,
              position: [1, 2, 3],
              normal: [0, 1, 0],
              lights: [{ t: "point", index: 0, irradiance: [1, 2, 3] }],
            },
      debugSample: async () => "",
      close: async () => {
        const at = this.openRenderers.indexOf(name);
        if (at >= 0) this.openRenderers.splice(at, 1);
      },
    };
  }

  #render(unit: Unit & RenderUnit, signal: AbortSignal): Promise<RenderedUnit> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        const at = this.renderings.indexOf(rendering);
        if (at >= 0) this.renderings.splice(at, 1);
      };
      const rendering: Rendering = {
        unit,
        finish: () => {
          leave();
          resolve(rendered);
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      this.renderings.push(rendering);
      signal.addEventListener("abort", () =>
        rendering.fail(new ArrasError("cancelled", { message: "cancelled", action: "None." })),
      );
    });
  }

  #sink({ mergerAddress }: Assignment): ContributionSink {
    this.sinks.push(mergerAddress);
    return {
      contribute: (contribution) => this.#send(contribution, mergerAddress),
      close: () => void this.sinks.splice(this.sinks.indexOf(mergerAddress), 1, "closed"),
    };
  }

  #send(contribution: Contribution, sink: string): Sending {
    const acknowledged = new Promise<Acknowledgement>((resolve, reject) => {
      const unit = unitFromMessage(contribution.unit);
      const leave = () => void this.sent.splice(this.sent.indexOf(sent), 1);
      const sent: Sent = {
        unit,
        sink,
        answer: (admission) => {
          leave();
          const error =
            admission === Admission.REFUSED
              ? {
                  $typeName: "arras.v1.ErrorDetail" as const,
                  code: "contribution-overlaps",
                  message: "",
                  action: "",
                  place: {},
                }
              : undefined;
          resolve(create(AcknowledgementSchema, { admission, ...(error === undefined ? {} : { error }) }));
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      this.sent.push(sent);
    });
    return { entered: this.entering, acknowledged };
  }
}

/** What it says of its first assignment. */
export const ready = ["notice a notice", "prepared", `credit ${limits.leasedUnitsMax}`];

/** It shows its scene and may be granted units. */
export async function readyStage(threadCount = 2): Promise<McrtStage> {
  const stage = new McrtStage(threadCount);
  stage.assign();
  await settled();
  expect(stage.said()).toEqual(ready);
  return stage;
}

export function started(unit: Unit, next?: Unit): string {
  return `started ${unitKey(unit)}${next === undefined ? "" : `, next ${unitKey(next)}`}`;
}

function textOf(report: WorkReport["report"]): string {
  switch (report.case) {
    case "credit":
      return `credit ${report.value.unitCount}`;
    case "started": {
      const { unit, next } = report.value;
      return `started ${key(unit)}${next === undefined ? "" : `, next ${key(next)}`}`;
    }
    case "done":
      return `done ${key(report.value.unit)}`;
    case "failed": {
      const { unit, error } = report.value;
      return `failed ${error?.code}${unit === undefined ? "" : ` ${key(unit)}`}`;
    }
    case "notice":
      return `notice ${report.value.text}`;
    default:
      return report.case ?? "nothing";
  }
}

function key(unit: UnitMessage | undefined): string {
  return unitKey(unitFromMessage(unit));
}
