// What an mcrt that waits does once with itself comes to its end: every unit is rendered, sent and acknowledged.
import { expect, it } from "vitest";
import { rehearseMcrt } from "../../../../node-agent/mcrt/rehearsal.ts";

it("a small film -> all of its units are done", async () => {
  expect(await rehearseMcrt()).toBe(true);
});
