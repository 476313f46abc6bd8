// What a render wrote, to compare the page with: the planes of an EXR of one part, by channel.
import { readExrParts } from "../../host/exr/read-exr.ts";

/** Empty for a channel that is not there. */
export type Planes = (name: string) => Float32Array | Uint32Array;

export async function filmPlanes(path: string): Promise<Planes> {
  const [part] = await readExrParts(path);
  return (name) => part?.channels.find((channel) => channel.name === name)?.values ?? new Float32Array();
}
