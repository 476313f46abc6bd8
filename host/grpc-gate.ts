// Who calls a gRPC method: found out from the head of the call, before any message of it is read.
import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from "@grpc/grpc-js";
import { type Caller, everybody, nobody } from "./door/caller.ts";
import type { Credentials } from "./door/doorkeeper.ts";
import type { Access } from "./door/http-route.ts";
import { toGrpcError } from "./grpc-error.ts";

export interface CallGate {
  /** Throws an ArrasError: the call is refused with it. */
  admit(credentials: Credentials, access: Access): Caller;
  /** Throws an ArrasError, too. What it returns is called at the call's end, once or more. */
  enter(caller: Caller, credentials: Credentials, call: { readonly kind: string; readonly max: number }): () => void;
  /** An authorization with which another coordinator's gate admits the same caller, for a short time. */
  letterFor(caller: Caller): string;
}

export interface CallTerms {
  /** "own": the service has a login of its own. */
  readonly access: Access | "own";
  /** How many calls of this method one client may have open; undefined: they end by themselves. */
  readonly openMax: number | undefined;
}

/** The metadata object of a call is the one thing that interceptors and services share. */
const callers = new WeakMap<Metadata, Caller>();
const letters = new WeakMap<Metadata, () => string>();

/** On a server without a gate (a Unix socket, a process with a login of its own) whoever reaches it may do everything. */
export function callerOf(call: { readonly metadata: Metadata }): Caller {
  return callers.get(call.metadata) ?? everybody;
}

/** With what the call may be handed on to another coordinator's door at once; undefined: no door asks who calls. */
export function authorizationOf(call: { readonly metadata: Metadata }): string | undefined {
  return letters.get(call.metadata)?.();
}

/** `termsOf`: by the method's path. */
export function gateInterceptor(gate: CallGate, termsOf: (path: string) => CallTerms): ServerInterceptor {
  return ({ path }, call) => {
    let leave = () => {};
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, go) => {
            const { access, openMax } = termsOf(path);
            try {
              const credentials = credentialsOf(call, metadata);
              const caller = access === "own" ? nobody : gate.admit(credentials, access);
              if (openMax !== undefined) leave = gate.enter(caller, credentials, { kind: path, max: openMax });
              callers.set(metadata, caller);
              if (caller !== everybody && caller !== nobody) letters.set(metadata, () => gate.letterFor(caller));
            } catch (thrown) {
              call.sendStatus({ metadata: null, details: "", code: 0, ...toGrpcError(thrown) });
              return;
            }
            // Nobody behind the gate can log what he does not get.
            metadata.remove("authorization");
            go(metadata);
          },
          onCancel: () => leave(),
        }),
      sendStatus: (status, next) => {
        leave();
        next(status);
      },
    });
  };
}

function credentialsOf(call: ServerInterceptingCallInterface, metadata: Metadata): Credentials {
  const [authorization] = metadata.get("authorization");
  // grpc-js gives the certificate only where it is of an authority that the connection's server trusts.
  const subject = call.getAuthContext().sslPeerCertificate?.subject;
  return {
    address: call.getConnectionInfo().remoteAddress ?? "",
    authorization: typeof authorization === "string" ? authorization : undefined,
    certificateName: subject === undefined ? undefined : String(subject.CN ?? ""),
  };
}
