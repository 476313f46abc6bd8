// What the NATS client throws, as our errors: by class and code, never by text.
import { JetStreamApiError, JetStreamError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { ArrasError } from "../../proto/errors.ts";

/** Numbers of the server's errors that mean something to us (nats-server server/errors.json). */
export const jetStreamCodes = {
  wrongLastSequence: 10071,
  notEnabled: 10076,
  notEnabledForAccount: 10039,
  insufficientResources: 10023,
  storageFull: 10047,
  streamFull: 10077,
  streamNameInUse: 10058,
} as const;

/** Whether a compare-and-set met another revision: an answer, not a fault. */
export function isWrongRevision(thrown: unknown): boolean {
  return thrown instanceof JetStreamApiError && thrown.code === jetStreamCodes.wrongLastSequence;
}

/** `doing` is what failed, for people: "Writing lease x". */
export function natsError(thrown: unknown, doing: string): ArrasError {
  if (thrown instanceof ArrasError) return thrown;
  const cause = thrown instanceof errors.RequestError && thrown.cause !== undefined ? thrown.cause : thrown;
  if (cause instanceof errors.AuthorizationError || cause instanceof errors.UserAuthenticationExpiredError) {
    return fault("unauthenticated", `${doing}: the NATS server refuses the login`, "Correct the NATS login.", thrown);
  }
  if (cause instanceof errors.PermissionViolationError) {
    const action = "Give this user the permission in the NATS server's configuration.";
    return fault(
      "unauthenticated",
      `${doing}: the NATS user may not ${cause.operation} ${cause.subject}`,
      action,
      thrown,
    );
  }
  if (cause instanceof errors.NoRespondersError) {
    return fault(
      "unavailable",
      `${doing}: nobody answers on ${cause.subject}`,
      "Is who should answer running?",
      thrown,
    );
  }
  if (cause instanceof errors.TimeoutError) {
    return fault("timed-out", `${doing}: no answer in time`, "Try again.", thrown);
  }
  // The package does not export this class; its name is set in the constructor.
  if (cause instanceof Error && cause.name === "JetStreamNotEnabled") return jetStreamOff(doing, thrown);
  if (cause instanceof JetStreamApiError) return fromApi(cause, doing);
  if (cause instanceof JetStreamError || isConnectionLoss(cause)) {
    return fault("unavailable", `${doing}: ${text(cause)}`, "Is the NATS server running? Try again.", thrown);
  }
  return fault("internal", `${doing}: ${text(cause)}`, "Report it with the log.", thrown);
}

function fromApi(error: JetStreamApiError, doing: string): ArrasError {
  const { notEnabled, notEnabledForAccount, insufficientResources, storageFull, streamFull } = jetStreamCodes;
  if (error.code === notEnabled || error.code === notEnabledForAccount) return jetStreamOff(doing, error);
  if (error.code === insufficientResources || error.code === storageFull || error.code === streamFull) {
    const action = "Give the NATS server's JetStream more room, or remove what is not needed.";
    return fault(
      "resources-insufficient",
      `${doing}: the NATS server has no room left (${text(error)})`,
      action,
      error,
    );
  }
  // 503: no leader, restarting, or overloaded. Passing faults.
  const code = error.status === 503 ? "unavailable" : "internal";
  return fault(code, `${doing}: NATS answers ${error.code} ${text(error)}`, "Look into the NATS server's log.", error);
}

function jetStreamOff(doing: string, cause: unknown): ArrasError {
  const action = "Start nats-server with JetStream: `jetstream {}` in its configuration, as in deploy/nats.conf.";
  return fault("unavailable", `${doing}: the NATS server has no JetStream`, action, cause);
}

function isConnectionLoss(error: unknown): boolean {
  return (
    error instanceof errors.ClosedConnectionError ||
    error instanceof errors.DrainingConnectionError ||
    error instanceof errors.ConnectionError ||
    error instanceof errors.RequestError ||
    typeof (error as NodeJS.ErrnoException | undefined)?.code === "string" // ECONNRESET and its kin
  );
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function fault(
  code: "unauthenticated" | "unavailable" | "timed-out" | "resources-insufficient" | "internal",
  message: string,
  action: string,
  cause: unknown,
): ArrasError {
  return new ArrasError(code, { message, action, cause });
}
