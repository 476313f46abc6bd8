// Reads one value of the command line, or says what is wrong with it. Pure.
import type { ArrasError } from "../proto/errors.ts";
import { usage } from "./command-line.ts";

/** Gathers mistakes, so that all are reported at once. */
export class ValueReader {
  readonly mistakes: ArrasError[] = [];

  mistake(setting: string, message: string, action: string): undefined {
    this.mistakes.push(usage(setting, message, action));
    return undefined;
  }

  number(setting: string, text: string, range: { min: number; max: number; above?: boolean }): number | undefined {
    const value = decimal(text);
    const tooLow = range.above === true ? value <= range.min : value < range.min;
    if (Number.isNaN(value))
      return this.mistake(setting, `${setting} ${quoted(text)} is not a number`, "Give a number.");
    if (tooLow || value > range.max) return this.#outside(setting, text, range);
    return value;
  }

  integer(setting: string, text: string, range: { min: number; max: number }): number | undefined {
    if (!/^[+-]?\d+$/.test(text))
      return this.mistake(setting, `${setting} ${quoted(text)} is not a whole number`, "Give a whole number.");
    const value = Number(text);
    if (value < range.min || value > range.max) return this.#outside(setting, text, range);
    return value;
  }

  /** `count` numbers with commas. */
  numbers(setting: string, text: string, count: number): number[] | undefined {
    const parts = text.split(",");
    const values = parts.map((part) => decimal(part.trim()));
    if (parts.length === count && values.every(Number.isFinite)) return values;
    return this.mistake(
      setting,
      `${setting} ${quoted(text)} is not ${count} numbers with commas`,
      `Give for example ${[1.5, 2, 3, 4].slice(0, count).join()}.`,
    );
  }

  oneOf<T extends string>(setting: string, text: string, names: readonly T[]): T | undefined {
    const found = names.find((name) => name === text);
    return (
      found ?? this.mistake(setting, `${setting} ${quoted(text)} is not known`, `Give one of ${names.join(", ")}.`)
    );
  }

  #outside(setting: string, text: string, range: { min: number; max: number; above?: boolean }): undefined {
    const low = range.above === true ? `above ${range.min}` : `at least ${range.min}`;
    return this.mistake(
      setting,
      `${setting} ${quoted(text)} is out of range`,
      `Give a value ${low} and at most ${range.max}.`,
    );
  }
}

/** NaN for what is none, also where Number() reads one: "0x10", "", "Infinity". */
function decimal(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
}

export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
