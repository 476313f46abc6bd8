// The way to the merger, against a real gRPC server that a test can break, and a clock that it moves.

import { create } from "@bufbuild/protobuf";
import type { ServerDuplexStream } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { toGrpcError } from "../../../../host/grpc-error.ts";
import { type GrpcServer, serveGrpc } from "../../../../host/grpc-server.ts";
import { contributionOf } from "../../../../node-agent/mcrt/contribution.ts";
import { FilmLink } from "../../../../node-agent/mcrt/film-link.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import {
  type Acknowledgement,
  AcknowledgementSchema,
  Admission,
  type Contribution,
  FilmService,
} from "../../../../proto/gen/arras/v1/film_pb.ts";
import { limits } from "../../../../proto/limits.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { unitOf } from "../../../fakes/films.ts";
import { settled, until } from "../../../fakes/settled.ts";
import { silentLog } from "../../../fakes/silent-log.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

const freshAddress = socketFolder();

interface MergerStream {
  readonly token: unknown;
  /** First samples, which name the contributions. */
  readonly received: number[];
  readonly call: ServerDuplexStream<Contribution, Acknowledgement>;
}

/** Contributions come in; the test acknowledges. */
class FakeMerger {
  readonly streams: MergerStream[] = [];
  readonly address = freshAddress();
  #server: GrpcServer | undefined;

  async start(): Promise<void> {
    const contribute = (call: ServerDuplexStream<Contribution, Acknowledgement>) => {
      const stream: MergerStream = { token: call.metadata.get("arras-token")[0], received: [], call };
      this.streams.push(stream);
      call.on("data", ({ unit }: Contribution) => void stream.received.push(unit?.samples?.begin ?? -1));
      call.on("error", () => {});
    };
    this.#server = await serveGrpc(this.address, [{ service: FilmService, implementation: { contribute } }]);
  }

  async received(count: number, at = this.streams.length - 1): Promise<readonly number[]> {
    await until(() => (this.streams[Math.max(0, at)]?.received.length ?? 0) >= count);
    return this.streams[Math.max(0, at)]!.received;
  }

  acknowledge(admission = Admission.ADDED): void {
    this.streams.at(-1)!.call.write(create(AcknowledgementSchema, { admission }));
  }

  async stop(): Promise<void> {
    await this.#server?.close();
  }
}

function contribution(sampleBegin: number, sizeBytes = 8): Contribution {
  const planes = [{ encoding: "float64" as const, bytes: new Uint8Array(sizeBytes) }];
  const counts = { renderMs: 1, clampedCount: 0, nonFiniteCount: 0, clampedSamples: [], nonFiniteSamples: [] };
  return contributionOf({ sessionId: "s", computation: "mcrt_i0", nodeId: "n" }, unitOf(0, sampleBegin), {
    planes,
    ...counts,
  });
}

describe("a film link", () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function stage(): Promise<{ merger: FakeMerger; link: FilmLink; clock: FakeClock }> {
    const merger = new FakeMerger();
    await merger.start();
    const clock = new FakeClock();
    const link = new FilmLink({ address: merger.address, token: "secret", authorityPem: "", clock, log: silentLog });
    ends.push(
      () => merger.stop(),
      () => link.close(),
    );
    return { merger, link, clock };
  }

  it("nothing is contributed yet -> it is connected already, and what comes goes the same way", async () => {
    const { merger, link } = await stage();
    await until(() => merger.streams.length === 1);
    const { acknowledged } = link.contribute(contribution(0));
    await merger.received(1);
    merger.acknowledge();
    await acknowledged;
    expect(merger.streams).toHaveLength(1);
  });

  it("contributions are sent -> with the token, in order, on one stream; each gets its own answer", async () => {
    const { merger, link } = await stage();
    const [first, second] = [link.contribute(contribution(0)), link.contribute(contribution(1))];
    expect(await merger.received(2)).toEqual([0, 1]);
    merger.acknowledge(Admission.ADDED);
    merger.acknowledge(Admission.DUPLICATE);
    expect((await first.acknowledged).admission).toBe(Admission.ADDED);
    expect((await second.acknowledged).admission).toBe(Admission.DUPLICATE);
    expect(merger.streams.map(({ token }) => token)).toEqual(["secret"]);
  });

  it("the stream breaks -> what is not acknowledged is sent again on a new one, in order", async () => {
    const { merger, link, clock } = await stage();
    const sendings = [0, 1, 2].map((begin) => link.contribute(contribution(begin)));
    await merger.received(3);
    merger.acknowledge();
    await sendings[0]!.acknowledged;
    merger.streams[0]!.call.emit("error", toGrpcError(new ArrasError("unavailable", { message: "m", action: "a" })));
    await until(() => clock.timerCount === 1);
    const late = link.contribute(contribution(3));
    expect(merger.streams).toHaveLength(1);
    clock.advance(200);
    await until(() => merger.streams.length === 2);
    expect(await merger.received(3)).toEqual([1, 2, 3]);
    for (let count = 0; count < 3; count++) merger.acknowledge();
    await Promise.all([...sendings, late].map(({ acknowledged }) => acknowledged));
  });

  it("the merger ends the stream, is away and comes back -> everything arrives", async () => {
    const { merger, link, clock } = await stage();
    const sending = link.contribute(contribution(7));
    await merger.received(1);
    await merger.stop();
    await until(() => clock.timerCount === 1);
    clock.advance(200);
    await until(() => clock.timerCount === 1);
    await merger.start();
    clock.advance(200);
    while (merger.streams.length < 2) {
      await settled();
      clock.advance(200);
    }
    expect(await merger.received(1)).toEqual([7]);
    merger.acknowledge();
    expect((await sending.acknowledged).admission).toBe(Admission.ADDED);
  });

  it("a wrong token -> what is pending rejects with unauthenticated, and nothing is tried again", async () => {
    const { merger, link, clock } = await stage();
    const sending = link.contribute(contribution(0));
    await merger.received(1);
    const refusal = new ArrasError("unauthenticated", { message: "wrong token", action: "a" });
    merger.streams[0]!.call.emit("error", toGrpcError(refusal));
    await expect(sending.acknowledged).rejects.toMatchObject({ code: "unauthenticated", message: "wrong token" });
    expect(clock.timerCount).toBe(0);
  });

  it("more than the window holds -> only so many are sent; each acknowledgement lets one more go", async () => {
    const { merger, link } = await stage();
    const { inFlightContributionsMax } = limits;
    const sendings = Array.from({ length: inFlightContributionsMax + 2 }, (_, begin) =>
      link.contribute(contribution(begin)),
    );
    await merger.received(inFlightContributionsMax);
    for (let count = 0; count < 10; count++) await settled();
    expect(merger.streams[0]!.received).toHaveLength(inFlightContributionsMax);
    merger.acknowledge();
    await merger.received(inFlightContributionsMax + 1);
    await sendings[inFlightContributionsMax]!.entered;
    link.close();
    await Promise.allSettled(sendings.map(({ acknowledged }) => acknowledged));
  });

  it("it is closed -> those that wait for room go on, and everything unacknowledged rejects with cancelled", async () => {
    const { merger, link } = await stage();
    const sendings = Array.from({ length: limits.inFlightContributionsMax + 1 }, (_, begin) =>
      link.contribute(contribution(begin)),
    );
    await merger.received(1);
    link.close();
    const outcomes = await Promise.allSettled(sendings.map(({ acknowledged }) => acknowledged));
    expect(outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason.code)).toEqual(
      sendings.map(() => "cancelled"),
    );
    await Promise.all(sendings.map(({ entered }) => entered));
    await expect(link.contribute(contribution(99)).acknowledged).rejects.toMatchObject({ code: "cancelled" });
  });
});
