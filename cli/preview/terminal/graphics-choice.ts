// Which way of showing a picture a terminal understands: what it answered counts, then what its variables say. A picture
// never goes where it would be garbage. Pure.
import type { Graphics } from "./raster.ts";
import type { TerminalAnswers } from "./terminal-answers.ts";

export type GraphicsWish = "terminal" | Graphics;

export interface TerminalFacts {
  readonly wish: GraphicsWish;
  readonly isTerminal: boolean;
  /** Of another process group than the one the terminal listens to: the user does something else there. */
  readonly isInBackground: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export type GraphicsChoice =
  | { readonly t: "none"; readonly reason: string }
  | { readonly t: "picture"; readonly graphics: Graphics };

/** They print what they do not understand, or have no place for a picture. */
const plainTerminals = /^(|dumb|unknown|linux|cons25|emacs|eterm.*|vt[0-9]+.*)$/i;

/** Without it the terminal is not even asked. */
export function obstacleTo({ wish, isTerminal, isInBackground, environment }: TerminalFacts): string | undefined {
  if (!isTerminal) return "standard error is no terminal";
  if (isInBackground) return "this runs in the background";
  const name = environment.TERM ?? "";
  return wish === "terminal" && plainTerminals.test(name)
    ? `a terminal of type ${JSON.stringify(name)} (TERM) shows none`
    : undefined;
}

/** `answers` undefined: it could not be asked. */
export function chooseGraphics(facts: TerminalFacts, answers: TerminalAnswers | undefined): GraphicsChoice {
  const obstacle = obstacleTo(facts);
  if (obstacle !== undefined) return { t: "none", reason: obstacle };
  const { wish, environment } = facts;
  if (wish !== "terminal") return { t: "picture", graphics: wish };
  const isAnswered = answers?.isComplete === true;
  if (isAnswered ? answers.hasKittyGraphics : saysKitty(environment)) return { t: "picture", graphics: "kitty" };
  if (isAnswered && answers.hasSixels) return { t: "picture", graphics: "sixel" };
  if (saysTrueColor(environment)) return { t: "picture", graphics: "blocks" };
  return {
    t: "none",
    reason: "this terminal knows no pictures, and does not say that it has 24-bit colour (COLORTERM=truecolor)",
  };
}

/** Inside a multiplexer the variables are those of the terminal around it. */
function saysKitty({ TMUX, STY, KITTY_WINDOW_ID, TERM, TERM_PROGRAM }: TerminalFacts["environment"]): boolean {
  if (TMUX !== undefined || STY !== undefined) return false;
  const isKitty = KITTY_WINDOW_ID !== undefined || TERM === "xterm-kitty" || TERM === "xterm-ghostty";
  return isKitty || TERM_PROGRAM === "ghostty" || TERM_PROGRAM === "WezTerm";
}

function saysTrueColor({ COLORTERM, TERM = "" }: TerminalFacts["environment"]): boolean {
  return COLORTERM === "truecolor" || COLORTERM === "24bit" || /-(direct|truecolor|kitty)$/.test(TERM);
}
