// One session of a test: its processes are fakes, the merger's gRPC service is real, time stands still until it is moved.
import { create } from "@bufbuild/protobuf";
import { afterEach } from "vitest";
import { Session } from "../../../coordinator/session.ts";
import type { SessionPlan, SessionSurroundings } from "../../../coordinator/session-plan.ts";
import { ComputationExitedSchema, ExitCause } from "../../../proto/gen/arras/v1/node_pb.ts";
import type { SessionEvent } from "../../../proto/gen/arras/v1/session_pb.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { FakeComputation } from "../../fakes/fake-computation.ts";
import { FakeFilmService } from "../../fakes/fake-film-service.ts";
import { FakeLauncher } from "../../fakes/fake-launcher.ts";
import { owning, sessionPlan } from "../../fakes/session-plans.ts";
import { until } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";

/** The coarse picture came, and was seen: the next tick grants samples. */
export const coarseSeenMs = 50;

/** The film's pixels. */
export const whole = { x0: 0, y0: 0, x1: 16, y1: 16 };

export class SessionStage {
  readonly clock = new FakeClock();
  readonly launcher = new FakeLauncher();
  readonly events: SessionEvent[] = [];
  readonly unwatch: () => void;
  readonly session: Session;
  readonly services: FakeFilmService[] = [];

  readonly #freshAddress: () => string;

  constructor(freshAddress: () => string, overrides: Partial<SessionPlan>, world: Partial<SessionSurroundings>) {
    this.#freshAddress = freshAddress;
    const { clock, launcher } = this;
    this.session = new Session(sessionPlan(overrides), { ...owning, launcher, clock, log: silentLog, ...world });
    this.unwatch = this.session.watch((event) => void this.events.push(event));
    this.session.start();
  }

  /** The newest merger serves. */
  async serve(denoiserMissing = ""): Promise<FakeFilmService> {
    const service = await new FakeFilmService(this.#freshAddress()).start();
    service.denoiserMissing = denoiserMissing;
    this.services.push(service);
    this.launcher.last("merge").announce(service.address);
    return service;
  }

  async openFilm(denoiserMissing = ""): Promise<FakeFilmService> {
    const service = await this.serve(denoiserMissing);
    await until(() => service.watches.length > 0);
    service.say([], true);
    await until(() => this.session.state.t !== "starting");
    return service;
  }

  /** The film open, one computation with everything granted to it. */
  async rendering(): Promise<{ service: FakeFilmService; computation: FakeComputation }> {
    const service = await this.openFilm();
    const computation = new FakeComputation(this.session, "mcrt_i0");
    await until(() => computation.assignments.length > 0);
    computation.prepare();
    return { service, computation };
  }

  /** The coarse picture is rendered and seen, then what is granted of the film, all of which is merged. */
  renderAll(service: FakeFilmService, computation: FakeComputation): void {
    computation.renderGranted();
    this.clock.advance(coarseSeenMs);
    computation.renderGranted();
    service.say([{ tileIndex: 0, cells: [{ rect: whole, merged: [{ begin: 0, end: 1 }] }] }]);
  }

  exited(computation: string, attempt = 1, cause = ExitCause.CRASHED): void {
    this.session.exited(create(ComputationExitedSchema, { computation, attempt, cause }));
  }

  get notices(): string[] {
    return this.events.flatMap(({ notices }) => notices.map(({ text }) => text));
  }

  get last(): SessionEvent {
    return this.events.at(-1)!;
  }

  async ended(): Promise<SessionEvent> {
    await until(() => this.last.totals !== undefined);
    return this.last;
  }

  async close(): Promise<void> {
    await this.session.close();
    for (const service of this.services) await service.close();
  }
}

/** For the tests of one file: a maker of stages, each of which is closed after its test. */
export function sessionStages() {
  const freshAddress = socketFolder();
  const stages: SessionStage[] = [];
  afterEach(async () => {
    for (const stage of stages.splice(0)) await stage.close();
  });
  return (overrides: Partial<SessionPlan> = {}, world: Partial<SessionSurroundings> = {}): SessionStage => {
    const stage = new SessionStage(freshAddress, overrides, world);
    stages.push(stage);
    return stage;
  };
}
