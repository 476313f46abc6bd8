// The knobs of the fake renderer: how a unit, a process or a link can go wrong. JSON in RenderSpec.renderer_options.
import { z } from "zod";
import { ArrasError } from "../../../proto/errors.ts";

const pixel = z.object({ x: z.number().int(), y: z.number().int() }).strict();

const schema = z
  .object({
    /** Amplitude of the noise around the gradient. */
    noise: z.number().min(0).default(0.5),
    /** Waiting time for each pixel sample, milliseconds; spent without using the processor. */
    costMsPerSample: z.number().min(0).default(0),
    /** Path of a file: as soon as it is there nobody waits any more. */
    costUntil: z.string().optional(),
    /** The process ends by SIGKILL when a unit contains this pixel (and, if given, this sample). */
    crashAt: pixel.extend({ sampleIndex: z.number().int().optional() }).strict().optional(),
    /** Rendering a unit that contains this pixel never ends, until it is cancelled. */
    hangAt: pixel.optional(),
    /** A unit that contains this pixel fails with renderer-failed. */
    failAt: pixel.optional(),
    /** Planes of a unit that contains this pixel are one byte short. */
    wrongSizeAt: pixel.optional(),
    /**
     * One value of a unit is off by one quantum, on this node alone or on all, in so many of the units. `changes`: by
     * something else each time, as with memory that fails; otherwise always by the same.
     */
    wrongAt: z
      .object({
        node: z.string().optional(),
        share: z.number().min(0).max(1).default(1),
        changes: z.boolean().default(false),
      })
      .strict()
      .optional(),
    /** Allocated and touched when the scene is prepared, bytes. */
    allocateBytes: z.number().int().min(0).default(0),
    /** Every contribution is sent this many times. */
    repeatContributions: z.number().int().min(1).max(8).default(1),
    /** Contributions are sent after waiting up to this long, in an order of chance (by hash of the unit). */
    delayContributionsMs: z.number().min(0).default(0),
    /** Preparing the scene fails with scene-broken. */
    failPrepare: z.boolean().default(false),
  })
  .strict();

export type FakeSettings = z.infer<typeof schema>;

/** Throws `usage` naming every mistake. */
export function parseFakeOptions(json: string): FakeSettings {
  try {
    return schema.parse(JSON.parse(json === "" ? "{}" : json));
  } catch (thrown) {
    const mistakes = thrown instanceof z.ZodError ? z.prettifyError(thrown) : String(thrown);
    throw new ArrasError("usage", {
      message: `The fake renderer's options are wrong: ${mistakes}`,
      action: "See fake-options.ts for what there is.",
      place: { setting: "renderer_options" },
    });
  }
}
