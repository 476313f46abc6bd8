// The objects of --json have the fields that docs/operations.md lists, and no others.
import { expect, it } from "vitest";
import { eventForm, nodeForm, sessionForm } from "../../../../cli/farm-command/json-forms.ts";
import { farmEvent, nodeRow, sessionRow } from "../../../fakes/farm-rows.ts";
import { documentText } from "../../../tidy/tree.ts";

/** The names in the first cells of the table that follows this line. */
function documented(line: string): string[] {
  const section = documentText("docs/operations.md").split(`\n${line}\n`)[1] ?? "";
  const table = section.split("\n\n").find((part) => part.trimStart().startsWith("|")) ?? "";
  return table
    .trim()
    .split("\n")
    .slice(2)
    .flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name ?? ""))
    .sort();
}

it.each([
  ["A node:", nodeForm(nodeRow())],
  ["A session:", sessionForm(sessionRow())],
  ["An event:", eventForm(farmEvent(1))],
])("%s its fields -> those of the document", (line, form) => {
  expect(Object.keys(form).sort()).toEqual(documented(line));
});

it("what is not known -> null, not a zero that could be one", () => {
  const bare = sessionForm(sessionRow({ progress: undefined, startedAtMs: 0n } as never));
  expect(bare.progress).toMatchObject({ spp: 0, error: null, remainingMs: null });
  expect([bare.startedAt, bare.queue, bare.failure]).toEqual([null, null, null]);
  const outside = sessionForm(sessionRow({ queue: { reason: "Its node left" } }));
  expect(outside.queue).toMatchObject({ place: null, reason: "Its node left" });
  expect(eventForm(farmEvent(1, { sessionId: "", nodeId: "n" }))).toMatchObject({
    session: null,
    node: "n",
    error: null,
  });
});

it("no form -> holds something that JSON cannot", () => {
  for (const form of [nodeForm(nodeRow()), sessionForm(sessionRow()), eventForm(farmEvent(1))])
    expect(JSON.parse(JSON.stringify(form))).toEqual(form);
});
