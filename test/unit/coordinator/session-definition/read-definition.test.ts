import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSessionDefinition } from "../../../../coordinator/session-definition/read-definition.ts";
import { ArrasErrors } from "../../../../proto/errors.ts";

const mcrt = { dso: "libcomputation_progmcrt.so" };

function withMcrt(fields: object): string {
  return JSON.stringify({ computations: { mcrt: { ...mcrt, ...fields } } });
}

function withResources(resources: object): string {
  return withMcrt({ requirements: { resources } });
}

/** The places of the mistakes, without the file's name, each with its message. */
function mistakesOf(text: string): string[] {
  try {
    readSessionDefinition(text, "f.sessiondef");
  } catch (error) {
    expect(error).toBeInstanceOf(ArrasErrors);
    const { errors } = error as ArrasErrors;
    expect(errors.every(({ code }) => code === "session-definition-broken")).toBe(true);
    return errors.map(({ place, message }) => `${place.path?.replace("f.sessiondef: ", "")}: ${message}`);
  }
  return [];
}

const resources = "computations.mcrt.requirements.resources";

describe("a definition that contradicts itself is refused with the path of the field", () => {
  it.each([
    [
      "minCores over maxCores",
      withResources({ minCores: 8, maxCores: 4 }),
      `${resources}.minCores: minCores 8 is greater than maxCores 4`,
    ],
    [
      "cores and a range",
      withResources({ cores: 4, minCores: 1 }),
      `${resources}.minCores: minCores contradicts cores`,
    ],
    [
      "cores and a maximum",
      withResources({ cores: 4, maxCores: "*" }),
      `${resources}.maxCores: maxCores contradicts cores`,
    ],
    ["negative cores", withResources({ cores: -1 }), `${resources}.cores: cores is -1, outside 0 to 1024`],
    ["a negative minimum", withResources({ minCores: -2 }), `${resources}.minCores: minCores is -2, outside 0`],
    ["negative memory", withResources({ memoryMB: -1 }), `${resources}.memoryMB: memoryMB is -1, outside 0`],
    [
      "memory in quotes",
      withResources({ memoryMB: "16384" }),
      `${resources}.memoryMB: memoryMB is the text "16384", not a number`,
    ],
    ["memory of null", withResources({ memoryMB: null }), `${resources}.memoryMB: memoryMB is null, not a number`],
    [
      "no memory for a renderer",
      withResources({ memoryMB: 0 }),
      `${resources}.memoryMB: memoryMB 0 does not hold even an empty mcrt`,
    ],
    [
      "no cores for a renderer",
      withResources({ cores: 0 }),
      `${resources}.cores: A computation that renders cannot do so with 0 cores`,
    ],
    ["a maximum in words", withResources({ maxCores: "all" }), `${resources}.maxCores: maxCores is the text "all"`],
    [
      "resources that are a list",
      withMcrt({ requirements: { resources: [] } }),
      `${resources}: resources is a list, not an object`,
    ],
    [
      "arrayMin over arrayMax",
      withMcrt({ arrayMin: 5, arrayMax: 2 }),
      "computations.mcrt.arrayMin: arrayMin 5 is greater than arrayMax 2",
    ],
    ["arrayMin alone", withMcrt({ arrayMin: 5 }), "computations.mcrt.arrayMin: arrayMin is given without arrayMax"],
    [
      "arrayExpand 0",
      withMcrt({ arrayExpand: 0 }),
      "computations.mcrt.arrayExpand: arrayExpand is 0, outside 1 to 1024",
    ],
    [
      "half a copy",
      withMcrt({ arrayExpand: 1.5 }),
      "computations.mcrt.arrayExpand: arrayExpand is the number 1.5, not a whole number",
    ],
    [
      "arrayExpand and a range",
      withMcrt({ arrayExpand: 2, arrayMax: 4 }),
      "computations.mcrt.arrayExpand: arrayExpand contradicts",
    ],
    [
      "the length of no array",
      withMcrt({ numMachines: "$arrayNumber.x" }),
      'computations.mcrt.numMachines: "$arrayNumber.x" asks for the length of "x"',
    ],
    ["no dso", '{"computations": {"mcrt": {}}}', "computations.mcrt.dso: mcrt names no dso"],
    [
      "local only and not local",
      withMcrt({ requirements: { local_only: "yes", no_local: "yes" } }),
      "computations.mcrt.requirements.no_local: no_local contradicts local_only",
    ],
    [
      "a variable that is the loader's",
      withMcrt({ environment: { LD_PRELOAD: "x.so" } }),
      "computations.mcrt.environment.LD_PRELOAD: The environment variable LD_PRELOAD belongs to the node",
    ],
    [
      "messages that are numbers",
      withMcrt({ messages: { "(client)": 7 } }),
      "computations.mcrt.messages.(client): messages are the number 7",
    ],
    ["no computations", "{}", "computations: The definition has no computations"],
    ["only a client", '{"computations": {"(client)": {}}}', "computations: The definition has 0 computations"],
    [
      "a computation that is a text",
      '{"computations": {"mcrt": "x"}}',
      'computations.mcrt: mcrt is the text "x", not an object',
    ],
    ["a name with a slash", '{"computations": {"../x": {"dso": "a.so"}}}', 'computations.../x: "../x" is no name'],
    [
      "the same key twice",
      '{"computations": {"mcrt": {"dso": "a.so", "dso": "b.so"}}}',
      'computations.mcrt.dso: "dso" is given twice',
    ],
  ])("%s", (_, text, expected) => {
    const mistakes = mistakesOf(text);
    expect(
      mistakes.some((mistake) => mistake.startsWith(expected)),
      mistakes.join("\n"),
    ).toBe(true);
  });

  it("two entries", () => {
    const entry = { ...mcrt, entry: "yes" };
    const text = JSON.stringify({
      computations: { a: entry, b: { ...entry, entry: true }, c: { ...entry, entry: "no" } },
    });
    expect(mistakesOf(text)).toEqual(["computations.b.entry: b is an entry, and a is one already"]);
  });

  it("a computation with the name of another's copy", () => {
    const text = JSON.stringify({ computations: { mcrt: { ...mcrt, arrayExpand: 2 }, mcrt_i0: mcrt } });
    expect(mistakesOf(text)).toEqual(["computations.mcrt_i0: mcrt_i0 is also the name of a copy of the array mcrt"]);
  });

  it("an array of mergers", () => {
    const merge = { dso: "libcomputation_progmcrt_merge.so", arrayExpand: 2 };
    expect(mistakesOf(JSON.stringify({ computations: { mcrt, merge } }))[0]).toContain(
      "A session has one merge computation",
    );
  });

  it("all mistakes of a file together, each with its line", () => {
    const text = `{ "computations": {
      "mcrt": { "dso": "libcomputation_progmcrt.so", "arrayExpand": 0,
        "requirements": { "resources": { "minCores": 4, "maxCores": 2,
          "memoryMB": "much" } } } } }`;
    expect(mistakesOf(text).map((mistake) => /line \d/.exec(mistake)?.[0])).toEqual(["line 2", "line 4", "line 3"]);
  });
});

describe("text that is no definition is refused", () => {
  it.each([
    ["", "is empty"],
    ["   // nothing\n", "is empty"],
    ["[]", "holds no JSON object"],
    ["42", "holds no JSON object"],
    ['{"computations": {', "is no JSON"],
    ['{"a": nope}', "is no JSON: invalid symbol in line 1"],
    ["[".repeat(300_000), "nests deeper than 64 levels"],
    ["\0\u0001\u0002", "is no JSON"],
  ])("%.20s", (text, expected) => {
    expect(mistakesOf(text).join("\n")).toContain(expected);
  });

  it("whatever it is: ArrasErrors, never another throw", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        mistakesOf(text);
      }),
      { numRuns: 500 },
    );
  });

  it("whatever stands in a field: read, ignored or refused, never another throw", () => {
    const fields = [
      "arrayExpand",
      "arrayMin",
      "arrayMax",
      "requirements",
      "messages",
      "environment",
      "limits",
      "entry",
      "fps",
      "__proto__",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue(), (field, value) => {
        mistakesOf(
          `{"computations": {"mcrt": {"dso": "libcomputation_progmcrt.so", "${field}": ${JSON.stringify(value)}}}}`,
        );
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a definition is read as Arras reads it", () => {
  it("comments, trailing commas and a byte order mark are taken", () => {
    const text = `\uFEFF/* Arras */ { "name": "x", // yes\n "computations": { "mcrt": { "dso": "libcomputation_progmcrt.so", }, }, }`;
    expect(readSessionDefinition(text, "f").name).toBe("x");
  });

  it("empty core ranges beside cores, as Arras's client writes them, are absent", () => {
    const { computations } = readSessionDefinition(withResources({ cores: 3, minCores: "", maxCores: "" }), "f");
    expect(computations[0].resources).toMatchObject({ minCores: 3, maxCores: 3 });
  });

  it("a computation without resources: an mcrt may have all cores, a merger has one", () => {
    const merge = { dso: "libcomputation_progmcrt_merge.so" };
    const { computations } = readSessionDefinition(JSON.stringify({ computations: { mcrt, merge } }), "f");
    expect(computations.map(({ resources: { minCores, maxCores } }) => [minCores, maxCores])).toEqual([
      [1, "all"],
      [1, 1],
    ]);
  });

  it.each([
    ["*", "all", []],
    ["A", ["A"], []],
    [["A", "B"], ["A", "B"], []],
    [{ accept: ["A"] }, ["A"], []],
    [{ accept: [] }, "all", []],
    [{ accept: "*" }, "all", []],
    [{ ignore: ["B"] }, "all", ["B"]],
  ])("messages %j", (messages, accept, ignore) => {
    const { computations } = readSessionDefinition(withMcrt({ messages: { "(client)": messages } }), "f");
    expect(computations[0].messages).toEqual([{ source: "(client)", accept, ignore }]);
  });

  it.each([
    ["libcomputation_progmcrt.so", "mcrt"],
    ["libcomputation_progmcrt.dylib", "mcrt"],
    ["/opt/lib/libcomputation_progmcrt_merge.so", "merge"],
    ["libcomputation_progmcrt_dispatch.dylib", "dispatch"],
    ["libcomputation_progmcrt_other.so", "unknown"],
    ["libarras4_testcomputation.so", "unknown"],
    ["@COMPUTATION_PROGMCRT_LIB@", "unknown"],
  ])("dso %s is %s", (dso, kind) => {
    const text = JSON.stringify({ computations: { c: { dso } } });
    expect(readSessionDefinition(text, "f").computations[0].kind).toBe(kind);
  });

  it("what has no meaning here is named once; what is unknown or of another type, with its path", () => {
    const fields = {
      fps: 12,
      continuous: "false",
      forward: true,
      chunking: {},
      requirements: { rez_packages: "x", odd: 1 },
    };
    const text = JSON.stringify({ computations: { a: { ...mcrt, ...fields }, b: { ...mcrt, fps: 1 } }, extra: 1 });
    expect(readSessionDefinition(text, "f").ignored).toEqual([
      "chunking",
      'computations.a.continuous (the text "false", not a boolean)',
      "computations.a.forward (unknown)",
      "computations.a.requirements.odd (unknown)",
      "extra (unknown)",
      "fps",
      "requirements.rez_packages",
    ]);
  });
});
