// The list of NATS servers in one text: `nats://[user:password@]host[:port],…`. Login parts are taken out of the URLs
// here, so that no URL that is shown, logged or compared carries a secret.
import { limits } from "../../proto/limits.ts";
import { Secret } from "./secret.ts";

export interface NatsServers {
  /** `host:port`, IPv6 in brackets. */
  readonly addresses: readonly string[];
  /** One of the URLs says `tls://`. */
  readonly tls: boolean;
  readonly user?: string;
  readonly password?: Secret;
  /** A URL with a user and no password carries a token (NATS's own convention). */
  readonly token?: Secret;
}

const defaultPort = 4222;

/** What is wrong is returned, never with the text of a URL that may hold a secret: with its place in the list. */
export function parseNatsServers(text: string): {
  readonly servers: NatsServers;
  readonly mistakes: readonly string[];
} {
  const mistakes: string[] = [];
  const urls = text.split(",").map((part) => part.trim());
  if (urls.length > limits.natsServersMax) {
    return {
      servers: { addresses: [], tls: false },
      mistakes: [`names ${urls.length} servers; at most ${limits.natsServersMax} are read`],
    };
  }
  const addresses: string[] = [];
  let tls = false;
  let login: Pick<NatsServers, "user" | "password" | "token"> = {};
  for (const [index, text] of urls.entries()) {
    const which = urls.length === 1 ? "the URL" : `URL ${index + 1}`;
    const server = parseServer(text);
    if (typeof server === "string") {
      mistakes.push(`${which} ${server}`);
      continue;
    }
    addresses.push(server.address);
    tls ||= server.tls;
    if (server.login === undefined) continue;
    if (isSet(login) && !isSame(login, server.login)) mistakes.push(`${which} logs in otherwise than the ones before`);
    login = server.login;
  }
  return { servers: { addresses, tls, ...login }, mistakes };
}

type Login = Pick<NatsServers, "user" | "password" | "token">;

function parseServer(text: string): { address: string; tls: boolean; login?: Login } | string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase() ?? "nats";
  if (text === "") return "is empty";
  if (scheme !== "nats" && scheme !== "tls") return `begins with ${scheme}://; only nats:// and tls:// are spoken here`;
  let url: URL;
  try {
    // As http, because the parser resolves hosts and ports only for schemes it knows.
    url = new URL(`http://${text.replace(/^[a-z]+:\/\//i, "")}`);
  } catch {
    return "is no URL; write nats://host:4222";
  }
  if (url.hostname === "" || (url.pathname !== "/" && url.pathname !== "") || url.search !== "" || url.hash !== "") {
    return "has more or less than a host and a port; write nats://host:4222";
  }
  const port = url.port !== "" ? Number(url.port) : /:80$/.test(text) ? 80 : defaultPort;
  if (port === 0) return "names port 0";
  const address = `${url.hostname}:${port}`;
  const tls = scheme === "tls";
  if (url.username === "" && url.password === "") return { address, tls };
  const user = decoded(url.username);
  const password = decoded(url.password);
  if (user === undefined || password === undefined) return "has a login with a broken % escape";
  return {
    address,
    tls,
    login: password === "" ? { token: new Secret(user) } : { user, password: new Secret(password) },
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function isSet(login: Login): boolean {
  return login.user !== undefined || login.token !== undefined;
}

function isSame(a: Login, b: Login): boolean {
  return a.user === b.user && a.password?.reveal() === b.password?.reveal() && a.token?.reveal() === b.token?.reveal();
}
