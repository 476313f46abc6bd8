// `host:port` as people give it. Pure.

export interface HostPort {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/** undefined where it is none. IPv6 addresses stand in brackets. */
export function parseHostPort(text: string): HostPort | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

export function hostPortText({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Only processes of the same machine reach it. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Listened on, it means all addresses of the machine; nobody can be sent there. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}
