// Where a merger serves, as announcements, replies of agents and assignments say it: gRPC's address, with "tls:" before it
// where the merger speaks TLS. Pure.

export interface MergerAddress {
  /** `unix:/path` or `host:port`. */
  readonly target: string;
  readonly isSecure: boolean;
}

const securePrefix = "tls:";

export function parseMergerAddress(text: string): MergerAddress {
  const isSecure = text.startsWith(securePrefix);
  return { target: isSecure ? text.slice(securePrefix.length) : text, isSecure };
}

export function mergerAddressText({ target, isSecure }: MergerAddress): string {
  return isSecure ? `${securePrefix}${target}` : target;
}
