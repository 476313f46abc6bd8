// The Embree path tracer keeps the renderer's contract.
import { EmbreeRenderer } from "../../node-agent/renderers/embree/embree-renderer.ts";
import { rendererContract } from "./renderer.contract.ts";

rendererContract("EmbreeRenderer", () => new EmbreeRenderer());
