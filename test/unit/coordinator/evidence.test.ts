// What shows that nodes differ, in words.
import { expect, it } from "vitest";
import { evidenceText, uncheckedText, undecidedText, wrongText } from "../../../coordinator/evidence.ts";
import { unitOf } from "../../fakes/films.ts";

const vote = (nodeId: string, digit: string) => ({ nodeId, sums: digit.repeat(64) });

it("three nodes, one of which was asked twice -> the unit, and what each made of it, once", () => {
  const text = evidenceText(unitOf(1, 4, 2), [vote("a", "1"), vote("b", "2"), vote("a", "1"), vote("c", "2")]);
  expect(text).toBe("of e1 16,0-32,16 s4-6 a made 1111111111111111, b made 2222222222222222, c made 2222222222222222");
});

it("what is told -> the node, the evidence, what follows", () => {
  expect(wrongText("a", "of x")).toMatch(/^Node a .*quarantined.*\(of x\)$/);
  expect(undecidedText("of x")).toMatch(/no other to tell.*\(of x\)$/);
  expect(uncheckedText(3)).toMatch(/^3 of the units/);
});
