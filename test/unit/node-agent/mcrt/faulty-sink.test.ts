// The sink that delays and repeats.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { contributionOf } from "../../../../node-agent/mcrt/contribution.ts";
import { FaultySink } from "../../../../node-agent/mcrt/faulty-sink.ts";
import type { ContributionSink } from "../../../../node-agent/mcrt/film-link.ts";
import { AcknowledgementSchema, Admission, type Contribution } from "../../../../proto/gen/arras/v1/film_pb.ts";
import { unitOf } from "../../../fakes/films.ts";
import { settled } from "../../../fakes/settled.ts";

class Inner implements ContributionSink {
  readonly sent: number[] = [];
  isClosed = false;
  entering: Promise<void> = Promise.resolve();

  contribute({ unit }: Contribution) {
    const begin = unit?.samples?.begin ?? -1;
    const admission = this.sent.includes(begin) ? Admission.DUPLICATE : Admission.ADDED;
    this.sent.push(begin);
    return { entered: this.entering, acknowledged: Promise.resolve(create(AcknowledgementSchema, { admission })) };
  }

  close(): void {
    this.isClosed = true;
  }
}

function contribution(begin: number): Contribution {
  const counts = { renderMs: 1, clampedCount: 0, nonFiniteCount: 0, clampedSamples: [], nonFiniteSamples: [] };
  return contributionOf({ sessionId: "s", computation: "mcrt_i0", nodeId: "n" }, unitOf(0, begin), {
    planes: [],
    ...counts,
  });
}

it("three copies -> each is sent, and one answer comes when all are answered", async () => {
  const inner = new Inner();
  const sink = new FaultySink(inner, { repeatContributions: 3, delayContributionsMs: 0 });
  const sending = sink.contribute(contribution(4));
  await sending.entered;
  expect((await sending.acknowledged).admission).toBe(Admission.DUPLICATE);
  expect(inner.sent).toEqual([4, 4, 4]);
});

it("the merger has no room -> whoever sends waits, as without it", async () => {
  const inner = new Inner();
  let enter: () => void = () => {};
  inner.entering = new Promise((resolve) => {
    enter = resolve;
  });
  const sink = new FaultySink(inner, { repeatContributions: 2, delayContributionsMs: 0 });
  let hasEntered = false;
  void sink.contribute(contribution(4)).entered.then(() => {
    hasEntered = true;
  });
  await settled();
  expect(hasEntered).toBe(false);
  enter();
  await settled();
  expect(hasEntered).toBe(true);
});

it("delays of chance -> all arrive, in another order than they were sent", async () => {
  const inner = new Inner();
  const sink = new FaultySink(inner, { repeatContributions: 1, delayContributionsMs: 40 });
  const begins = Array.from({ length: 16 }, (_, begin) => begin);
  await Promise.all(begins.map((begin) => sink.contribute(contribution(begin)).acknowledged));
  expect(inner.sent).not.toEqual(begins);
  expect(inner.sent.slice().sort((a, b) => a - b)).toEqual(begins);
});

it("it is closed -> so is what it sends to", () => {
  const inner = new Inner();
  new FaultySink(inner, { repeatContributions: 1, delayContributionsMs: 0 }).close();
  expect(inner.isClosed).toBe(true);
});
