import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  findSessionDefinition,
  loadSessionDefinition,
} from "../../../../coordinator/session-definition/load-definition.ts";
import { ArrasError } from "../../../../proto/errors.ts";

const text = '{"computations": {"mcrt": {"dso": "libcomputation_progmcrt.so"}}}';
let root = "";
const at = (...parts: string[]) => join(root, ...parts);

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "sessions-"));
  for (const folder of ["a", "b", "own"]) mkdirSync(at(folder));
  for (const file of ["a/first.sessiondef", "b/first.sessiondef", "b/first_test.sessiondef", "own/mine.sessiondef"]) {
    writeFileSync(at(file), text);
  }
  writeFileSync(at("b/large.sessiondef"), `${text}${" ".repeat(2 ** 20)}`);
  mkdirSync(at("b/folder.sessiondef"));
});
afterAll(() => rmSync(root, { recursive: true }));

const options = () => ({ searchPath: `${at("a")}::${at("nowhere")}:${at("b")}`, ownFolder: at("own") });

function errorOf(action: () => unknown): ArrasError {
  try {
    action();
  } catch (error) {
    if (error instanceof ArrasError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("finding a definition", () => {
  it("the first folder of the path that has it wins", () => {
    expect(findSessionDefinition("first", options())).toBe(at("a", "first.sessiondef"));
  });

  it("our own folder comes last", () => {
    expect(loadSessionDefinition("mine", options())).toMatchObject({
      name: "mine",
      path: at("own", "mine.sessiondef"),
    });
  });

  it("a suffixed name is looked for along the whole path before the plain one", () => {
    const suffix = "_test";
    expect(findSessionDefinition("first", { ...options(), suffix })).toBe(at("b", "first_test.sessiondef"));
    expect(findSessionDefinition("mine", { ...options(), suffix })).toBe(at("own", "mine.sessiondef"));
  });

  it("a name with a slash or the extension is a path", () => {
    expect(findSessionDefinition("./x/y", options())).toBe("./x/y");
    expect(findSessionDefinition("z.sessiondef", options())).toBe("z.sessiondef");
    expect(loadSessionDefinition(at("b", "first.sessiondef"), {}).name).toBe("first");
  });

  it("without a path, ours are there", () => {
    expect(loadSessionDefinition("mcrt_progressive_n", {}).computations).toHaveLength(3);
  });
});

describe("a definition that is not there", () => {
  it("is told with the folders that were looked in and the names that are close", () => {
    const error = errorOf(() => findSessionDefinition("frist", options()));
    expect(error.code).toBe("session-definition-missing");
    expect(error.message).toContain(`${at("a")}, ${at("nowhere")}, ${at("b")}, ${at("own")}`);
    expect(error.action).toBe("Did you mean first?");
    expect(errorOf(() => findSessionDefinition("quite_another", options())).action).toContain("use one of: first,");
  });

  it.each(["..", "a..b", "-s", "", "a\0b", "~root"])("%j is no name", (name) => {
    expect(errorOf(() => findSessionDefinition(name, options())).code).toBe("usage");
  });

  it("a folder with its name is none", () => {
    expect(errorOf(() => findSessionDefinition("folder", options())).code).toBe("session-definition-missing");
  });

  it.each(["/no/such.sessiondef", "/dev/zero", "/"])("%s cannot be read", (path) => {
    expect(errorOf(() => loadSessionDefinition(path, {})).code).toBe("session-definition-missing");
  });

  it("a file over the limit is refused by name of the limit", () => {
    const error = errorOf(() => loadSessionDefinition("large", options()));
    expect(error.code).toBe("limit-exceeded");
    expect(error.message).toContain("sessionDefinitionSizeBytesMax");
  });
});
