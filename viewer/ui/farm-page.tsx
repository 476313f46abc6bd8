// The farm: its sessions, each with a link to its picture, and its nodes.
import { useEffect, useMemo } from "preact/hooks";
import { NodeState } from "../../proto/gen/arras/v1/farm_pb.ts";
import { FarmLists } from "../live/farm-lists.ts";
import { keptSamplesText, pathOf } from "../state/kept-text.ts";
import { bytesText, durationText, samplesText, stateText } from "../state/session-text.ts";
import { KeptLinks, SavedAt } from "./kept-images.tsx";

const nodeStates: Readonly<Record<NodeState, string>> = {
  [NodeState.UNSPECIFIED]: "unknown",
  [NodeState.READY]: "ready",
  [NodeState.DRAINING]: "draining",
  [NodeState.REFUSED]: "refused",
  [NodeState.QUARANTINED]: "quarantined",
};

export function FarmPage() {
  const lists = useMemo(() => new FarmLists(), []);
  useEffect(() => lists.start(), [lists]);
  return (
    <main class="farm">
      <h1>arras-render</h1>
      {lists.problem.value !== undefined && (
        <p class="problem" role="alert">
          {lists.problem.value}
        </p>
      )}
      {lists.isFarm.value && (
        <>
          <Sessions lists={lists} />
          <Kept lists={lists} />
          <Nodes lists={lists} />
        </>
      )}
    </main>
  );
}

function Sessions({ lists }: { readonly lists: FarmLists }) {
  const rows = lists.sessions.value;
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions">Sessions</h2>
      <Rows names={["Scene", "State", "Progress", "Samples", "Left", "Size", "User"]} count={rows?.length}>
        {rows?.map(({ sessionId, scene, state, progress, budgetSpp, widthPx, heightPx, user }) => (
          <tr key={sessionId}>
            <td>
              <a href={`/sessions/${encodeURIComponent(sessionId)}`}>{scene || sessionId}</a>
            </td>
            <td>{stateText(state)}</td>
            <td class="number">{Math.floor(100 * (progress?.fraction ?? 0))}%</td>
            <td class="number">{samplesText(progress, budgetSpp)}</td>
            <td class="number">{progress?.remainingMs ? durationText(Number(progress.remainingMs)) : "–"}</td>
            <td class="number">
              {widthPx}×{heightPx}
            </td>
            <td>{user}</td>
          </tr>
        ))}
      </Rows>
    </section>
  );
}

function Kept({ lists }: { readonly lists: FarmLists }) {
  const rows = lists.kept.value;
  if (rows === undefined || rows.length === 0) return null;
  return (
    <section aria-labelledby="kept">
      <h2 id="kept">Finished images</h2>
      <Rows names={["Scene", "State", "Samples", "Size", "Ended", "User", "Images"]} count={rows.length}>
        {rows.map((kept) => (
          <tr key={kept.sessionId}>
            <td>
              <a href={pathOf(kept)}>{kept.scene || kept.sessionId}</a>
            </td>
            <td>{stateText(kept.state)}</td>
            <td class="number">{keptSamplesText(kept)}</td>
            <td class="number">
              {kept.widthPx}×{kept.heightPx}
            </td>
            <td>
              <SavedAt kept={kept} />
            </td>
            <td>{kept.user}</td>
            <td>
              <KeptLinks kept={kept} />
            </td>
          </tr>
        ))}
      </Rows>
    </section>
  );
}

function Nodes({ lists }: { readonly lists: FarmLists }) {
  const rows = lists.nodes.value;
  return (
    <section aria-labelledby="nodes">
      <h2 id="nodes">Nodes</h2>
      <Rows names={["Node", "State", "Cores reserved", "Memory reserved", "Load", "Computations"]} count={rows?.length}>
        {rows?.map((node) => (
          <tr key={node.nodeId}>
            <td title={node.nodeId}>{node.host || node.nodeId}</td>
            <td>{nodeStates[node.state] ?? "unknown"}</td>
            <td class="number">
              {node.reservedCoreCount} of {node.coreCount}
            </td>
            <td class="number">
              {bytesText(Number(node.reservedMemoryBytes))} of {bytesText(Number(node.memoryBytes))}
            </td>
            <td class="number">{node.loadAverage.toFixed(1)}</td>
            <td class="number">{node.computations.length}</td>
          </tr>
        ))}
      </Rows>
    </section>
  );
}

interface RowsProps {
  readonly names: readonly string[];
  /** undefined: not told yet. */
  readonly count: number | undefined;
  readonly children: preact.ComponentChildren;
}

function Rows({ names, count, children }: RowsProps) {
  if (count === undefined || count === 0) return <p class="quiet">{count === 0 ? "None." : "…"}</p>;
  return (
    <div class="scrolled">
      <table>
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
