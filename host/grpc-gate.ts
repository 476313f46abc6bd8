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
}

/** The metadata object of a call is the one thing that interceptors and services share. */
const callers = new WeakMap<Metadata, Caller>();

/** On a server without a gate (a Unix socket, a process with a login of its own) whoever reaches it may do everything. */
export function callerOf(call: { readonly metadata: Metadata }): Caller {
  return callers.get(call.metadata) ?? everybody;
}

/** `accessOf`: by the method's path; "own" where the service has a login of its own. */
export function gateInterceptor(gate: CallGate, accessOf: (path: string) => Access | "own"): ServerInterceptor {
  return ({ path }, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, go) => {
            const access = accessOf(path);
            try {
              callers.set(metadata, access === "own" ? nobody : gate.admit(credentialsOf(call, metadata), access));
            } catch (thrown) {
              call.sendStatus({ metadata: null, details: "", code: 0, ...toGrpcError(thrown) });
              return;
            }
            // Nobody behind the gate can log what he does not get.
            metadata.remove("authorization");
            go(metadata);
          },
        }),
    });
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
