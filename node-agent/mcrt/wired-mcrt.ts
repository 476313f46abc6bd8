// One mcrt with its ways to the coordinator and to the merger, as its launch order says.
import { create } from "@bufbuild/protobuf";
import { systemClock } from "../../host/clock.ts";
import type { Log } from "../../host/log.ts";
import { HelloSchema } from "../../proto/gen/arras/v1/budget_pb.ts";
import { NoticeSchema } from "../../proto/gen/arras/v1/common_pb.ts";
import type { LaunchOrder } from "../../proto/gen/arras/v1/node_pb.ts";
import { type AgentNote, agentNoteFromLine } from "../../proto/launch-order.ts";
import { parseFakeOptions } from "../renderers/fake/fake-options.ts";
import { BudgetLink } from "./budget-link.ts";
import { BundleFolder } from "./bundle-folder.ts";
import { FaultySink } from "./faulty-sink.ts";
import { FilmLink } from "./film-link.ts";
import { loadScene } from "./load-scene.ts";
import { Mcrt } from "./mcrt.ts";
import { makeAllowedRenderer } from "./renderers.ts";

export class WiredMcrt {
  readonly #order: LaunchOrder;
  readonly #log: Log;
  readonly #bundle = new BundleFolder();
  readonly #budget: BudgetLink;
  readonly #mcrt: Mcrt;

  /** `ended`: it is to end, with this exit code. Connects at once. */
  constructor(order: LaunchOrder, log: Log, ended: (code: number) => void) {
    this.#order = order;
    this.#log = log;
    const clock = systemClock;
    const budget = new BudgetLink({ address: order.coordinatorAddress, caPem: order.coordinatorCaPem, clock, log });
    const mcrt = new Mcrt(
      order,
      {
        report: (report) => budget.send(report),
        makeRenderer: (render) => makeAllowedRenderer(render, order.renderers, order.nodeId),
        loadScene: async (render, film) => loadScene(await this.#bundle.located(render), film),
        openSink: ({ mergerAddress, mergerToken, render }) => {
          const authorityPem = order.coordinatorCaPem;
          const link = new FilmLink({ address: mergerAddress, token: mergerToken, authorityPem, clock, log });
          return render?.renderer === "fake" ? new FaultySink(link, parseFakeOptions(render.rendererOptions)) : link;
        },
        ended: () => ended(0),
      },
      log,
    );
    const { sessionId, computation, token, threadCount, nodeId } = order;
    budget.connect(create(HelloSchema, { sessionId, computation, token, threadCount, nodeId }), {
      order: (workOrder) => mcrt.receive(workOrder),
      disconnected: () => mcrt.disconnected(),
      rejected: (error) => {
        log.error({ code: error.code }, error.toString());
        ended(1);
      },
    });
    this.#budget = budget;
    this.#mcrt = mcrt;
  }

  /** A line of its agent, after the order. */
  hear(line: string): void {
    const note = agentNoteFromLine(line);
    if (note === undefined) this.#log.debug("a note of the agent is of an unknown kind");
    else if (note.t === "coordinator") this.#budget.moveTo(note.address);
    else if (note.t === "bundle-progress") this.#tellProgress(note);
    else this.#bundle.told(note);
  }

  #tellProgress({ doneBytes, totalBytes }: Extract<AgentNote, { readonly t: "bundle-progress" }>): void {
    const [done, total] = [doneBytes, totalBytes].map((sizeBytes) => Math.round(sizeBytes / 1e6));
    const text = `${this.#order.computation} waits for the scene's files: ${done} of ${total} MB`;
    void this.#budget.send({ case: "notice", value: create(NoticeSchema, { level: 3, text }) });
  }

  async close(): Promise<void> {
    this.#budget.close();
    await this.#mcrt.close();
  }
}
