// The farm's sessions and nodes, asked for every two seconds while the page is in sight.
import { type DescMessage, fromJson, type JsonValue, type MessageShape } from "@bufbuild/protobuf";
import { signal } from "@preact/signals";
import { type NodeRow, NodeRowSchema, type SessionRow, SessionRowSchema } from "../../proto/gen/arras/v1/farm_pb.ts";

const intervalMs = 2000;

export class FarmLists {
  readonly sessions = signal<readonly SessionRow[] | undefined>(undefined);
  readonly nodes = signal<readonly NodeRow[] | undefined>(undefined);
  /** Why the lists are old, or not there. */
  readonly problem = signal<string | undefined>(undefined);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The return value ends it. */
  start(): () => void {
    let isEnded = false;
    const round = async () => {
      if (document.visibilityState === "visible") await this.#ask();
      if (!isEnded) this.#timer = setTimeout(() => void round(), intervalMs);
    };
    void round();
    return () => {
      isEnded = true;
      clearTimeout(this.#timer);
    };
  }

  async #ask(): Promise<void> {
    try {
      const [sessions, nodes] = await Promise.all([
        rows("/api/sessions", SessionRowSchema),
        rows("/api/nodes", NodeRowSchema),
      ]);
      this.sessions.value = sessions;
      this.nodes.value = nodes;
      this.problem.value = undefined;
    } catch (thrown) {
      this.problem.value = thrown instanceof Error ? thrown.message : String(thrown);
    }
  }
}

async function rows<Desc extends DescMessage>(path: string, schema: Desc): Promise<MessageShape<Desc>[]> {
  const response = await fetch(path, { headers: { accept: "application/json" } });
  if (response.status === 401)
    throw new Error("This farm asks for a login: open the page once with ?token=… in its address.");
  if (response.status === 404) throw new Error("This is a render of one machine, without a farm to list.");
  if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}`);
  const list = (await response.json()) as JsonValue[];
  // A newer coordinator may say more.
  return list.map((row) => fromJson(schema, row, { ignoreUnknownFields: true }));
}
