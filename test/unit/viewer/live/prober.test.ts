// What a pointer on the page asks of the coordinator. Time is vitest's own: the browser's timers are the page's.
import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type ViewerPick, ViewerProbedSchema } from "../../../../proto/gen/arras/v1/viewer_pb.ts";
import { Prober } from "../../../../viewer/live/prober.ts";

let asked: ViewerPick[];
let prober: Prober;
beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  prober = new Prober({ ask: (request) => void (request.case === "probe" && asked.push(request.value)) });
});
afterEach(() => {
  prober.close();
  vi.useRealTimers();
});
const answer = (object: string, requestIndex = asked.at(-1)!.requestIndex) =>
  prober.told(create(ViewerProbedSchema, { requestIndex, probed: { object } }));
const columns = () => asked.map(({ x }) => x);

it("a pointer moves on -> one question at a time, with a pause; the answer of a pixel that it left is not shown", () => {
  for (const x of [1, 1, 2, 3]) prober.point({ x, y: 0 });
  expect(columns()).toEqual([1]);
  answer("chair");
  expect(prober.probed.value).toBeUndefined();
  expect(columns()).toEqual([1]);
  vi.advanceTimersByTime(100);
  expect(columns()).toEqual([1, 3]);
  answer("table");
  expect(prober.probed.value?.object).toBe("table");
  vi.advanceTimersByTime(1000);
  expect(columns()).toEqual([1, 3]);
});

it("the picture changes under it -> asked again, and what was known stays until then; at nothing, nothing is asked", () => {
  prober.refresh();
  prober.point({ x: 1, y: 0 });
  answer("chair");
  for (let frame = 0; frame < 5; frame++) prober.refresh();
  vi.advanceTimersByTime(100);
  expect([columns(), prober.probed.value?.object]).toEqual([[1, 1], "chair"]);
  answer("older", 1);
  expect(prober.probed.value?.object).toBe("chair");
  answer("table");
  expect(prober.probed.value?.object).toBe("table");
  prober.point(undefined);
  prober.refresh();
  vi.advanceTimersByTime(1000);
  expect([columns(), prober.probed.value]).toEqual([[1, 1], undefined]);
});

it("the connection is another -> what was asked before it is not waited for", () => {
  prober.point({ x: 1, y: 0 });
  prober.point({ x: 2, y: 0 });
  prober.connected();
  prober.refresh();
  expect(columns()).toEqual([1, 2]);
});
