// One event of the farm as a line. Pure.
import { EventKind, type FarmEvent } from "../../proto/gen/arras/v1/farm_pb.ts";
import { timeText } from "./amounts.ts";
import { printable } from "./table.ts";

/** "session-created", "computation-memory-exceeded". */
export function eventKindName(kind: EventKind): string {
  return (EventKind[kind] ?? "unknown").toLowerCase().replaceAll("_", "-");
}

const kindChars = 21;
const whoChars = 17;

/** When, what, who, and the sentence; never cut, since it is read from a file as often as from a screen. */
export function eventLine(event: FarmEvent): string {
  const { sessionId, nodeId, text } = event;
  const who = sessionId === "" ? nodeId : sessionId.slice(0, 8);
  const columns = [
    timeText(event.atMs),
    eventKindName(event.kind).padEnd(kindChars),
    printable(who).padEnd(whoChars),
    printable(text),
  ];
  return `${columns.join("  ")}\n`;
}
