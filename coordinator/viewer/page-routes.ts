// The viewer's page and its files, as they were built: read once, served from memory.

import { pagePolicy } from "../../host/door/http-headers.ts";
import type { HttpRoute } from "../../host/door/http-route.ts";
import { ArrasError } from "../../proto/errors.ts";

/** A built file: `index.html`, `assets/index-4f3a.js`. */
export interface PageFile {
  readonly path: string;
  readonly content: Uint8Array;
}

const contentTypes: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  wasm: "application/wasm",
  json: "application/json",
  bin: "application/octet-stream",
};

/**
 * `/` and `/sessions/<id>` are one page, which looks at the address; its files have a hash in their names and stay the
 * same for ever. For everybody: what the page asks for needs a login, not the page.
 */
export function pageRoutes(files: readonly PageFile[]): HttpRoute[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const page = byPath.get("index.html");
  if (page === undefined) return [];
  const answerPage: HttpRoute["answer"] = (_, response) => {
    response.setHeader("content-security-policy", pagePolicy);
    response.setHeader("content-type", "text/html; charset=utf-8").end(page.content);
  };
  return [
    { method: "GET", path: "/", access: "open", answer: answerPage },
    { method: "GET", path: "/sessions/:id", access: "open", answer: answerPage },
    {
      method: "GET",
      path: "/assets/*",
      access: "open",
      answer: ({ parameters }, response) => {
        const file = byPath.get(`assets/${parameters["*"] ?? ""}`);
        if (file === undefined) throw noSuchFile(parameters["*"] ?? "");
        response.setHeader("cache-control", "public, max-age=31536000, immutable");
        response.setHeader(
          "content-type",
          contentTypes[file.path.split(".").at(-1) ?? ""] ?? "application/octet-stream",
        );
        response.end(file.content);
      },
    },
  ];
}

function noSuchFile(path: string): ArrasError {
  return new ArrasError("object-missing", {
    message: `The page has no file ${JSON.stringify(path.slice(0, 80))}`,
    action: "Load the page anew: it may be of another version.",
  });
}
