// Notices that come again are not told again.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { NoticeSchema } from "../../../proto/gen/arras/v1/common_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { RepeatedNotices } from "../../../proto/repeated-notices.ts";

const notices = (...texts: string[]) => texts.map((text) => create(NoticeSchema, { level: 2, text }));
const texts = (repeated: RepeatedNotices, ...given: string[]) =>
  repeated.fresh(notices(...given)).map(({ text }) => text);

it("watching begins again -> what was told comes once more and is left out, as often as it was told; the rest is new", () => {
  const repeated = new RepeatedNotices();
  repeated.begin();
  expect(texts(repeated, "a", "b", "a")).toEqual(["a", "b", "a"]);
  expect(texts(repeated, "a")).toEqual(["a"]);
  repeated.begin();
  expect(texts(repeated, "a", "b", "a", "a", "a", "c")).toEqual(["a", "c"]);
});

it("watching begins again elsewhere, where nothing of it is known -> everything there is told", () => {
  const repeated = new RepeatedNotices();
  repeated.begin();
  texts(repeated, "a");
  repeated.begin();
  expect(texts(repeated, "taken over")).toEqual(["taken over"]);
});

it("more than a session keeps -> the oldest are forgotten", () => {
  const repeated = new RepeatedNotices();
  repeated.begin();
  texts(repeated, "first");
  texts(repeated, ...Array.from({ length: limits.sessionNoticesMax }, (_, at) => `n${at}`));
  repeated.begin();
  expect(texts(repeated, "first", "n1")).toEqual(["first"]);
});
