// Those who watch a session: each gets every notice once, whenever it came, and the newest state.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ArrasError } from "../proto/errors.ts";
import { type Notice, NoticeSchema } from "../proto/gen/arras/v1/common_pb.ts";
import { type SessionEvent, SessionEventSchema } from "../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../proto/limits.ts";

export type SessionWatcher = (event: SessionEvent) => void;

interface Watching {
  /** Number of notices it has been told, of all there ever were. */
  toldCount: number;
  /** undefined: it watches for the coordinator itself. */
  readonly left: (() => void) | undefined;
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
   * itself. Throws `rate-exceeded`.
   */
  add(watcher: SessionWatcher, present: MessageInitShape<typeof SessionEventSchema>, left?: () => void): void {
    if (this.#watching.size >= limits.sessionWatchersMax) throw tooMany();
    const watching = { toldCount: 0, left };
    this.#watching.set(watcher, watching);
    this.#tell(watcher, watching, present);
  }

  remove(watcher: SessionWatcher): void {
    this.#watching.delete(watcher);
  }

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
