// A way to the merger that delays and repeats: the fake renderer's knobs for it. Order and copies change, the film
// must not.
import { setTimeout as delay } from "node:timers/promises";
import type { Contribution } from "../../proto/gen/arras/v1/film_pb.ts";
import { unitFromMessage, unitKey } from "../../proto/unit.ts";
import { noiseAt } from "../renderers/fake/fake-image.ts";
import type { FakeSettings } from "../renderers/fake/fake-options.ts";
import type { ContributionSink, Sending } from "./film-link.ts";

export class FaultySink implements ContributionSink {
  readonly #inner: ContributionSink;
  readonly #knobs: Pick<FakeSettings, "repeatContributions" | "delayContributionsMs">;

  constructor(inner: ContributionSink, knobs: Pick<FakeSettings, "repeatContributions" | "delayContributionsMs">) {
    this.#inner = inner;
    this.#knobs = knobs;
  }

  /** Without a delay threads wait for room as without this sink; a delay is spent outside, or nothing would be overtaken. */
  contribute(contribution: Contribution): Sending {
    const { delayContributionsMs } = this.#knobs;
    if (delayContributionsMs === 0) return this.#send(contribution);
    const unit = unitFromMessage(contribution.unit);
    const chance = noiseAt(unitKey(unit).length, unit.rect.x0, unit.rect.y0, unit.sampleBegin);
    const acknowledged = delay(chance * delayContributionsMs).then(() => this.#send(contribution).acknowledged);
    return { entered: Promise.resolve(), acknowledged };
  }

  #send(contribution: Contribution): Sending {
    const copies = Array.from({ length: this.#knobs.repeatContributions }, () => this.#inner.contribute(contribution));
    const entered = Promise.all(copies.map((copy) => copy.entered)).then(() => {});
    // The last copy's answer counts, so that the unit is reported done only after its repeats were ignored.
    const acknowledged = Promise.all(copies.map((copy) => copy.acknowledged)).then((all) => all[all.length - 1]!);
    return { entered, acknowledged };
  }

  close(): void {
    this.#inner.close();
  }
}
