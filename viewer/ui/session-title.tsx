// What the top of a session's page begins with, whether it is still there or only its images are.
import type { ComponentChildren } from "preact";

export function SessionTitle({ sessionId, name }: { readonly sessionId: string | undefined; readonly name: string }) {
  return (
    <>
      <nav>
        <a href="/" title="All sessions">
          Sessions
        </a>
      </nav>
      <h1 title={sessionId}>{name}</h1>
    </>
  );
}

/** Nothing where its value is an empty text. */
export function Fact({ name, value }: { readonly name: string; readonly value: ComponentChildren }) {
  if (value === "") return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
