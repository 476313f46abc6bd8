// The farm's sessions as a table, and one session as a page. Pure; time is an argument.
import type { SessionRow } from "../../proto/gen/arras/v1/farm_pb.ts";
import { SessionState } from "../../proto/gen/arras/v1/session_pb.ts";
import { countText, durationText } from "../progress-line.ts";
import { agoText, countedText, gigabytes, timeText } from "./amounts.ts";
import { tellingChars } from "./id-prefix.ts";
import { cut, pageText, printable, tableText } from "./table.ts";

export function sessionStateName(state: SessionState): string {
  return (SessionState[state] ?? "unknown").toLowerCase();
}

const columns = [
  { title: "SESSION" },
  { title: "STATE" },
  { title: "USER", charsMin: 5 },
  { title: "PRIO", align: "right" },
  { title: "SCENE", charsMin: 8 },
  { title: "SIZE", align: "right" },
  { title: "SPP", align: "right" },
  { title: "DONE", align: "right" },
  { title: "ERROR", align: "right" },
  { title: "ETA", align: "right" },
  { title: "RUNS", align: "right" },
  { title: "OWNER", charsMin: 6 },
  { title: "AGE", align: "right" },
] as const;

/** Those that wait have a line below that says for what. */
export function sessionTable(sessions: readonly SessionRow[], nowMs: number, widthMax: number): string {
  if (sessions.length === 0) return "No sessions.\n";
  const idChars = tellingChars(sessions.map(({ sessionId }) => sessionId));
  const rows = sessions.map((session) => [
    session.sessionId.slice(0, idChars),
    sessionStateName(session.state),
    session.user,
    session.priority === 0 ? "" : String(session.priority),
    session.scene,
    `${session.widthPx}x${session.heightPx}`,
    `${sppText(session)}/${session.budgetSpp}`,
    session.progress === undefined ? "" : `${Math.floor(session.progress.fraction * 100)}%`,
    errorText(session),
    etaText(session),
    String(session.progress?.computationCount ?? 0),
    session.owner,
    agoText(nowMs - Number(session.createdAtMs)),
  ]);
  const lines = tableText(columns, rows, widthMax).split("\n");
  const withReasons = lines.flatMap((line, index) => {
    const session = sessions[index - 1];
    return session?.queue === undefined ? [line] : [line, ...waitLines(session, widthMax)];
  });
  return withReasons.join("\n");
}

function waitLines(session: SessionRow, widthMax: number): string[] {
  const unblocks = session.queue?.unblocks ?? "";
  const texts = [`  waits ${waitText(session)}`, ...(unblocks === "" ? [] : [`  needs ${unblocks}`])];
  return texts.map((text) => cut(printable(text), widthMax));
}

function waitText({ queue }: SessionRow): string {
  if (queue === undefined) return "";
  const where = queue.position === 0 ? "without a place" : `at place ${queue.position} of ${queue.waitingCount}`;
  return `${where}: ${queue.reason}`;
}

function sppText({ progress }: SessionRow): string {
  const spp = progress?.sppMean ?? 0;
  return spp >= 10 || Number.isInteger(spp) ? spp.toFixed(0) : spp.toFixed(1);
}

function errorText({ progress }: SessionRow): string {
  return progress === undefined || progress.error === 0 ? "" : progress.error.toFixed(4);
}

function etaText({ progress }: SessionRow): string {
  return progress === undefined || progress.remainingMs === 0n ? "" : durationText(Number(progress.remainingMs));
}

const computationColumns = [
  { title: "COMPUTATION", charsMin: 11 },
  { title: "NODE", charsMin: 12 },
  { title: "THREADS", align: "right" },
  { title: "PEAK GB", align: "right" },
  { title: "LIMIT GB", align: "right" },
  { title: "RESTARTS", align: "right" },
] as const;

export function sessionPage(session: SessionRow, nowMs: number, widthMax: number): string {
  const { progress, error } = session;
  const page = pageText([
    ["session", session.sessionId],
    ["state", sessionStateName(session.state)],
    ["user", session.user],
    ["priority", String(session.priority)],
    ["owner", session.owner],
    ["scene", session.scene],
    ["size", `${session.widthPx}x${session.heightPx}`],
    ["created", `${timeText(session.createdAtMs)}, ${agoText(nowMs - Number(session.createdAtMs))} ago`],
    ["started", session.startedAtMs === 0n ? "" : timeText(session.startedAtMs)],
    ["waits", waitText(session)],
    ["needs", session.queue?.unblocks ?? ""],
    ["progress", `${sppText(session)}/${session.budgetSpp} spp, ${Math.floor((progress?.fraction ?? 0) * 100)}%`],
    ["error", errorText(session)],
    ["speed", progress === undefined ? "" : `${countText(progress.samplesPerSecond)} samples/s`],
    ["left", etaText(session)],
    ["renders in", countedText(progress?.computationCount ?? 0, "computation")],
    ["failed", error === undefined ? "" : `[${error.code}] ${error.message}. ${error.action}`],
  ]);
  if (session.computations.length === 0) return page;
  const rows = session.computations.map((each) => [
    each.computation,
    each.nodeId,
    each.threadCount === 0 ? "" : String(each.threadCount),
    gigabytes(each.peakMemoryBytes),
    gigabytes(each.memoryLimitBytes),
    String(each.restartCount),
  ]);
  return `${page}\n${tableText(computationColumns, rows, widthMax)}`;
}
