// The sessions that one coordinator owns, each with what keeps its record and hears its computations.
import type { Subscription } from "../host/bus.ts";
import { ComputationExitedSchema, ComputationUsageSchema } from "../proto/gen/arras/v1/node_pb.ts";
import type { SessionRecord } from "../proto/gen/arras/v1/record_pb.ts";
import { subjects } from "../proto/subjects.ts";
import { hearMessages } from "./bus-messages.ts";
import type { CoordinatorSurroundings } from "./coordinator-surroundings.ts";
import { FencedLauncher } from "./fenced-launcher.ts";
import { silentJournal } from "./journal/happening.ts";
import { silentMeter } from "./metrics/metric-table.ts";
import type { Ownership } from "./ownership.ts";
import type { Quarantine } from "./quarantine.ts";
import { RecordWriter } from "./records/record-writer.ts";
import { Session } from "./session.ts";
import type { SessionPlacing } from "./session-placing.ts";
import type { SessionPlan, WrongNodes } from "./session-plan.ts";

export interface SessionEntry {
  /** Since when its state has been final. */
  endedAtMs?: number;
  /** Since when it waits for places and nobody watches. */
  forsakenAtMs?: number | undefined;
  readonly session: Session;
  readonly token: string;
  readonly fence: number;
  readonly writer: RecordWriter;
  readonly subscriptions: readonly Subscription[];
  closing?: Promise<void>;
}

export interface EntryWish {
  /** Of its record in the store. */
  readonly revision: number;
  readonly fence: number;
  /** Another coordinator has begun it. */
  readonly adopted: boolean;
  /** It had ended. */
  readonly reopened?: boolean;
  readonly ownership: Ownership;
  /** Another coordinator has written its record. */
  conflicted(): void;
  /** See SessionSurroundings.goOn. */
  goOn(record: SessionRecord): Promise<void>;
}

export class SessionEntries {
  readonly #world: CoordinatorSurroundings;
  readonly #placing: SessionPlacing;
  readonly #quarantine: Quarantine;
  readonly #entries = new Map<string, SessionEntry>();

  constructor(world: CoordinatorSurroundings, placing: SessionPlacing, quarantine: Quarantine) {
    this.#world = world;
    this.#placing = placing;
    this.#quarantine = quarantine;
  }

  get(sessionId: string): SessionEntry | undefined {
    return this.#entries.get(sessionId);
  }

  /** As they are now: some may leave meanwhile. */
  all(): [string, SessionEntry][] {
    return [...this.#entries];
  }

  sessions(): Session[] {
    return [...this.#entries.values()].map(({ session }) => session);
  }

  enter(plan: SessionPlan, { revision, fence, adopted, reopened = false, ...wish }: EntryWish): SessionEntry {
    const { bus, clock, log, launcher, stores } = this.#world;
    const { ownership, conflicted, goOn } = wish;
    const { sessionId, token } = plan;
    const sessionLog = log.child({ session: sessionId });
    const writer = new RecordWriter({
      store: stores.sessions,
      sessionId,
      revision,
      clock,
      present: () => session.record,
      written: (kept) => ownership.note(kept),
      conflicted: () => {
        sessionLog.warn("another coordinator has written the session's record");
        conflicted();
      },
      tooLarge: (error) => sessionLog.warn({ code: error.code }, `its record stays as it was: ${error.message}`),
    });
    const mayAct = () => ownership.mayAct(sessionId);
    const session: Session = new Session(
      plan,
      {
        launcher: new FencedLauncher(launcher, { fence, mayAct }),
        clock,
        log: sessionLog,
        journal: this.#world.journal ?? silentJournal,
        meter: this.#world.meter ?? silentMeter,
        epochOffsetMs: this.#world.wallClockMs() - clock.nowMs(),
        mayAct,
        save: () => writer.save(),
        checkpoints: this.#world.checkpoints,
        images: this.#world.images,
        wrongNodes: this.#wrongNodes(sessionId),
        authorityPem: this.#world.coordinatorCaPem,
        berthFor: (berth, reason) => this.#placing.berthFor(sessionId, berth, reason),
        pin: (instructionSet) => this.#placing.pin(sessionId, instructionSet),
        goOn,
        release: (computation) => this.#placing.release(sessionId, computation),
        renderingEnded: (merger) => this.#placing.renderingEnded(sessionId, merger),
      },
      { adopted, reopened },
    );
    const subscriptions = [
      hearMessages({ bus, log }, subjects.exited(sessionId), ComputationExitedSchema, (exit) => session.exited(exit)),
      hearMessages({ bus, log }, subjects.usage(sessionId), ComputationUsageSchema, (usage) => session.usage(usage)),
    ];
    const entry = { session, token, fence, writer, subscriptions };
    this.#entries.set(sessionId, entry);
    this.#world.overview?.entered(sessionId, session);
    return entry;
  }

  #wrongNodes(sessionId: string): WrongNodes {
    const quarantine = this.#quarantine;
    return {
      get nodeIds() {
        return quarantine.nodeIds;
      },
      has: (nodeId) => quarantine.has(nodeId),
      found: (nodeId, evidence) => {
        const host = this.#placing.hostOf(nodeId) ?? nodeId;
        if (!quarantine.add({ nodeId, sessionId, evidence })) return;
        this.#world.log.error({ session: sessionId, node: nodeId, host }, `wrong samples: ${evidence}`);
        this.#world.journal?.record({ t: "node-quarantined", nodeId, host, factId: "0", evidence });
      },
    };
  }

  /** Nothing is done for it here any more. */
  forget(sessionId: string, { subscriptions, writer }: SessionEntry): void {
    this.#entries.delete(sessionId);
    this.#world.overview?.left(sessionId);
    for (const subscription of subscriptions) subscription.unsubscribe();
    writer.close();
  }
}
