// Picks of one session: each is asked of a computation that shows the present scene, and answered by it, or not in time.
import type { Clock, Timer } from "../host/clock.ts";
import { errorFromMessage } from "../proto/error-message.ts";
import { ArrasError } from "../proto/errors.ts";
import type { PixelProbed, WorkOrder } from "../proto/gen/arras/v1/budget_pb.ts";
import type { PickReply } from "../proto/gen/arras/v1/look_pb.ts";
import { limits } from "../proto/limits.ts";

export interface ProbeCrew {
  /** Computations that show the present scene. */
  showing(): readonly string[];
  send(computation: string, order: WorkOrder["order"]): void;
}

interface Asked {
  readonly computation: string;
  readonly timer: Timer;
  readonly resolve: (picked: PickReply) => void;
  readonly reject: (error: ArrasError) => void;
}

export class PixelProbes {
  readonly #clock: Clock;
  readonly #crew: ProbeCrew;
  readonly #asked = new Map<number, Asked>();
  #lastIndex = 0;

  constructor(clock: Clock, crew: ProbeCrew) {
    this.#clock = clock;
    this.#crew = crew;
  }

  /** Rejects with `unavailable` while nobody can say, `usage` for a pixel that is not there. */
  pick(x: number, y: number): Promise<PickReply> {
    const showing = this.#crew.showing();
    if (showing.length === 0) return Promise.reject(nobody());
    if (this.#asked.size >= limits.picksWaitingMax) return Promise.reject(tooMany());
    const probeIndex = (this.#lastIndex + 1) % 2 ** 32;
    this.#lastIndex = probeIndex;
    const computation = showing[probeIndex % showing.length]!;
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(limits.pickTimeoutMs, () => this.#fail(probeIndex, nobody()));
      this.#asked.set(probeIndex, { computation, timer, resolve, reject });
      this.#crew.send(computation, { case: "probe", value: { $typeName: "arras.v1.ProbePixel", probeIndex, x, y } });
    });
  }

  /** One that nobody waits for any more means nothing. */
  answered(computation: string, { probeIndex, picked, error }: PixelProbed): void {
    const asked = this.#asked.get(probeIndex);
    if (asked?.computation !== computation) return;
    if (picked === undefined) {
      this.#fail(probeIndex, error === undefined ? nobody() : errorFromMessage(error));
      return;
    }
    this.#asked.delete(probeIndex);
    asked.timer.cancel();
    asked.resolve(picked);
  }

  /** It will not answer any more. */
  left(computation: string): void {
    for (const [index, asked] of [...this.#asked]) if (asked.computation === computation) this.#fail(index, nobody());
  }

  end(): void {
    for (const index of [...this.#asked.keys()]) this.#fail(index, nobody());
  }

  #fail(probeIndex: number, error: ArrasError): void {
    const asked = this.#asked.get(probeIndex);
    this.#asked.delete(probeIndex);
    asked?.timer.cancel();
    asked?.reject(error);
  }
}

function nobody(): ArrasError {
  return new ArrasError("unavailable", {
    message: "No computation renders just now that could say what is there",
    action: "Ask again in a moment.",
  });
}

function tooMany(): ArrasError {
  return new ArrasError("unavailable", {
    message: `picksWaitingMax = ${limits.picksWaitingMax} picks of the session wait for their answers`,
    action: "Ask again in a moment.",
  });
}
