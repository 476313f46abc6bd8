// Those who watch a session: each gets every notice once, whenever it came, and the newest state.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Notice, NoticeSchema } from "../proto/gen/arras/v1/common_pb.ts";
import { type SessionEvent, SessionEventSchema } from "../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../proto/limits.ts";

export type SessionWatcher = (event: SessionEvent) => void;

export class SessionWatchers {
  /** Watcher → number of notices it has been told, of all there ever were. */
  readonly #told = new Map<SessionWatcher, number>();
  readonly #notices: Notice[] = [];
  #noticeCount = 0;

  /** The oldest are dropped beyond limits.sessionNoticesMax. */
  notice(level: number, text: string): void {
    this.#notices.push(create(NoticeSchema, { level, text: text.slice(0, limits.messageTextCharsMax) }));
    this.#noticeCount += 1;
    if (this.#notices.length > limits.sessionNoticesMax) this.#notices.shift();
  }

  add(watcher: SessionWatcher, present: MessageInitShape<typeof SessionEventSchema>): void {
    this.#told.set(watcher, 0);
    this.#tell(watcher, present);
  }

  remove(watcher: SessionWatcher): void {
    this.#told.delete(watcher);
  }

  emit(present: MessageInitShape<typeof SessionEventSchema>): void {
    for (const watcher of this.#told.keys()) this.#tell(watcher, present);
  }

  #tell(watcher: SessionWatcher, present: MessageInitShape<typeof SessionEventSchema>): void {
    const untold = this.#noticeCount - (this.#told.get(watcher) ?? 0);
    this.#told.set(watcher, this.#noticeCount);
    const notices = untold === 0 ? [] : this.#notices.slice(-untold);
    watcher(create(SessionEventSchema, { ...present, notices }));
  }
}
