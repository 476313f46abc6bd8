// What a coordinator says of itself and of nodes that are gone: code, words and place.
import { expect, it } from "vitest";
import { lostNode, starting } from "../../../coordinator/coordinator-errors.ts";

it.each([
  [starting(), "unavailable", /is starting/, {}],
  [lostNode("n", "h"), "computation-lost", /on h was not heard of for 3 s/, { node: "n" }],
])("%s -> code, words and place", (error, code, message, place) => {
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(error.place).toMatchObject(place);
});
