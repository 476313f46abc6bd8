// Who calls, and what he may do. Every service behind the door is handed one; who he is has been found out before.

/** What a token allows: to create sessions and to stop one's own; to look at them; to do all that with everybody's. */
export const rights = ["submit", "watch", "operate"] as const;
export type Right = (typeof rights)[number];

export interface Caller {
  readonly user: string;
  readonly rights: ReadonlySet<Right>;
}

/** Of a door that asks for no login: all who reach it are one. */
export const everybody: Caller = { user: "", rights: new Set(rights) };
