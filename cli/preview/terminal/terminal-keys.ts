// The keyboard of the terminal that the command was started in, while a picture is shown there. What is typed is not
// echoed, as it would be written into the middle of the picture; keys that mean a signal mean it still. And the terminal's
// answers come this way.
import { limits } from "../../../proto/limits.ts";
import { answersCharsMax, readAnswers, type TerminalAnswers, terminalQuestions } from "./terminal-answers.ts";
import type { TerminalDevice } from "./terminal-screen.ts";

const [interruptKey, stopKey, quitKey] = [0x03, 0x1a, 0x1c];

export class TerminalKeys {
  readonly #device: TerminalDevice;
  readonly #continued = () => this.#hold();
  readonly #typed = (chunk: Buffer) => this.#receive(chunk);
  #answers = "";
  #answered: (() => void) | undefined;

  private constructor(device: TerminalDevice) {
    this.#device = device;
    process.stdin.on("data", this.#typed);
    process.on("SIGCONT", this.#continued);
    this.#hold();
  }

  /** undefined: standard input is no terminal. */
  static open(device: TerminalDevice): TerminalKeys | undefined {
    return process.stdin.isTTY ? new TerminalKeys(device) : undefined;
  }

  /** What it can show, as far as it says so within terminalAnswerMsMax. */
  async ask(): Promise<TerminalAnswers> {
    this.#answers = "";
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limits.terminalAnswerMsMax);
      this.#answered = () => {
        clearTimeout(timer);
        resolve();
      };
      void this.#device.write(terminalQuestions);
    });
    this.#answered = undefined;
    return readAnswers(this.#answers, this.#device);
  }

  /** Keys are echoed again. A process that ends does so by itself (Node.js resets the terminal). */
  close(): void {
    process.stdin.off("data", this.#typed);
    process.off("SIGCONT", this.#continued);
    process.stdin.setRawMode(false);
    process.stdin.pause();
  }

  #hold(): void {
    process.stdin.setRawMode(true);
    // Nobody waits for keys.
    process.stdin.unref();
  }

  #receive(chunk: Buffer): void {
    // To the whole group of processes, as the terminal does it.
    if (chunk.includes(interruptKey)) process.kill(0, "SIGINT");
    if (chunk.includes(quitKey)) process.kill(0, "SIGQUIT");
    if (chunk.includes(stopKey)) {
      process.stdin.setRawMode(false);
      process.kill(0, "SIGTSTP");
    }
    if (this.#answered === undefined) return;
    this.#answers = (this.#answers + chunk.toString("latin1")).slice(0, answersCharsMax);
    if (readAnswers(this.#answers, this.#device).isComplete) this.#answered();
  }
}
