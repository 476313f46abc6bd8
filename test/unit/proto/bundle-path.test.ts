// Paths inside a bundle: nothing leads out of it, and no two files meet.
import { isAbsolute, join, normalize } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bundlePathMistake, clashingPath } from "../../../proto/bundle-path.ts";
import { limits } from "../../../proto/limits.ts";

/** Pieces that paths go wrong with. */
const piece = fc.constantFrom(
  "a",
  "B",
  "é",
  "..",
  ".",
  "",
  "/",
  "\\",
  "\0",
  "\n",
  "c:",
  "~",
  "%2e%2e",
  "...",
  "\ud800",
  " ",
);
const anyPath = fc.oneof(
  fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
  fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("/")),
  fc.string({ unit: "binary", maxLength: 40 }),
);

describe("a path inside a bundle", () => {
  it("plain names with slashes between them -> taken, also with blanks, dots and letters of any script", () => {
    const good = [
      "scene.gltf",
      "scene/Textures/a b.png",
      "..hidden",
      "a..b/c...d",
      "木/目.png",
      "c:",
      "~/x",
      "%2e%2e/x",
    ];
    expect(good.map(bundlePathMistake)).toEqual(good.map(() => undefined));
  });

  it("it leads out, or could -> refused, each for its reason", () => {
    expect(bundlePathMistake("")).toMatch(/empty name/);
    expect(bundlePathMistake("/etc/passwd")).toMatch(/absolute/);
    expect(bundlePathMistake("a//b")).toMatch(/empty name/);
    expect(bundlePathMistake("a/")).toMatch(/empty name/);
    expect(bundlePathMistake("a/../../b")).toMatch(/"\.\."/);
    expect(bundlePathMistake("./a")).toMatch(/"\."/);
    expect(bundlePathMistake("a\\..\\b")).toMatch(/backslash/);
    expect(bundlePathMistake("a\0b")).toMatch(/control character/);
    expect(bundlePathMistake("a\u007f")).toMatch(/control character/);
    expect(bundlePathMistake("a\ud800")).toMatch(/Unicode/);
  });

  it("it is at a limit -> taken; one past it -> refused", () => {
    const name = "n".repeat(limits.bundleNameBytesMax);
    expect(bundlePathMistake(name)).toBeUndefined();
    expect(bundlePathMistake(`${name}n`)).toMatch(/bundleNameBytesMax/);
    // Bytes count, not letters.
    expect(bundlePathMistake("é".repeat(128))).toMatch(/bundleNameBytesMax/);
    const deep = Array.from({ length: limits.bundlePathDepthMax }, () => "d").join("/");
    expect(bundlePathMistake(deep)).toBeUndefined();
    expect(bundlePathMistake(`${deep}/d`)).toMatch(/bundlePathDepthMax/);
    const long = `${`${"p".repeat(127)}/`.repeat(7)}${"p".repeat(128)}`;
    expect(long).toHaveLength(limits.bundlePathBytesMax);
    expect(bundlePathMistake(long)).toBeUndefined();
    expect(bundlePathMistake(`${long}p`)).toMatch(/bundlePathBytesMax/);
  });

  it("any path that is taken -> stays inside, as it is, wherever the bundle is unpacked", () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        if (bundlePathMistake(path) !== undefined) return;
        expect(isAbsolute(path)).toBe(false);
        expect(normalize(path)).toBe(path);
        expect(join("/bundle", path)).toBe(`/bundle/${path}`);
        expect(Buffer.from(path, "utf8").toString("utf8")).toBe(path);
      }),
    );
  });
});

describe("paths together", () => {
  it("twice the same, or a file that is a folder of another -> named; else nothing", () => {
    expect(clashingPath(["a", "b/c", "b/d", "B/c", "a.b"])).toBeUndefined();
    expect(clashingPath(["a", "b", "a"])).toBe("a");
    expect(clashingPath(["a/b/c", "a/b", "x"])).toBe("a/b");
    expect(clashingPath(["a", "a/b/c/d"])).toBe("a");
  });

  it("any set of paths -> a clash is found exactly where two files cannot both be on a disk", () => {
    const name = fc.constantFrom("a", "b", "c");
    const paths = fc.array(
      fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/")),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(paths, (all) => {
        const clash = all.some((one, i) => all.some((other, k) => i !== k && `${other}/`.startsWith(`${one}/`)));
        expect(clashingPath(all) !== undefined).toBe(clash);
      }),
    );
  });
});
