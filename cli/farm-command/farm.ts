// Carries out one command of arras-farm: asks the coordinator, and says what came back as a table or as JSON.
import { ArrasError, type ErrorCode } from "../../proto/errors.ts";
import type { FarmEvent, NodeRow, SessionRow } from "../../proto/gen/arras/v1/farm_pb.ts";
import { eventLine } from "./event-line.ts";
import type { Asked, EventsFrom, FarmAction, ImageAction, SessionChange } from "./farm-settings.ts";
import { meantId } from "./id-prefix.ts";
import { eventForm, nodeForm, sessionForm } from "./json-forms.ts";
import { nodePage, nodeTable } from "./node-table.ts";
import { sessionPage, sessionTable } from "./session-table.ts";

/** What it needs of FarmClient. */
export interface FarmAccess {
  nodes(): Promise<readonly NodeRow[]>;
  sessions(): Promise<readonly SessionRow[]>;
  drain(nodeId: string): Promise<void>;
  change(sessionId: string, how: SessionChange): Promise<void>;
  events(from: EventsFrom, follow: boolean): AsyncIterable<FarmEvent>;
}

export interface FarmTerminal {
  /** Standard output. */
  write(text: string): void;
  /** Standard error: what is neither result nor failure. */
  remark(text: string): void;
  /** Characters of a line. */
  readonly width: number;
  /** Wall clock, milliseconds since 1970. */
  wallMs(): number;
  pause(durationMs: number): Promise<void>;
}

const againAfterMs = 1000;
/** With `cancelled` a coordinator ends its calls when it is stopped. */
const passing: ReadonlySet<ErrorCode> = new Set(["unavailable", "timed-out", "cancelled"]);

/** What is said of a session that was asked to change. */
const changes = {
  pause: { state: "paused", words: "is paused; it keeps its places and its memory until it is resumed or cancelled" },
  resume: { state: "rendering", words: "renders again" },
  cancel: { state: "stopping", words: "is stopped; what is rendered stays until its client has it" },
} as const;

/** Rejects with an ArrasError. With `events --follow` it ends only by a signal, or when the coordinator was never there. */
export async function runFarmCommand(
  { action, json }: Asked<Exclude<FarmAction, ImageAction>>,
  farm: FarmAccess,
  terminal: FarmTerminal,
): Promise<void> {
  const say = (form: () => object, text: () => string) => terminal.write(json ? `${JSON.stringify(form())}\n` : text());
  switch (action.t) {
    case "nodes": {
      const nodes = await farm.nodes();
      if (action.node === undefined) {
        say(
          () => ({ nodes: nodes.map(nodeForm) }),
          () => nodeTable(nodes, terminal.width),
        );
        return;
      }
      const node = withId("node", action.node, nodes, ({ nodeId }) => nodeId);
      say(
        () => nodeForm(node),
        () => nodePage(node),
      );
      return;
    }
    case "sessions": {
      const sessions = await farm.sessions();
      say(
        () => ({ sessions: sessions.map(sessionForm) }),
        () => sessionTable(sessions, terminal.wallMs(), terminal.width),
      );
      return;
    }
    case "session": {
      const session = withId("session", action.session, await farm.sessions(), ({ sessionId }) => sessionId);
      say(
        () => sessionForm(session),
        () => sessionPage(session, terminal.wallMs(), terminal.width),
      );
      return;
    }
    case "drain": {
      const { nodeId, host } = withId("node", action.node, await farm.nodes(), (node) => node.nodeId);
      await farm.drain(nodeId);
      say(
        () => ({ node: nodeId, state: "draining" }),
        () => `${nodeId} on ${host} takes nothing new, hands back what it has, and leaves.\n`,
      );
      return;
    }
    case "pause":
    case "resume":
    case "cancel": {
      const { sessionId } = withId("session", action.session, await farm.sessions(), (session) => session.sessionId);
      await farm.change(sessionId, action.t);
      const { state, words } = changes[action.t];
      say(
        () => ({ session: sessionId, state }),
        () => `${sessionId} ${words}.\n`,
      );
      return;
    }
    case "events":
      await followEvents(action, json, farm, terminal);
  }
}

function withId<Row>(kind: "session" | "node", given: string, rows: readonly Row[], idOf: (row: Row) => string): Row {
  const id = meantId(kind, given, rows.map(idOf));
  const row = rows.find((each) => idOf(each) === id);
  if (row === undefined) throw new Error(`${id} was found and is not there`);
  return row;
}

/** A coordinator that goes is asked again, from the event after the last one: it may come back, or another at its place. */
async function followEvents(
  { from, follow }: Extract<FarmAction, { readonly t: "events" }>,
  json: boolean,
  farm: FarmAccess,
  terminal: FarmTerminal,
): Promise<void> {
  let next = from;
  let hadOne = false;
  let isAway = false;
  for (;;) {
    try {
      for await (const event of farm.events(next, follow)) {
        hadOne = true;
        isAway = false;
        next = { t: "after", sequence: Number(event.sequence) };
        terminal.write(json ? `${JSON.stringify(eventForm(event))}\n` : eventLine(event));
      }
      return;
    } catch (thrown) {
      const error = ArrasError.from(thrown);
      if (!follow || !hadOne || !passing.has(error.code)) throw error;
      if (!isAway) terminal.remark(`${error.message}; asking again\n`);
      isAway = true;
      await terminal.pause(againAfterMs);
    }
  }
}
