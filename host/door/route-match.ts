// Finds the route of a path. Paths are taken as they are sent: one that is not in its plain form belongs to nobody. Pure.

export type Parameters = Readonly<Record<string, string>>;

/** undefined: another path. */
export function matchPath(pattern: string, path: string): Parameters | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  const takesRest = wanted.at(-1) === "*";
  if (takesRest ? given.length < wanted.length - 1 : given.length !== wanted.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    if (takesRest && index === wanted.length - 1) {
      const rest = given.slice(index).map(plainPart);
      if (rest.includes(undefined)) return undefined;
      parameters["*"] = rest.join("/");
    } else if (part.startsWith(":")) {
      const value = plainPart(given[index] ?? "");
      if (value === undefined || value === "") return undefined;
      parameters[part.slice(1)] = value;
    } else if (part !== given[index]) return undefined;
  }
  return parameters;
}

/** Decoded; undefined for what is no name of one part of a path: it cannot be decoded, or leads elsewhere. */
function plainPart(text: string): string | undefined {
  try {
    const part = decodeURIComponent(text);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is refused
    return part === "." || part === ".." || /[/\\\u0000-\u001f\u007f]/.test(part) ? undefined : part;
  } catch {
    return undefined;
  }
}

export type Found<Route> =
  | { readonly t: "found"; readonly route: Route; readonly parameters: Parameters }
  | { readonly t: "other-methods"; readonly allowed: readonly string[] }
  | { readonly t: "none" };

/** The first route that fits; HEAD is asked of GET. */
export function findRoute<Route extends { readonly method: string; readonly path: string }>(
  routes: readonly Route[],
  method: string,
  path: string,
): Found<Route> {
  const wanted = method === "HEAD" ? "GET" : method;
  const allowed = new Set<string>();
  for (const route of routes) {
    const parameters = matchPath(route.path, path);
    if (parameters === undefined) continue;
    if (route.method === wanted) return { t: "found", route, parameters };
    allowed.add(route.method);
    if (route.method === "GET") allowed.add("HEAD");
  }
  return allowed.size > 0 ? { t: "other-methods", allowed: [...allowed].sort() } : { t: "none" };
}
