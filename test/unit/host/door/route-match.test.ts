import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findRoute, matchPath } from "../../../../host/door/route-match.ts";

describe("a path and a pattern", () => {
  it.each([
    ["/", "/", {}],
    ["/healthz", "/healthz", {}],
    ["/healthz", "/healthz/", undefined],
    ["/sessions/:id/preview.png", "/sessions/a-1/preview.png", { id: "a-1" }],
    ["/sessions/:id", "/sessions/a%20b", { id: "a b" }],
    ["/sessions/:id", "/sessions/", undefined],
    ["/assets/*", "/assets/js/main.js", { "*": "js/main.js" }],
    ["/assets/*", "/assets/", { "*": "" }],
    ["/assets/*", "/assets", { "*": "" }],
    ["/*", "/", { "*": "" }],
  ])("%s, %s -> %j", (pattern, path, parameters) => {
    expect(matchPath(pattern, path)).toEqual(parameters);
  });

  it.each(["..", "%2e%2e", ".", "a%2fb", "a%5cb", "a%00b", "%", "%ff", "a\\b"])(
    "a part %s that leads elsewhere or is no text -> no match, as a parameter and in the rest",
    (part) => {
      expect(matchPath("/x/:id", `/x/${part}`)).toBeUndefined();
      expect(matchPath("/x/*", `/x/y/${part}/z`)).toBeUndefined();
    },
  );

  it("any path -> a rest never has parts that lead out of a folder", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom("..", "%2e.", "a%2f..", "")), { maxLength: 6 }),
        (parts) => {
          const rest = matchPath("/*", `/${parts.join("/")}`)?.["*"] ?? "";
          expect(rest.split("/").some((part) => part === ".." || part === "." || part.includes("\\"))).toBe(false);
          expect(rest.includes("\0")).toBe(false);
        },
      ),
    );
  });
});

describe("routes", () => {
  const routes = [
    { method: "GET", path: "/a" },
    { method: "POST", path: "/a" },
    { method: "GET", path: "/:name" },
  ];

  it("the first that fits -> found; HEAD is asked of GET", () => {
    expect(findRoute(routes, "GET", "/a")).toEqual({ t: "found", route: routes[0], parameters: {} });
    expect(findRoute(routes, "HEAD", "/b")).toEqual({ t: "found", route: routes[2], parameters: { name: "b" } });
  });

  it("another method -> those that would do", () => {
    expect(findRoute(routes, "PUT", "/a")).toEqual({ t: "other-methods", allowed: ["GET", "HEAD", "POST"] });
  });

  it("another path -> none", () => {
    expect(findRoute(routes, "GET", "/a/b")).toEqual({ t: "none" });
  });
});
