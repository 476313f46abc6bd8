// A crew of two, a and b, on node n: its launches, what it tells, and where it is told to go.
import { create } from "@bufbuild/protobuf";
import type { Berth } from "../../../coordinator/berth.ts";
import { Crew } from "../../../coordinator/crew.ts";
import type { WorkStream } from "../../../coordinator/crew-member.ts";
import type { MoveReason } from "../../../coordinator/placement/move.ts";
import { HelloSchema } from "../../../proto/gen/arras/v1/budget_pb.ts";
import { ComputationExitedSchema, ExitCause, LaunchOrderSchema } from "../../../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { FakeLauncher } from "../../fakes/fake-launcher.ts";
import { settled } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";

export class RecordedStream implements WorkStream {
  readonly sent: (string | undefined)[] = [];
  isClosed = false;

  send(order: Parameters<WorkStream["send"]>[0]): void {
    this.sent.push(order.case);
  }

  close(): void {
    this.isClosed = true;
  }
}

export class CrewStage {
  readonly clock = new FakeClock();
  readonly launcher = new FakeLauncher();
  readonly crew: Crew;
  readonly #told: string[] = [];
  placeFor: (berth: Berth, reason: MoveReason) => Berth | Promise<Berth> = (berth) => berth;

  constructor() {
    const tell = (text: string) => void this.#told.push(text);
    const berths = ["a", "b"].map((name) => ({
      name,
      nodeId: "n",
      threadCount: 1,
      memoryLimitBytes: 1,
      coresReserved: 1,
      environment: {},
    }));
    this.crew = new Crew(berths, {
      save: () => undefined,
      launcher: this.launcher,
      clock: this.clock,
      log: silentLog,
      sessionId: "s",
      placelessMsMax: limits.placeAgainMsMax,
      bundleSha256: "b1",
      berthFor: (berth, reason) => this.placeFor(berth, reason),
      orderFor: ({ name }, attempt) => create(LaunchOrderSchema, { sessionId: "s", computation: name, attempt }),
      listener: {
        draining: (name) => tell(`draining ${name}`),
        left: (name, cause) => tell(`left ${name} ${cause}`),
        restarting: (name, reason) => tell(`restarting ${name} ${reason.code}`),
        restartingWithMore: ({ name, nodeId }, reason) =>
          tell(`restarting ${name} on ${nodeId} with more, ${reason.code}`),
        unplaced: (name, reason) => tell(`unplaced ${name} ${reason.code}`),
        gone: (name, error, remaining) => tell(`gone ${name} ${error.code}, ${remaining} remain`),
      },
    });
  }

  /** Since it was asked last. */
  said(): string[] {
    return this.#told.splice(0);
  }

  exited(computation: string, attempt = 1, cause = ExitCause.CRASHED): void {
    this.crew.exited(create(ComputationExitedSchema, { sessionId: "s", computation, attempt, cause }));
  }

  connect(computation: string): RecordedStream {
    const stream = new RecordedStream();
    this.crew.connected(create(HelloSchema, { sessionId: "s", computation }), stream);
    return stream;
  }

  /** Both launched, a with its stream. */
  async running(): Promise<RecordedStream> {
    this.crew.launchAll();
    for (const launch of this.launcher.launches) launch.announce("");
    await settled();
    return this.connect("a");
  }
}
