// A JetStream stream that is there: made where it is missing, left as it is where an operator made or changed it.
import { JetStreamApiCodes, JetStreamApiError, type JetStreamManager, type StreamConfig } from "@nats-io/jetstream";
import { jetStreamCodes, natsError } from "./nats-error.ts";

/** Rejects with `unavailable` when the server cannot be reached or has no JetStream. */
export async function ensureStream(
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { readonly name: string },
): Promise<void> {
  try {
    await manager.streams.info(config.name);
  } catch (thrown) {
    if (!(thrown instanceof JetStreamApiError) || thrown.code !== JetStreamApiCodes.StreamNotFound) {
      throw natsError(thrown, `Opening stream ${config.name}`);
    }
    try {
      await manager.streams.add(config);
    } catch (failure) {
      // Another process made it meanwhile, from an older version of this program.
      if (failure instanceof JetStreamApiError && failure.code === jetStreamCodes.streamNameInUse) return;
      throw natsError(failure, `Making stream ${config.name}`);
    }
  }
}
