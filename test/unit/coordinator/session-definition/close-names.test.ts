// "Did you mean": near names, and silence where none is near.
import { expect, it } from "vitest";
import { closeNames } from "../../../../coordinator/session-definition/close-names.ts";

const names = ["mcrt_progressive", "mcrt_progressive_postSigAS", "mcrt_single", "merge", "Merge2", "x"];

it.each<[string, string[]]>([
  ["mcrt_progresive", ["mcrt_progressive"]],
  ["MERGE", ["merge", "Merge2"]],
  ["mrege", ["merge"]],
  ["mcrt", ["mcrt_progressive", "mcrt_progressive_postSigAS", "mcrt_single"]],
  ["completely different", []],
])("%s -> %j", (wanted, near) => {
  expect(closeNames(wanted, names)).toEqual(near);
});

it("more than three are near, some twice -> three, each once, the nearest first", () => {
  expect(closeNames("abcd", ["abce", "abcd", "abxx", "abcf", "abce"])).toEqual(["abcd", "abce", "abcf"]);
});
