// A process that says which renderers run on this machine, and ends: a library that does not bear this processor then
// ends it and not the node agent. Arguments: names of renderers. Output: one line of JSON, see renderer-identity.ts.
import { create } from "@bufbuild/protobuf";
import { ArrasError } from "../../proto/errors.ts";
import { RenderSpecSchema } from "../../proto/gen/arras/v1/scene_pb.ts";
import { makeRenderer } from "../mcrt/renderers.ts";
import type { RendererIdentity } from "./renderer-identity.ts";

const identities = process.argv.slice(2).map((renderer): RendererIdentity => {
  try {
    const { name, version, instructionSet } = makeRenderer(create(RenderSpecSchema, { renderer })).capabilities();
    return { t: "here", name, version, instructionSet };
  } catch (thrown) {
    const { message, action } = ArrasError.from(thrown);
    return { t: "missing", name: renderer, reason: `${message}. ${action}` };
  }
});
process.stdout.write(`${JSON.stringify(identities)}\n`);
