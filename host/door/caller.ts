// Who calls, and what he may do. Every service behind the door is handed one; who he is has been found out before.
import { ArrasError } from "../../proto/errors.ts";

/**
 * What a token allows, each with all that stand before it: to look at one's own sessions; to create, change and stop
 * them; to do that with everybody's, and with nodes.
 */
export const rights = ["watch", "submit", "operate"] as const;
export type Right = (typeof rights)[number];

export interface Caller {
  /** Whose sessions are his; empty where nobody logs in. */
  readonly user: string;
  /** undefined: none. */
  readonly right: Right | undefined;
}

/** Of a door that asks for no login: all who reach it are one. */
export const everybody: Caller = { user: "", right: "operate" };
/** Who need not say who he is, for what is open to all. */
export const nobody: Caller = { user: "", right: undefined };

export function hasRight({ right }: Caller, wanted: Right): boolean {
  return right !== undefined && rights.indexOf(right) >= rights.indexOf(wanted);
}

/** Throws `not-allowed`. */
export function requireRight(caller: Caller, wanted: Right): void {
  if (hasRight(caller, wanted)) return;
  throw new ArrasError("not-allowed", {
    message: `${named(caller)} has not the right to ${wanted}`,
    action: `Ask whoever runs the farm for a token with the right ${wanted}.`,
  });
}

/** Sessions belong to who made them. `user`: the session's. */
export function mayTouch(caller: Caller, user: string): boolean {
  return caller.user === user || hasRight(caller, "operate");
}

function named({ user }: Caller): string {
  return user === "" ? "A caller without a name" : `The user ${user}`;
}
