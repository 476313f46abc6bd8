// Who may import whom (DESIGN section 3): the parts meet only through proto/ and host/, and composition roots put them
// together. That is what lets each run as a process of its own, on another machine.
import { expect, it } from "vitest";
import { documentText, importsOf, isThere, parts, productFiles } from "./tree.ts";

/** Read by vite alone, when the page is built. */
const viteConfiguration = "viewer/vite.config.ts";

/** They wire parts to one process: the command's local farm, and each process's main. */
function isCompositionRoot(path: string): boolean {
  return /^cli\/local(-coordinator|-page)?\.ts$/.test(path) || path.endsWith("/main.ts");
}

function allowedFolders(path: string): readonly string[] {
  const folder = path.split("/")[0] ?? "";
  if (folder === "proto") return ["proto"];
  if (folder === "host") return ["host", "proto"];
  // In a browser there is no Node.
  if (folder === "viewer") return ["viewer", "proto"];
  return [folder, "proto", "host"];
}

it("a part imports another part -> refused, unless it is a composition root", () => {
  const faults = productFiles()
    .filter((file) => !isCompositionRoot(file.path))
    .flatMap((file) =>
      importsOf(file)
        .filter(
          ({ isRelative, target }) => isRelative && !allowedFolders(file.path).includes(target.split("/")[0] ?? ""),
        )
        .map(({ target }) => `${file.path} imports ${target}`),
    );
  const mend = `Move what both need to proto/ (the contract) or host/ (plumbing), or take it as an argument that ${"cli/local.ts or a main.ts"} hands in`;
  expect(faults, mend).toEqual([]);
});

it("a file of the product imports tests or scripts -> refused, in composition roots too", () => {
  const faults = productFiles().flatMap((file) =>
    importsOf(file)
      .filter(({ isRelative, target }) => isRelative && /^(test|scripts)\//.test(target))
      .map(({ target }) => `${file.path} imports ${target}`),
  );
  expect(faults, "What the product needs lives in the product: move it there").toEqual([]);
});

it("an import names a file -> the file is there, with its .ts ending", () => {
  const faults = productFiles().flatMap((file) =>
    importsOf(file)
      .filter(({ isRelative, target }) => isRelative && !(/\.(tsx?|css)$/.test(target) && isThere(target)))
      .map(({ target }) => `${file.path} imports ${target}`),
  );
  expect(faults, "Write the whole name: import { x } from './y.ts'").toEqual([]);
});

it("every part is looked at -> each that exists has files", () => {
  for (const part of parts.filter(isThere)) {
    expect(productFiles().some(({ path }) => path.startsWith(`${part}/`))).toBe(true);
  }
});

it("the product imports a package -> package.json has it among the dependencies, not only for development", () => {
  const { dependencies } = JSON.parse(documentText("package.json")) as { dependencies: Record<string, string> };
  const faults = productFiles().flatMap((file) =>
    importsOf(file)
      .filter(({ isRelative, target }) => !isRelative && !target.startsWith("node:"))
      .filter(() => file.path !== viteConfiguration)
      .map(({ target }) =>
        target
          .split("/")
          .slice(0, target.startsWith("@") ? 2 : 1)
          .join("/"),
      )
      .filter((name) => !Object.hasOwn(dependencies, name))
      .map((name) => `${file.path} imports ${name}`),
  );
  expect(faults, "Move it from devDependencies to dependencies, or install it").toEqual([]);
});
