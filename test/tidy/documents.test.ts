// Documents that lists in the code could leave behind: each is compared with the code it speaks of.
import { expect, it } from "vitest";
import { eventKindName } from "../../cli/farm-command/event-line.ts";
import { farmOptions } from "../../cli/farm-command/farm-options.ts";
import { helpText } from "../../cli/help.ts";
import { optionTable } from "../../cli/option-table.ts";
import { sessionTransitions } from "../../coordinator/session-state.ts";
import { errorCodes } from "../../proto/errors.ts";
import { EventKind } from "../../proto/gen/arras/v1/farm_pb.ts";
import { limits } from "../../proto/limits.ts";
import { softwareVersion } from "../../proto/version.ts";
import { documentText, isThere, namedRows } from "./tree.ts";

const documents = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "docs/edits.md",
  "docs/camera-path.md",
  "docs/errors.md",
  "docs/limits.md",
  "docs/metrics.md",
  "docs/operations.md",
  "docs/json.md",
  "docs/renderer.md",
  "docs/security.md",
  "deploy/sessions/README.md",
];

it("an error code is added, removed or changed -> docs/errors.md says the same", () => {
  const documented = Object.fromEntries(
    namedRows(documentText("docs/errors.md")).map(([code, , , , retry, exit]) => [code, { retry, exit: Number(exit) }]),
  );
  const coded = Object.fromEntries(
    Object.entries(errorCodes).map(([code, { retry, exit }]) => [code, { retry, exit }]),
  );
  expect(documented, "Each code has one row: | `code` | meaning | cause | what to do | retry | exit |").toEqual(coded);
});

it("a limit is added, removed or changed -> docs/limits.md says the same, with a reason", () => {
  const rows = namedRows(documentText("docs/limits.md"));
  const documented = Object.fromEntries(
    rows.map(([name, value]) => [name, Number((value ?? "").replaceAll(",", "").split(" ")[0])]),
  );
  expect(documented, "Each limit has one row: | `name` | value | reason |").toEqual({ ...limits });
  expect(rows.filter(([, , reason]) => (reason ?? "") === "")).toEqual([]);
});

it("a session's states change -> the table in ARCHITECTURE.md does", () => {
  const section = documentText("ARCHITECTURE.md").split("## The life of a session")[1]?.split("\n## ")[0] ?? "";
  const documented = Object.fromEntries(
    namedRows(section).map(([state, , next]) => [
      state,
      [...(next ?? "").matchAll(/`([a-z]+)`/g)].map(([, name]) => name),
    ]),
  );
  expect(documented).toEqual(sessionTransitions);
});

it("package.json has another version -> proto/version.ts and CHANGELOG.md do too", () => {
  const { version } = JSON.parse(documentText("package.json"));
  expect(softwareVersion, "Change proto/version.ts with package.json").toBe(version);
  expect(documentText("CHANGELOG.md")).toContain(`## ${version}`);
});

it("a kind of event is added or removed -> docs/operations.md says what it tells", () => {
  const section = documentText("docs/operations.md").split("## Events\n")[1]?.split("\n## ")[0] ?? "";
  const kinds = Object.values(EventKind).filter((kind) => typeof kind === "number" && kind !== EventKind.UNSPECIFIED);
  expect(namedRows(section).map(([kind]) => kind)).toEqual(kinds.map((kind) => eventKindName(kind as EventKind)));
});

it("an option exists -> --help says it", () => {
  const help = helpText();
  expect(Object.keys(optionTable).filter((name) => !help.includes(`--${name}`))).toEqual([]);
});

it("a document shows a command line -> every option in it exists", () => {
  const unknown = documents.flatMap((path) =>
    commandLines(documentText(path)).flatMap((line) =>
      [...line.matchAll(/(?:^|\s)--([a-z][a-z-]*)/g)]
        .map(([, name]) => name ?? "")
        .filter((name) => !Object.hasOwn(optionTable, name))
        .map((name) => `${path}: --${name}`),
    ),
  );
  expect(unknown, "The document speaks of an option that the command does not have").toEqual([]);
});

it("a document shows a command line of arras-farm -> every option in it exists", () => {
  const unknown = documents.flatMap((path) =>
    commandLines(documentText(path), /\barras-farm\b/)
      .flatMap((line) => [...line.matchAll(/(?:^|\s)--([a-z][a-z-]*)/g)].map(([, name]) => name ?? ""))
      .filter((name) => !Object.hasOwn(farmOptions, name))
      .map((name) => `${path}: --${name}`),
  );
  expect(unknown, "The document speaks of an option that the command does not have").toEqual([]);
});

it("a document links to a file -> the file is there", () => {
  const broken = documents.flatMap((path) => {
    const folder = path.includes("/") ? `${path.slice(0, path.lastIndexOf("/"))}/` : "";
    return [...documentText(path).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map(([, target]) => new URL(`${folder}${target}`, "file:///").pathname.slice(1))
      .filter((target) => !isThere(decodeURIComponent(target)))
      .map((target) => `${path} links to ${target}`);
  });
  expect(broken).toEqual([]);
});

it("a locked package is for other systems only -> the lock file has it all the same, or npm ci refuses the file", () => {
  const { packages } = JSON.parse(documentText("package-lock.json")) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) =>
        packages[`${path}/node_modules/${name}`] === undefined && packages[`node_modules/${name}`] === undefined,
    ),
  );
  expect(missing, "npm install leaves these out where the registry lacks them: restore their entries").toEqual([]);
});

/** Lines of code blocks that call the command, with lines that a backslash continues. */
function commandLines(markdown: string, command = /\barras[-_]render\b/): string[] {
  const blocks = [...markdown.matchAll(/```[a-z]*\n([\s\S]*?)```/g)].map(([, block]) =>
    (block ?? "").replaceAll("\\\n", " "),
  );
  return blocks.flatMap((block) => block.split("\n")).filter((line) => command.test(line));
}
