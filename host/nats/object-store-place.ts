// Where a farm's objects are kept, as text for a launch order: a folder of this machine, or NATS with its login. The
// text may hold a password: it goes through pipes only, and no message repeats it.
import { resolve } from "node:path";
import { z } from "zod";
import { ArrasError } from "../../proto/errors.ts";
import type { FileSetting, NatsLogin, NatsSettings, SecretSource } from "./nats-settings.ts";
import { Secret } from "./secret.ts";

export type ObjectStorePlace =
  /** Absolute; each store is a folder in it. */
  { readonly t: "folder"; readonly path: string } | { readonly t: "nats"; readonly settings: NatsSettings };

const fileForm = z.strictObject({ path: z.string(), setting: z.string() });
const secretForm = z.discriminatedUnion("t", [
  z.strictObject({ t: z.literal("given"), secret: z.string(), setting: z.string() }),
  z.strictObject({ t: z.literal("file"), ...fileForm.shape }),
]);
const loginForm = z.discriminatedUnion("t", [
  z.strictObject({ t: z.literal("none") }),
  z.strictObject({ t: z.literal("password"), user: z.string(), password: secretForm }),
  z.strictObject({ t: z.literal("token"), token: secretForm }),
  z.strictObject({ t: z.literal("nkey"), seed: fileForm }),
  z.strictObject({ t: z.literal("creds"), creds: fileForm }),
]);
const tlsForm = z.strictObject({ ca: fileForm.optional(), cert: fileForm.optional(), key: fileForm.optional() });
const placeForm = z.discriminatedUnion("t", [
  z.strictObject({ t: z.literal("folder"), path: z.string().startsWith("/") }),
  z.strictObject({
    t: z.literal("nats"),
    servers: z.array(z.string()).min(1),
    setting: z.string(),
    login: loginForm,
    tls: tlsForm.optional(),
  }),
]);

export function objectStorePlaceToText(place: ObjectStorePlace): string {
  if (place.t === "folder") return JSON.stringify(place);
  const { servers, setting, login, tls } = place.settings;
  const files = tls && {
    ...(tls.ca && { ca: whole(tls.ca) }),
    ...(tls.cert && { cert: whole(tls.cert) }),
    ...(tls.key && { key: whole(tls.key) }),
  };
  return JSON.stringify({ t: "nats", servers, setting, login: loginToForm(login), tls: files });
}

/** Throws `message-malformed`. */
export function objectStorePlaceFromText(text: string): ObjectStorePlace {
  const { success, data } = placeForm.safeParse(parsed(text));
  if (!success) {
    throw new ArrasError("message-malformed", {
      message: "A launch order names no object store that can be read",
      action: "Is the node agent of the same version?",
    });
  }
  if (data.t === "folder") return data;
  const { servers, setting, login, tls } = data;
  const files = {
    ...(tls?.ca && { ca: tls.ca }),
    ...(tls?.cert && { cert: tls.cert }),
    ...(tls?.key && { key: tls.key }),
  };
  return {
    t: "nats",
    settings: { servers, setting, login: loginFromForm(login), tls: tls === undefined ? undefined : files },
  };
}

/** Who reads it may stand in another folder. */
function whole({ path, setting }: FileSetting): FileSetting {
  return { path: resolve(path), setting };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The one place that writes a secret down. */
function secretToForm(source: SecretSource): z.infer<typeof secretForm> {
  return source.t === "given" ? { ...source, secret: source.secret.reveal() } : { ...source, ...whole(source) };
}

function secretFromForm(form: z.infer<typeof secretForm>): SecretSource {
  return form.t === "given" ? { ...form, secret: new Secret(form.secret) } : form;
}

function loginToForm(login: NatsLogin): z.infer<typeof loginForm> {
  if (login.t === "password") return { ...login, password: secretToForm(login.password) };
  if (login.t === "token") return { t: "token", token: secretToForm(login.token) };
  if (login.t === "nkey") return { t: "nkey", seed: whole(login.seed) };
  return login.t === "creds" ? { t: "creds", creds: whole(login.creds) } : login;
}

function loginFromForm(form: z.infer<typeof loginForm>): NatsLogin {
  if (form.t === "password") return { ...form, password: secretFromForm(form.password) };
  return form.t === "token" ? { t: "token", token: secretFromForm(form.token) } : form;
}
