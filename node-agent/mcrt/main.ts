// Wires one mcrt process: standard input (its life), the coordinator, the merger, the renderers.
import { create } from "@bufbuild/protobuf";
import { systemClock } from "../../host/clock.ts";
import { computationTitle } from "../../host/computation-title.ts";
import { createLog } from "../../host/log.ts";
import { readStandardInput } from "../../host/standard-input.ts";
import { HelloSchema } from "../../proto/gen/arras/v1/budget_pb.ts";
import { NoticeSchema } from "../../proto/gen/arras/v1/common_pb.ts";
import { agentNoteFromLine, announcementToLine, launchOrderFromLine } from "../../proto/launch-order.ts";
import { softwareVersion } from "../../proto/version.ts";
import { parseFakeOptions } from "../renderers/fake/fake-options.ts";
import { BudgetLink } from "./budget-link.ts";
import { BundleFolder } from "./bundle-folder.ts";
import { FaultySink } from "./faulty-sink.ts";
import { FilmLink } from "./film-link.ts";
import { loadScene } from "./load-scene.ts";
import { Mcrt } from "./mcrt.ts";
import { makeAllowedRenderer } from "./renderers.ts";

const input = readStandardInput(process.stdin);
const order = launchOrderFromLine(await input.firstLine);
const log = createLog("mcrt", order.logLevel).child({ session: order.sessionId, computation: order.computation });
// A terminal sends Ctrl-C to the whole group; only the launcher decides what it means.
process.on("SIGINT", () => {});
process.title = computationTitle("mcrt", "node-agent/mcrt/main.js", order);
process.stdout.write(announcementToLine({ address: "" }));

const clock = systemClock;
const bundle = new BundleFolder();
const budget = new BudgetLink({ address: order.coordinatorAddress, caPem: order.coordinatorCaPem, clock, log });
const mcrt = new Mcrt(
  order,
  {
    report: (report) => budget.send(report),
    makeRenderer: (render) => makeAllowedRenderer(render, order.renderers, order.nodeId),
    loadScene: async (render, film) => loadScene(await bundle.located(render), film),
    openSink: ({ mergerAddress, mergerToken, render }) => {
      const authorityPem = order.coordinatorCaPem;
      const link = new FilmLink({ address: mergerAddress, token: mergerToken, authorityPem, clock, log });
      return render?.renderer === "fake" ? new FaultySink(link, parseFakeOptions(render.rendererOptions)) : link;
    },
    ended: () => void end(0),
  },
  log,
);
const hello = create(HelloSchema, {
  sessionId: order.sessionId,
  computation: order.computation,
  token: order.token,
  threadCount: order.threadCount,
  nodeId: order.nodeId,
});
budget.connect(hello, {
  order: (workOrder) => mcrt.receive(workOrder),
  disconnected: () => mcrt.disconnected(),
  rejected: (error) => {
    log.error({ code: error.code }, error.toString());
    void end(1);
  },
});
input.listen((line) => {
  const note = agentNoteFromLine(line);
  if (note === undefined) log.debug("a note of the agent is of an unknown kind");
  else if (note.t === "coordinator") budget.moveTo(note.address);
  else if (note.t === "bundle-progress") tellProgress(note.doneBytes, note.totalBytes);
  else bundle.told(note);
});
log.debug({ version: softwareVersion, threads: order.threadCount }, "mcrt started");
void input.ended.then(() => end(0));

function tellProgress(doneBytes: number, totalBytes: number): void {
  const [done, total] = [doneBytes, totalBytes].map((sizeBytes) => Math.round(sizeBytes / 1e6));
  const text = `${order.computation} waits for the scene's files: ${done} of ${total} MB`;
  void budget.send({ case: "notice", value: create(NoticeSchema, { level: 3, text }) });
}

async function end(code: number): Promise<void> {
  budget.close();
  await mcrt.close();
  process.exit(code);
}
