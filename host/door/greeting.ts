// Reads the first bytes of a connection until it is clear what its client speaks, puts them back, and hands it on.
import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";
import { type Speech, speechOf } from "./first-bytes.ts";

/** Who takes a connection over, by what is spoken on it. */
export type Spoken = Readonly<Record<Exclude<Speech, "undecided">, (socket: Socket) => void>>;

export interface GreetingBounds {
  readonly clock: Clock;
  /** Who has not said it by then is dropped. */
  readonly greetingMsMax: number;
}

export function greet(socket: Socket, { clock, greetingMsMax }: GreetingBounds, spoken: Spoken): void {
  const chunks: Buffer[] = [];
  const destroy = () => void socket.destroy();
  const timer = clock.after(greetingMsMax, destroy);
  const leave = () => {
    timer.cancel();
    socket.off("readable", look).off("end", destroy).off("close", leave);
  };
  const look = () => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const speech = speechOf(bytes);
    if (speech === "undecided") return;
    leave();
    socket.unshift(bytes);
    spoken[speech](socket);
  };
  socket.on("readable", look).on("end", destroy).on("close", leave);
}
