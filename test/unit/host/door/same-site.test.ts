import { describe, expect, it } from "vitest";
import { checkLocalHost, checkOrigin } from "../../../../host/door/same-site.ts";

const asked =
  (method: string, origin: string | undefined, isUpgrade = false) =>
  () =>
    checkOrigin({ method, origin, host: "Farm:8888", isUpgrade });
const refused = (status: number) => expect.objectContaining({ status });

describe("a page of another site", () => {
  it.each([
    "http://elsewhere.example",
    "http://farm:9999",
    "http://farm:8888.example",
    "null",
    "file://",
    "http://farm:8888/x",
  ])("%s changes something, or opens a WebSocket -> 403", (origin) => {
    for (const method of ["POST", "PUT", "DELETE"]) expect(asked(method, origin)).toThrow(refused(403));
    expect(asked("GET", origin, true)).toThrow(refused(403));
  });

  it("reads -> let through: no header lets it see the answer", () => {
    expect(asked("GET", "http://elsewhere.example")).not.toThrow();
  });
});

it("the door's own page, over TLS too, or a program without Origin -> let through", () => {
  for (const origin of ["http://farm:8888", "https://farm:8888", "https://FARM:8888", undefined]) {
    expect(asked("POST", origin)).not.toThrow();
    expect(asked("GET", origin, true)).not.toThrow();
  }
});

describe("a door for this machine alone", () => {
  it.each(["localhost", "localhost:8888", "LOCALHOST:1", "127.0.0.1:8888", "127.9.9.9", "[::1]:8888", "[::1]"])(
    "%s -> let through",
    (host) => {
      expect(() => checkLocalHost(host)).not.toThrow();
    },
  );

  it.each(["elsewhere.example", "127.0.0.1.elsewhere.example:8888", "10.0.0.1", "", undefined, "localhost.example"])(
    "%s, which a page may have let point here -> 421",
    (host) => {
      expect(() => checkLocalHost(host)).toThrow(refused(421));
    },
  );
});
