// The fake renderer keeps the renderer's contract. A sample costs something, so that a long unit can be aborted.
import { parseFakeOptions } from "../../node-agent/renderers/fake/fake-options.ts";
import { FakeRenderer } from "../../node-agent/renderers/fake/fake-renderer.ts";
import { rendererContract } from "./renderer.contract.ts";

rendererContract("FakeRenderer", () => new FakeRenderer(parseFakeOptions(JSON.stringify({ costMsPerSample: 0.001 }))));
