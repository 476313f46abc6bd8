// New sessions of one coordinator: checked, placed or queued, written down, until they are acquired like any other.
import { ArrasError } from "../proto/errors.ts";
import type { SessionRecord } from "../proto/gen/arras/v1/record_pb.ts";
import type { SessionSpec } from "../proto/gen/arras/v1/session_pb.ts";
import { sessionBeginning } from "./checkpoints/session-beginning.ts";
import type { CoordinatorSurroundings } from "./coordinator-surroundings.ts";
import type { Ownership } from "./ownership.ts";
import type { PlacementRequest } from "./placement/placement-request.ts";
import { type OrderContext, placedPlan, planSession } from "./plan-session.ts";
import { checkSessionCount } from "./session-count.ts";
import type { PlaceWish, SessionPlacing } from "./session-placing.ts";
import type { SessionPlan } from "./session-plan.ts";

/** Created here, and not acquired yet. */
export interface CreatedSession {
  readonly plan: SessionPlan;
  readonly wish: PlaceWish;
  /** It is acquired. */
  readonly begun: () => void;
}

interface Asked {
  readonly requestId: string;
  readonly spec: SessionSpec;
  readonly user: string;
}

export class SessionCreation {
  readonly #world: CoordinatorSurroundings;
  readonly #owner: string;
  readonly #placing: SessionPlacing;
  /** By session id, so that a request that comes twice makes one session. */
  readonly #creating = new Map<string, Promise<void>>();
  readonly #planned = new Map<string, CreatedSession>();

  constructor(world: CoordinatorSurroundings, owner: string, placing: SessionPlacing) {
    this.#world = world;
    this.#owner = owner;
    this.#placing = placing;
  }

  /** See Coordinator.create. */
  async create(ownership: Ownership, asked: Asked): Promise<string> {
    const sessionId = this.#world.sessionIdFor(asked.user, asked.requestId);
    let creating = this.#creating.get(sessionId);
    if (creating === undefined) {
      creating = this.#create(ownership, sessionId, asked).finally(() => this.#creating.delete(sessionId));
      this.#creating.set(sessionId, creating);
    }
    await creating;
    return sessionId;
  }

  isCreating(sessionId: string): boolean {
    return this.#creating.has(sessionId);
  }

  /** It is acquired, or cannot be any more. */
  take(sessionId: string): CreatedSession | undefined {
    const planned = this.#planned.get(sessionId);
    this.#planned.delete(sessionId);
    return planned;
  }

  async #create(ownership: Ownership, sessionId: string, { requestId, spec, user }: Asked): Promise<void> {
    if ((await ownership.find(sessionId)) !== undefined) return;
    const users = ownership.all().map(({ record }) => record.user);
    checkSessionCount(users, user);
    const { spec: whole, beginning } = await sessionBeginning(spec, user, ownership, this.#world.checkpoints);
    const { plan, request } = planSession(whole, {
      ...this.orderContext(sessionId),
      sessionId,
      requestId,
      user,
      token: this.#world.newId(),
      owner: this.#owner,
      createdAtMs: this.#world.wallClockMs(),
      clientHost: this.#world.clientHost,
      beginning,
    });
    const wish = this.placeWish(request, plan.base);
    try {
      const start = await this.#placing.admit(wish);
      const placed = start === undefined ? plan : placedPlan(plan, start.placements, start.notes);
      const begun = new Promise<void>((resolve) =>
        this.#planned.set(sessionId, { plan: placed, wish, begun: resolve }),
      );
      if ((await ownership.create(placed.base)) === "created") {
        await Promise.race([begun, this.#after(this.#world.leaseTimes.leaseTtlMs)]);
      }
      // Another's, or nobody's yet: what it has is not ours to say.
      if (this.#planned.delete(sessionId)) this.#placing.forget(sessionId);
    } catch (thrown) {
      this.#planned.delete(sessionId);
      const { code } = ArrasError.from(thrown);
      // Where it is not known whether it is written, places without a record are found and given back later.
      if (code === "unavailable" || code === "timed-out") this.#placing.forget(sessionId);
      else this.#placing.releaseSession(sessionId);
      throw thrown;
    }
  }

  /** What a session wants of nodes, by what its record says. */
  placeWish(request: PlacementRequest, { spec, user, createdAtMs }: SessionRecord): PlaceWish {
    const { priority = 0, queueTimeoutMs = 0 } = spec ?? {};
    const leftMs = Number(createdAtMs) + queueTimeoutMs - this.#world.wallClockMs();
    return { request, user, priority, queueTimeoutMs, waitsUntilMs: this.#world.clock.nowMs() + leftMs };
  }

  /** What its processes are told, whoever plans it. */
  orderContext(sessionId: string): OrderContext {
    return {
      coordinatorAddress: this.#world.coordinatorAddress(),
      coordinatorCaPem: this.#world.coordinatorCaPem ?? "",
      mergerAddress: this.#world.mergerAddress(sessionId),
      logLevel: this.#world.logLevel,
    };
  }

  #after(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#world.clock.after(delayMs, resolve));
  }
}
