// The merger of a session, on node n: its process is a test's, its gRPC service real, what it tells is noted.
import { create } from "@bufbuild/protobuf";
import type { Berth } from "../../../coordinator/berth.ts";
import { CheckpointShelf } from "../../../coordinator/checkpoints/checkpoint-shelf.ts";
import { KeyValueArchive } from "../../../coordinator/checkpoints/key-value-archive.ts";
import type { MergerFilm } from "../../../coordinator/merger-film.ts";
import { MergerHost } from "../../../coordinator/merger-host.ts";
import type { MoveReason } from "../../../coordinator/placement/move.ts";
import { SceneEpoch } from "../../../coordinator/scene-epoch.ts";
import { InMemoryKeyValue } from "../../../host/nats/in-memory-key-value.ts";
import { ComputationExitedSchema, ExitCause } from "../../../proto/gen/arras/v1/node_pb.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { FakeFilmService } from "../../fakes/fake-film-service.ts";
import { FakeLauncher } from "../../fakes/fake-launcher.ts";
import { owning, sessionPlan, sessionRecord } from "../../fakes/session-plans.ts";
import { until } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";

/** As much of it as is merged, of a film of one tile. */
export const tile = (end: number) => ({
  tileIndex: 0,
  cells: [{ rect: { x0: 0, y0: 0, x1: 16, y1: 16 }, merged: [{ begin: 0, end }] }],
});

export class MergerStage {
  readonly clock = new FakeClock();
  readonly launcher = new FakeLauncher();
  readonly host: MergerHost;
  readonly film: MergerFilm;
  readonly told: string[] = [];
  readonly openings: (string | undefined)[] = [];
  readonly wrongNodeIds: string[] = [];
  readonly services: FakeFilmService[] = [];
  readonly scene = SceneEpoch.fromRecord(sessionRecord());
  placeFor: (berth: Berth, reason: MoveReason) => Berth | Promise<Berth> = (berth) => berth;
  readonly freshAddress: () => string;
  #shelf: CheckpointShelf | undefined;

  /** `freshAddress`: of the test file's own socket folder. */
  constructor(freshAddress: () => string) {
    this.freshAddress = freshAddress;
    const { clock, launcher, wrongNodeIds, services } = this;
    const tell = (text: string) => void this.told.push(text);
    const shelf = () => this.#shelf;
    this.host = new MergerHost(
      sessionPlan(),
      {
        ...owning,
        launcher,
        clock,
        log: silentLog,
        berthFor: (berth, reason) => this.placeFor(berth, reason),
        save: () => (shelf() === undefined ? undefined : Promise.resolve(true)),
        wrongNodes: { nodeIds: wrongNodeIds, has: (nodeId) => wrongNodeIds.includes(nodeId), found: () => {} },
        get checkpoints() {
          return shelf();
        },
      },
      {
        opening: () => void this.openings.push(this.film.opening?.address),
        opened: () => tell(`opened ${services.findIndex(({ address }) => address === this.film.link.access.address)}`),
        ledger: (tiles) => tell(`ledger ${tiles.map(({ ranges }) => ranges.at(-1)?.end)}`),
        merged: (tiles) => tell(`merged ${tiles.map(({ ranges }) => ranges.at(-1)?.end)}`),
        filmGone: ({ code }) => tell(`film gone ${code}`),
        restarting: ({ code }) => tell(`restarting ${code}`),
        gone: ({ code }) => tell(`gone ${code}`),
        takenOut: (nodeIds) => tell(`taken out ${nodeIds}`),
        notice: (_, text) => tell(text),
        instructionSet: () => "avx2",
        rendererBuild: () => "fake 1",
        scene: () => this.scene,
        budgetSpp: () => 4,
      },
    );
    this.film = this.host.film;
  }

  /** Since it was asked last. */
  said(): string[] {
    return this.told.splice(0);
  }

  exited(attempt: number, cause = ExitCause.CRASHED): void {
    this.host.exited(create(ComputationExitedSchema, { computation: "merge", attempt, cause }));
  }

  /** Answers the newest launch with a service that serves. */
  async announce(): Promise<FakeFilmService> {
    const service = await new FakeFilmService(this.freshAddress()).start();
    this.services.push(service);
    this.launcher.last("merge").announce(service.address);
    return service;
  }

  /** Its film is open, and nothing has been told of what is in it. */
  async unread(): Promise<FakeFilmService> {
    const service = await this.announce();
    await until(() => this.film.isOpen && service.watches.length > 0);
    return service;
  }

  /** Its film is open and known to be empty. */
  async opened(): Promise<FakeFilmService> {
    const service = await this.unread();
    service.say([], true);
    await until(() => this.film.isRead);
    return service;
  }

  /** Its film is open, checkpoints can be kept, and there is room on another node. */
  async movable(): Promise<FakeFilmService> {
    const archive = new KeyValueArchive(new InMemoryKeyValue(), this.clock);
    const objects = { delete: async () => {} };
    const bounds = { sessionsMax: 10, bytesMax: 1e9 };
    this.#shelf = new CheckpointShelf({ archive, objects, bounds, log: silentLog });
    this.host.start();
    const first = await this.opened();
    this.said();
    this.placeFor = (berth) => ({ ...berth, nodeId: "m" });
    return first;
  }

  async close(): Promise<void> {
    await this.host.end();
    for (const service of this.services) await service.close();
  }
}
