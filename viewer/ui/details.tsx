// What the session has to tell: notices, and what each computation adds to the film (at its end: added).
import type { SessionView } from "../live/session-view.ts";
import { bytesText, countText } from "../state/session-text.ts";

export function Details({ view }: { readonly view: SessionView }) {
  const { session, notices } = view.model.value;
  const rows = session?.totals?.computations ?? session?.contributions ?? [];
  const sum = rows.reduce((all, { sampleCount }) => all + Number(sampleCount), 0);
  return (
    <aside class="details" aria-label="Details">
      {rows.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Computation</th>
              <th scope="col">Node</th>
              <th scope="col">Samples</th>
              <th scope="col">Share</th>
              <th scope="col">Memory</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ computation, nodeId, sampleCount, peakMemoryBytes }) => (
              <tr key={computation}>
                <td>{computation}</td>
                <td>{nodeId}</td>
                <td class="number">{countText(Number(sampleCount))}</td>
                <td class="number">{sum === 0 ? "–" : `${Math.round((100 * Number(sampleCount)) / sum)}%`}</td>
                <td class="number">{peakMemoryBytes === 0n ? "–" : bytesText(Number(peakMemoryBytes))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {notices.length > 0 && (
        <ul>
          {notices.map(({ text }, index) => (
            <li key={index}>{text}</li>
          ))}
        </ul>
      )}
    </aside>
  );
}
