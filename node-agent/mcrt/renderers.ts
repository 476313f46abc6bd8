// Which renderers this process can make. A closed table: a name from outside selects, it never loads.
import { ArrasError } from "../../proto/errors.ts";
import type { RenderSpec } from "../../proto/gen/arras/v1/scene_pb.ts";
import { EmbreeRenderer } from "../renderers/embree/embree-renderer.ts";
import { parseFakeOptions } from "../renderers/fake/fake-options.ts";
import { FakeRenderer } from "../renderers/fake/fake-renderer.ts";
import type { Renderer } from "../renderers/renderer.ts";

const makers: Readonly<Record<string, (render: RenderSpec, nodeId: string) => Renderer>> = {
  embree: () => new EmbreeRenderer(),
  fake: (render, nodeId) => new FakeRenderer(parseFakeOptions(render.rendererOptions), nodeId),
};

/** `nodeId`: where it renders. Throws `renderer-missing`. */
export function makeRenderer(render: RenderSpec, nodeId = ""): Renderer {
  const make = Object.hasOwn(makers, render.renderer) ? makers[render.renderer] : undefined;
  if (make === undefined) {
    throw new ArrasError("renderer-missing", {
      message: `This node has no renderer ${JSON.stringify(render.renderer.slice(0, 80))}`,
      action: `It has ${Object.keys(makers).join(", ")}.`,
    });
  }
  return make(render, nodeId);
}

/** `allowed`: by the node's configuration. Throws `renderer-missing` for others. */
export function makeAllowedRenderer(render: RenderSpec, allowed: readonly string[], nodeId = ""): Renderer {
  if (allowed.includes(render.renderer)) return makeRenderer(render, nodeId);
  throw new ArrasError("renderer-missing", {
    message: `This node does not allow the renderer ${JSON.stringify(render.renderer.slice(0, 80))}`,
    action: `It allows ${allowed.join(", ")}.`,
  });
}
