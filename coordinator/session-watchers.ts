// Those who watch a session: each gets every notice once, whenever it came, and the newest state.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ArrasError } from "../proto/errors.ts";
import { type Notice, NoticeSchema } from "../proto/gen/arras/v1/common_pb.ts";
import { type SessionEvent, SessionEventSchema } from "../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../proto/limits.ts";

/** For somebody who looks on: no more often than people can read. */
const usualIntervalMs = 200;
/** A timer may come so early, and what is due then is not to wait for the next one. */
const earlyMsMax = 10;

export type SessionWatcher = (event: SessionEvent) => void;

interface Watching {
  /** Number of notices it has been told, of all there ever were. */
  toldCount: number;
  /** undefined: it watches for the coordinator itself. */
  readonly left: (() => void) | undefined;
  /** Between two events that tell nothing but progress. */
  readonly intervalMs: number;
  toldAtMs: number;
}

export class SessionWatchers {
  readonly #watching = new Map<SessionWatcher, Watching>();
  readonly #notices: Notice[] = [];
  #noticeCount = 0;

  /** The oldest are dropped beyond limits.sessionNoticesMax. */
  notice(level: number, text: string): void {
    this.#notices.push(create(NoticeSchema, { level, text: text.slice(0, limits.messageTextCharsMax) }));
    this.#noticeCount += 1;
    if (this.#notices.length > limits.sessionNoticesMax) this.#notices.shift();
  }

  /** Clients and viewers among them. */
  get clientCount(): number {
    return [...this.#watching.values()].filter(({ left }) => left !== undefined).length;
  }

  /**
   * `left`: the session goes on elsewhere, and nothing more is told from here; undefined: it watches for the coordinator
   * itself. `intervalMs`: see WatchSessionRequest. Throws `rate-exceeded`.
   */
  add(
    watcher: SessionWatcher,
    present: MessageInitShape<typeof SessionEventSchema>,
    left?: () => void,
    intervalMs = 0,
  ): void {
    if (this.#watching.size >= limits.sessionWatchersMax) throw tooMany();
    const watching = { toldCount: 0, left, intervalMs: intervalMs || usualIntervalMs, toldAtMs: 0 };
    this.#watching.set(watcher, watching);
    this.#tell(watcher, watching, present);
  }

  remove(watcher: SessionWatcher): void {
    this.#watching.delete(watcher);
  }

  /** How often somebody is due at most. */
  get intervalMs(): number {
    return Math.min(limits.watchIntervalMsMax, ...[...this.#watching.values()].map(({ intervalMs }) => intervalMs));
  }

  /** Some time has passed: tells those who are due, and those who do not know a notice. */
  emitDue(nowMs: number, present: () => MessageInitShape<typeof SessionEventSchema>): void {
    const due = [...this.#watching].filter(
      ([, { toldAtMs, intervalMs, toldCount }]) =>
        toldCount < this.#noticeCount || nowMs - toldAtMs >= intervalMs - earlyMsMax,
    );
    if (due.length === 0) return;
    const event = present();
    for (const [watcher, watching] of due) {
      watching.toldAtMs = nowMs;
      this.#tell(watcher, watching, event);
    }
  }

  /** To all, at once. */
  emit(present: MessageInitShape<typeof SessionEventSchema>): void {
    for (const [watcher, watching] of this.#watching) this.#tell(watcher, watching, present);
  }

  /** All of them are told that it goes on elsewhere. */
  leave(): void {
    const all = [...this.#watching.values()];
    this.#watching.clear();
    for (const { left } of all) left?.();
  }

  #tell(watcher: SessionWatcher, watching: Watching, present: MessageInitShape<typeof SessionEventSchema>): void {
    const untold = this.#noticeCount - watching.toldCount;
    watching.toldCount = this.#noticeCount;
    const notices = untold === 0 ? [] : this.#notices.slice(-untold);
    watcher(create(SessionEventSchema, { ...present, notices }));
  }
}

function tooMany(): ArrasError {
  return new ArrasError("rate-exceeded", {
    message: `The session has sessionWatchersMax = ${limits.sessionWatchersMax} watchers`,
    action: "Wait until some of them have left.",
  });
}
