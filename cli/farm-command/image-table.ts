// Finished images as a table, as a page, and as the objects of --json. Pure; time is an argument.
import type { KeptImages } from "../../proto/gen/arras/v1/images_pb.ts";
import { agoText, timeText } from "./amounts.ts";
import { tellingChars } from "./id-prefix.ts";
import { sessionStateName } from "./session-table.ts";
import { pageText, tableText } from "./table.ts";

const columns = [
  { title: "SESSION" },
  { title: "USER", charsMin: 5 },
  { title: "SCENE", charsMin: 8 },
  { title: "ENDED" },
  { title: "SIZE", align: "right" },
  { title: "SPP", align: "right" },
  { title: "FILES", charsMin: 16 },
  { title: "FILM", charsMin: 12 },
  { title: "AGE", align: "right" },
] as const;

export function imageTable(sessions: readonly KeptImages[], nowMs: number, widthMax: number): string {
  if (sessions.length === 0) return "No finished images.\n";
  const idChars = tellingChars(sessions.map(({ sessionId }) => sessionId));
  const rows = sessions.map((each) => [
    each.sessionId.slice(0, idChars),
    each.user,
    each.scene,
    sessionStateName(each.state),
    sizeText(each),
    sppText(each),
    each.images.map(({ name, sizeBytes }) => `${name} ${megabytes(sizeBytes)}`).join(", "),
    each.filmSha256.slice(0, 12),
    agoText(nowMs - Number(each.savedAtMs)),
  ]);
  return tableText(columns, rows, widthMax);
}

export function imagePage(session: KeptImages, nowMs: number): string {
  return pageText([
    ["session", session.sessionId],
    ["user", session.user],
    ["scene", session.scene],
    ["ended", sessionStateName(session.state)],
    ["size", sizeText(session)],
    ["spp", sppText(session)],
    ["film", session.filmSha256],
    ["kept", `${timeText(session.savedAtMs)}, ${agoText(nowMs - Number(session.savedAtMs))} ago`],
    ...session.images.map(({ name, sizeBytes, digest }): [string, string] => [
      name,
      `${megabytes(sizeBytes)}, SHA-256 ${digest}`,
    ]),
  ]);
}

export function imagesForm(session: KeptImages) {
  return {
    session: session.sessionId,
    user: session.user,
    scene: session.scene,
    state: sessionStateName(session.state),
    width: session.widthPx,
    height: session.heightPx,
    spp: session.sppMean,
    filmSha256: session.filmSha256,
    savedAt: new Date(Number(session.savedAtMs)).toISOString(),
    files: session.images.map(({ name, sizeBytes, digest, contentType }) => ({
      name,
      sizeBytes: Number(sizeBytes),
      sha256: digest,
      contentType,
    })),
  };
}

function sizeText({ widthPx, heightPx }: KeptImages): string {
  return `${widthPx}x${heightPx}`;
}

function sppText({ sppMean }: KeptImages): string {
  return Number.isInteger(sppMean) ? String(sppMean) : sppMean.toFixed(1);
}

function megabytes(sizeBytes: bigint): string {
  return `${(Number(sizeBytes) / 1e6).toFixed(1)} MB`;
}
