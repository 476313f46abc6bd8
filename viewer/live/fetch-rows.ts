// Lists that the door gives as JSON.
import { type DescMessage, fromJson, type JsonValue, type MessageShape } from "@bufbuild/protobuf";

export class NoFarm extends Error {}

/** Rejects with Error, for people: NoFarm where one machine renders alone. */
export async function fetchRows<Desc extends DescMessage>(path: string, schema: Desc): Promise<MessageShape<Desc>[]> {
  const response = await fetch(path, { headers: { accept: "application/json" } });
  if (response.status === 401)
    throw new Error("This farm asks for a login: open the page once with ?token=… in its address.");
  if (response.status === 404) throw new NoFarm("This is a render of one machine, without a farm to list.");
  if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}`);
  const list = (await response.json()) as JsonValue[];
  // A newer coordinator may say more.
  return list.map((row) => fromJson(schema, row, { ignoreUnknownFields: true }));
}
