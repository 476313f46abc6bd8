// Puts together what shows a render without a browser: terminal, tev. Loaded only where somebody looks.
import { systemClock } from "../../host/clock.ts";
import type { DoorAccess } from "../../host/read-access.ts";
import type { PixelRect } from "../../proto/rect.ts";
import { linesOf, type ProgressLines } from "../progress-lines.ts";
import type { RenderSettings } from "../settings.ts";
import { type FilmExtent, type PictureView, Preview } from "./preview.ts";
import { lookDoor } from "./preview-door.ts";
import { PreviewLink } from "./preview-link.ts";
import { chooseGraphics, obstacleTo, type TerminalFacts } from "./terminal/graphics-choice.ts";
import type { Cell, Graphics } from "./terminal/raster.ts";
import { isInBackground, standardErrorDevice } from "./terminal/terminal-device.ts";
import { TerminalKeys } from "./terminal/terminal-keys.ts";
import { TerminalScreen } from "./terminal/terminal-screen.ts";
import { TerminalView } from "./terminal/terminal-view.ts";
import { tevView } from "./tev-view.ts";

/** tev can be shown more than a terminal, which draws four pictures a second. */
const tevFramesPerSecond = 10;
const terminalFramesPerSecond = 4;

/** Of most fonts, where a terminal does not say. */
const usualCell: Cell = { widthPx: 8, heightPx: 16 };

export interface PreviewPlace {
  readonly addresses: readonly string[];
  readonly access?: DoorAccess | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Asks the terminal what it can show, if it is to show something: then within terminalAnswerMsMax. */
export async function openPreviews(
  settings: RenderSettings,
  { addresses, access, environment }: PreviewPlace,
): Promise<{ readonly lines: ProgressLines; openPreview(say: (line: string) => void): Preview }> {
  const terminal = await openTerminal(settings, environment);
  const lines = terminal.screen ?? linesOf(process.stderr);
  if (terminal.reason !== undefined && !settings.quiet) lines.say(`No picture here: ${terminal.reason}.`);
  const openPreview = (say: (line: string) => void) => {
    const door = lookDoor(addresses, access);
    const framesPerSecond = settings.tev === undefined ? terminalFramesPerSecond : tevFramesPerSecond;
    return new Preview({
      film: filmOf(settings),
      openViews: (sessionId, { widthPx, heightPx, window }) => {
        const imageName = `arras-render ${sessionId.slice(0, 8)}`;
        const { tev } = settings;
        const views: PictureView[] = [];
        if (terminal.screen !== undefined) views.push(terminal.openView(settings, sessionId, window));
        if (tev !== undefined) views.push(tevView({ address: tev, imageName, size: { widthPx, heightPx }, say }));
        return views;
      },
      openLink: (options) => new PreviewLink({ ...options, door, framesPerSecond, clock: systemClock }),
      closed: () => door.close(),
      say,
    });
  };
  return { lines, openPreview };
}

/** What a session that is gone on with renders, its command line does not say. */
function filmOf({ widthPx, heightPx, cropWindow, resume }: RenderSettings): FilmExtent | undefined {
  return resume === undefined ? { widthPx, heightPx, window: cropWindow } : undefined;
}

type OpenedTerminal =
  /** `reason` undefined: nobody wanted it. */
  | { readonly screen: undefined; readonly reason: string | undefined }
  | {
      readonly screen: TerminalScreen;
      readonly reason: undefined;
      openView(settings: RenderSettings, sessionId: string, window: PixelRect): PictureView;
    };

async function openTerminal(
  { preview }: RenderSettings,
  environment: PreviewPlace["environment"],
): Promise<OpenedTerminal> {
  if (preview === "none") return { screen: undefined, reason: undefined };
  const isTerminal = process.stderr.isTTY === true;
  const facts: TerminalFacts = { wish: preview, isTerminal, isInBackground: isInBackground(), environment };
  const keys = obstacleTo(facts) === undefined ? TerminalKeys.open(standardErrorDevice) : undefined;
  const answers = await keys?.ask();
  const choice = chooseGraphics(facts, answers);
  if (choice.t === "none") {
    keys?.close();
    return { screen: undefined, reason: choice.reason };
  }
  const screen = new TerminalScreen(standardErrorDevice);
  return {
    screen,
    reason: undefined,
    openView: (settings, sessionId, window) =>
      openView(settings, sessionId, {
        window,
        screen,
        keys,
        graphics: choice.graphics,
        cell: answers?.cell ?? usualCell,
      }),
  };
}

interface ChosenTerminal {
  readonly screen: TerminalScreen;
  readonly keys: TerminalKeys | undefined;
  readonly graphics: Graphics;
  readonly cell: Cell;
}

function openView(
  { display }: RenderSettings,
  sessionId: string,
  { screen, keys, graphics, cell, window }: ChosenTerminal & { readonly window: PixelRect },
): PictureView {
  let cellNow = cell;
  const view = new TerminalView({
    screen,
    graphics,
    cell: () => cellNow,
    window,
    display: { exposureStops: display.exposureStops, tone: display.tone === "filmic" ? "filmic" : "srgb" },
    // The terminal's images of other programs have other ids, most likely.
    imageId: Number.parseInt(sessionId.replaceAll("-", "").slice(0, 7), 16) || 1,
    clock: systemClock,
  });
  // Another size of the window, or of its font; or it was left to other programs for a while.
  let isAsking = false;
  const changed = () => {
    if (isAsking) return;
    isAsking = true;
    void Promise.resolve(keys?.ask()).then((answers) => {
      isAsking = false;
      cellNow = answers?.cell ?? cellNow;
      view.resized();
    });
  };
  process.stderr.on("resize", changed);
  process.on("SIGCONT", changed);
  return {
    draw: (tile) => view.draw(tile),
    close: async () => {
      process.stderr.off("resize", changed);
      process.off("SIGCONT", changed);
      await view.close();
      keys?.close();
    },
  };
}
