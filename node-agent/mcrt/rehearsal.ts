// An mcrt that waits for its order renders a small film with the fake renderer, for a coordinator and a merger that it
// plays itself: so its first real units do not wait for what a process does for the first time.
import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import type { ServerDuplexStream } from "@grpc/grpc-js";
import { type GrpcServer, serveGrpc } from "../../host/grpc-server.ts";
import { rehearsedLog } from "../../host/log.ts";
import { rehearsalCoarseUnits, rehearsalFilm, rehearsalMsMax, rehearsalUnits } from "../../host/rehearsal-film.ts";
import { filmSpecToMessage } from "../../proto/film-spec-message.ts";
import {
  AssignmentSchema,
  BudgetService,
  GrantSchema,
  type WorkOrder,
  WorkOrderSchema,
  type WorkReport,
} from "../../proto/gen/arras/v1/budget_pb.ts";
import {
  type Acknowledgement,
  AcknowledgementSchema,
  Admission,
  type Contribution,
  FilmService,
} from "../../proto/gen/arras/v1/film_pb.ts";
import { ComputationKind, LaunchOrderSchema } from "../../proto/gen/arras/v1/node_pb.ts";
import { RenderSpecSchema } from "../../proto/gen/arras/v1/scene_pb.ts";
import { launchOrderFromLine, launchOrderToLine } from "../../proto/launch-order.ts";
import { unitToMessage } from "../../proto/unit.ts";
import { WiredMcrt } from "./wired-mcrt.ts";

const film = rehearsalFilm(512);
/** Coarse ones several times: they cost little, and are what a frame begins with. */
const coarseRoundCount = 4;
const units = [
  ...Array.from({ length: coarseRoundCount }, () => rehearsalCoarseUnits(film)).flat(),
  ...rehearsalUnits(film, 0),
];

/** Resolves with whether it came to its end; it is given up after a while. */
export async function rehearseMcrt(): Promise<boolean> {
  let end: (isDone: boolean) => void = () => {};
  const ended = new Promise<boolean>((resolve) => {
    end = resolve;
  });
  const server: GrpcServer = await serveGrpc("127.0.0.1:0", [
    { service: BudgetService, implementation: { work: (call: WorkCall) => play(call, server.address, end) } },
    { service: FilmService, implementation: { contribute: acknowledge } },
  ]);
  const order = create(LaunchOrderSchema, {
    sessionId: "rehearsal",
    computation: "mcrt",
    kind: ComputationKind.MCRT,
    token: randomUUID(),
    threadCount: 1,
    coordinatorAddress: server.address,
    renderers: ["fake"],
  });
  const read = launchOrderFromLine(launchOrderToLine(order));
  const mcrt = new WiredMcrt(read, rehearsedLog(), () => end(false));
  const timer = setTimeout(() => end(false), rehearsalMsMax);
  const isDone = await ended;
  clearTimeout(timer);
  await mcrt.close();
  await server.close();
  return isDone;
}

type WorkCall = ServerDuplexStream<WorkReport, WorkOrder>;

/** The coordinator: one assignment, some coarse units and some samples. */
function play(call: WorkCall, mergerAddress: string, end: (isDone: boolean) => void): void {
  const say = (order: WorkOrder["order"]) => call.write(create(WorkOrderSchema, { order }));
  let doneCount = 0;
  call.on("error", () => end(false));
  call.on("data", ({ report }: WorkReport) => {
    if (report.case === "hello") {
      const render = create(RenderSpecSchema, { renderer: "fake", rendererOptions: "{}", filter: "box" });
      const fields = { epoch: 1, render, film: filmSpecToMessage(film), mergerAddress, mergerToken: "rehearsal" };
      say({ case: "assignment", value: create(AssignmentSchema, fields) });
    } else if (report.case === "prepared") {
      say({ case: "grant", value: create(GrantSchema, { units: units.map(unitToMessage) }) });
    } else if (report.case === "done") {
      doneCount += 1;
      if (doneCount === units.length) end(true);
    } else if (report.case === "failed") end(false);
  });
}

/** The merger. */
function acknowledge(call: ServerDuplexStream<Contribution, Acknowledgement>): void {
  call.on("error", () => {});
  call.on("data", ({ unit }: Contribution) =>
    call.write(create(AcknowledgementSchema, { ...(unit && { unit }), admission: Admission.ADDED })),
  );
  call.on("end", () => call.end());
}
