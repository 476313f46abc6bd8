// What a page is told beside its frames, however little of it the page takes.
import { create, fromBinary } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";
import { LiveEvents } from "../../../../coordinator/viewer/live-events.ts";
import { NoticeSchema } from "../../../../proto/gen/arras/v1/common_pb.ts";
import { SessionEventSchema, SessionState } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { type ViewerEvent, ViewerEventSchema } from "../../../../proto/gen/arras/v1/viewer_pb.ts";
import { limits } from "../../../../proto/limits.ts";

type Told = ViewerEvent["event"];

const padding = (sizeBytes: number): Told => ({ case: "padding", value: new Uint8Array(sizeBytes) });

function session(spp: number, ...texts: readonly string[]): Told {
  const notices = texts.map((text) => create(NoticeSchema, { text }));
  const progress = { sppMean: spp };
  return { case: "session", value: create(SessionEventSchema, { state: SessionState.RENDERING, progress, notices }) };
}

const link = (viewerCount: number): Told => ({
  case: "link",
  value: { $typeName: "arras.v1.ViewerLink", bytesPerSecond: 0n, encoding: 0, viewerCount },
});

describe("a page's events", () => {
  let waiting: { readonly event: Told; readonly sizeBytes: number; readonly left: () => void }[];
  let events: LiveEvents;

  beforeEach(() => {
    waiting = [];
    events = new LiveEvents((bytes, left) =>
      waiting.push({ event: fromBinary(ViewerEventSchema, bytes).event, sizeBytes: bytes.length, left }),
    );
  });

  const takeAll = () => {
    const taken = waiting.splice(0);
    for (const { left } of taken) left();
    return taken.map(({ event }) => event);
  };

  it("a page that takes what it is told -> all of it, in order", () => {
    for (const event of [session(1), link(1), session(2)]) events.tell(event);
    expect(takeAll()).toMatchObject([session(1), link(1), session(2)]);
  });

  it("a scene larger than what may wait -> it passes; what follows waits until it has left", () => {
    events.tell(padding(limits.viewerWaitingBytesMax + 1));
    events.tell(session(1));
    expect(takeAll()).toHaveLength(1);
    expect(takeAll()).toMatchObject([session(1)]);
  });

  it("a page that takes nothing -> then the newest of each kind, and what happened meanwhile", () => {
    events.tell(padding(limits.viewerWaitingBytesMax + 1));
    events.tell(session(1, "mcrt_i0 is gone"));
    events.tell(link(1));
    events.tell(session(2));
    events.tell(link(2));
    events.tell(session(3, "mcrt_i0 runs again"));
    takeAll();
    expect(takeAll()).toMatchObject([session(3, "mcrt_i0 is gone", "mcrt_i0 runs again"), link(2)]);
  });

  it("for ever -> no more waits than one event beyond the bound, and so many notices", () => {
    for (let at = 0; at < 20_000; at++) events.tell(session(at, `notice ${at} ${"x".repeat(200)}`));
    const sizeBytes = waiting.reduce((sum, each) => sum + each.sizeBytes, 0);
    expect(sizeBytes - (waiting.at(-1)?.sizeBytes ?? 0)).toBeLessThanOrEqual(limits.viewerWaitingBytesMax);
    takeAll();
    const [last] = takeAll();
    if (last?.case !== "session") throw new Error("the last one is a session's state");
    expect(last.value.notices).toHaveLength(limits.viewerNoticesHeldMax);
    expect(last.value.notices.at(-1)?.text).toMatch(/^notice 19999 /);
    expect(waiting).toEqual([]);
  });
});
