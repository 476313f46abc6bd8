// What `ps` shows of a computation once it has its order: one that waits for an order still shows its command line.

/** `main`: its program, as below dist. What does not fit into the room of its command line is cut at the end. */
export function computationTitle(
  kind: "mcrt" | "merge",
  main: string,
  { computation, sessionId }: { readonly computation: string; readonly sessionId: string },
): string {
  return `arras-${kind} ${main} ${computation} ${sessionId}`;
}
