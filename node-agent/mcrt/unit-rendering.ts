// Renders the units of an epoch, one on each thread, and sends what comes out to the merger. Every unit of a grant is
// answered exactly once: done, failed, or its credit given back; none after the grant is void.
import type { Log } from "../../host/log.ts";
import { ArrasError } from "../../proto/errors.ts";
import { type Acknowledgement, Admission } from "../../proto/gen/arras/v1/film_pb.ts";
import { type Unit, type UnitKey, unitKey } from "../../proto/unit.ts";
import { isVerified } from "../../proto/verified-unit.ts";
import type { Begun } from "./backlog.ts";
import { type Contributor, contributionOf } from "./contribution.ts";
import type { Epoch, RunningUnit } from "./epoch.ts";
import {
  creditReport,
  doneReport,
  failedReport,
  type Report,
  refusedReport,
  type SentUnit,
  startedReport,
} from "./unit-reports.ts";
import { unitSums } from "./unit-sums.ts";

const noSums = new Uint8Array(0);

export interface RenderingSettings extends Contributor {
  readonly threadCount: number;
}

export class UnitRendering {
  readonly #settings: RenderingSettings;
  readonly #report: (report: Report) => void | Promise<void>;
  readonly #log: Log;

  /** `report` may resolve when it has left this process. */
  constructor(settings: RenderingSettings, report: (report: Report) => void | Promise<void>, log: Log) {
    this.#settings = settings;
    this.#report = report;
    this.#log = log;
  }

  grant(epoch: Epoch, units: readonly Unit[], verifyUnits: readonly Unit[]): void {
    for (const unit of verifyUnits) epoch.onlyVerified.add(unit);
    epoch.backlog.push([...units, ...verifyUnits].filter((unit) => unit.epoch === epoch.number));
    this.begin(epoch);
  }

  /** Units wait, and threads may be free. */
  begin(epoch: Epoch): void {
    while (this.#startNext(epoch));
    this.#announce(epoch);
  }

  cancel(epoch: Epoch, keys: readonly UnitKey[]): void {
    const cancelled = new Set(keys);
    const droppedCount = epoch.backlog.drop(cancelled);
    if (droppedCount > 0) void this.#report(creditReport(droppedCount));
    for (const { unit, abort } of epoch.running) if (cancelled.has(unitKey(unit))) abort.abort();
    this.#announce(epoch);
  }

  /** False: no thread is free, or there is nothing for it. */
  #startNext(epoch: Epoch): boolean {
    if (epoch.dropped || epoch.prepared === undefined || epoch.running.size >= this.#settings.threadCount) return false;
    const begun = epoch.backlog.take();
    if (begun === undefined) return false;
    const running = { unit: begun.unit, grantGeneration: epoch.grantGeneration, abort: new AbortController() };
    epoch.running.add(running);
    void this.#render(epoch, begun, running).finally(() => {
      epoch.running.delete(running);
      this.#startNext(epoch);
    });
    return true;
  }

  /** Until one unit is announced for each thread that renders. */
  #announce(epoch: Epoch): void {
    const present = [...epoch.running].filter(({ grantGeneration }) => grantGeneration === epoch.grantGeneration);
    for (const { unit } of present.slice(epoch.backlog.announcedCount)) {
      if (epoch.backlog.toAnnounce !== undefined) void this.#started(epoch, unit);
    }
  }

  /** Says that a thread is at `unit`, and which one is next. */
  #started(epoch: Epoch, unit: Unit): void | Promise<void> {
    const { backlog } = epoch;
    const next = backlog.announcedCount < epoch.running.size ? backlog.toAnnounce : undefined;
    const told = this.#report(startedReport(unit, next));
    if (next !== undefined) backlog.announced(next, told ?? undefined);
    return told;
  }

  /** Ends when the thread is free again: the contribution may still be on its way, but has its place in the window. */
  async #render(epoch: Epoch, begun: Begun, { grantGeneration, abort: { signal } }: RunningUnit): Promise<void> {
    const { unit } = begun;
    const isVoid = () => grantGeneration !== epoch.grantGeneration;
    // Told before anything can go wrong: a crash is blamed only on what is known to be started or next.
    const started = this.#started(epoch, unit);
    const told = begun.isAnnounced ? begun.told : started;
    if (told !== undefined) await told;
    try {
      const rendered = await epoch.scene.renderer.render(unit, signal);
      if (isVoid()) return;
      const isOnlyVerified = epoch.onlyVerified.has(unit);
      const isChosen = isOnlyVerified || isVerified(epoch.verified, unit);
      const sumsSha256 = isChosen ? unitSums(rendered.planes) : noSums;
      if (isOnlyVerified) {
        void this.#report(doneReport(unit, { ...rendered, sumsSha256, waitedMs: 0, isOnlyVerified }));
        return;
      }
      const renderedAtMs = performance.now();
      let waitedMs = 0;
      const sending = epoch.sink.contribute(contributionOf(this.#settings, unit, rendered));
      sending.acknowledged.then(
        (acknowledgement) =>
          isVoid() || this.#acknowledged(unit, { ...rendered, sumsSha256, waitedMs, isOnlyVerified }, acknowledgement),
        (error) => isVoid() || this.#failed(unit, error),
      );
      await sending.entered;
      waitedMs = performance.now() - renderedAtMs;
    } catch (thrown) {
      if (isVoid()) return;
      if (signal.aborted) void this.#report(creditReport(1));
      else this.#failed(unit, thrown);
    }
  }

  #acknowledged(unit: Unit, rendered: SentUnit, { admission, error }: Acknowledgement): void {
    if (admission === Admission.STALE) {
      void this.#report(creditReport(1));
      return;
    }
    if (admission === Admission.REFUSED) {
      void this.#report(refusedReport(unit, error));
      return;
    }
    // Whose sums are in the film instead, is not known here.
    const sent = admission === Admission.DUPLICATE ? { ...rendered, sumsSha256: noSums } : rendered;
    void this.#report(doneReport(unit, sent));
  }

  #failed(unit: Unit, thrown: unknown): void {
    const error = ArrasError.from(thrown, "renderer-failed");
    this.#log.debug({ unit: unitKey(unit), code: error.code }, error.message);
    void this.#report(failedReport(error, unit));
  }
}
