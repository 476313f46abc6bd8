import { expect, it } from "vitest";
import { PlaceSearch } from "../../../coordinator/place-search.ts";
import { leavingNode } from "../../../coordinator/session-errors.ts";
import { ArrasError } from "../../../proto/errors.ts";

const noRoom = (message: string) => new ArrasError("resources-insufficient", { message, action: "Wait." });

it("refused again and again -> only the first time is the first, and it lasts since then; the newest reason counts", () => {
  const search = new PlaceSearch();
  expect(search.error).toBeUndefined();
  expect(search.refuse(noRoom("Node a is full"), 1000)).toMatchObject({ isFirst: true, lastedMs: 0 });
  expect(search.refuse(noRoom("Node b is full"), 1700)).toMatchObject({ isFirst: false, lastedMs: 700 });
  expect(search.error?.message).toBe("Node b is full");
});

it("it had a place before -> what became of that is told too", () => {
  const search = new PlaceSearch();
  search.begin(leavingNode("mcrt_i0", "n"));
  const { error } = search.refuse(noRoom("No node has room"), 0);
  expect(error.message).toBe("Node n, where mcrt_i0 runs, is leaving the farm. No node has room");
  expect(error.code).toBe("resources-insufficient");
});

it("a node has taken it -> the next refusal is a first one, of which the former place says nothing", () => {
  const search = new PlaceSearch();
  search.begin(leavingNode("mcrt_i0", "n"));
  search.refuse(noRoom("No node has room"), 0);
  search.end();
  expect(search.error).toBeUndefined();
  expect(search.refuse(noRoom("Node a is full"), 5000)).toMatchObject({
    isFirst: true,
    lastedMs: 0,
    error: { message: "Node a is full" },
  });
});
