// Every option of arras-render: its name, what it takes, its group and its words in --help. Reading a value is
// settings.ts's business; this table is the only list, so help and parser cannot drift apart.

import { limits } from "../proto/limits.ts";

export type OptionGroup = "Scene" | "Camera" | "Picture" | "Quality" | "Session" | "Output" | "Reports";

export interface OptionRow {
  readonly short?: string;
  /** What it takes, for the help; absent: a switch. */
  readonly value?: string;
  readonly repeatable?: boolean;
  readonly group: OptionGroup;
  readonly help: string;
  readonly fallback?: string;
}

export const optionTable = {
  scene: { value: "FILE", group: "Scene", help: "scene to render: .gltf, .glb; also as a plain argument" },
  rdl: { value: "FILE", group: "Scene", help: "the same as --scene, by Arras's name" },
  env: {
    value: "FILE|none",
    group: "Scene",
    help: "lat-long environment, .hdr or .exr",
    fallback: "the scene's lights, else sun and sky",
  },
  "env-rotate": {
    value: "DEGREES",
    group: "Scene",
    help: "turn the environment about +Y, counter-clockwise from above",
    fallback: "0",
  },
  edits: { value: "FILE", group: "Scene", help: "change the scene as this file of edits says (docs/edits.md)" },
  frame: { value: "N", group: "Scene", help: "frame number; other frames have other noise", fallback: "0" },
  camera: {
    value: "NAME",
    group: "Camera",
    help: "a camera of the scene",
    fallback: "its first, else one that frames everything",
  },
  "look-from": { value: "X,Y,Z", group: "Camera", help: "where the camera stands, metres, +Y up" },
  "look-at": { value: "X,Y,Z", group: "Camera", help: "what it looks at", fallback: "the middle of the scene" },
  up: { value: "X,Y,Z", group: "Camera", help: "what is up", fallback: "0,1,0" },
  fov: { value: "DEGREES", group: "Camera", help: "vertical field of view", fallback: "the camera's, else 40" },
  record: {
    value: "FILE",
    group: "Camera",
    help: "write where the camera was moved to while it rendered, and when (.json)",
  },
  replay: { value: "FILE", group: "Camera", help: "move the camera as such a file says, while it renders" },
  aperture: {
    value: "METRES",
    group: "Camera",
    help: "lens radius for depth of field",
    fallback: "the camera's, else 0",
  },
  focus: {
    value: "METRES",
    group: "Camera",
    help: "focus distance along the view axis",
    fallback: "to what it looks at",
  },
  size: { value: "WxH", group: "Picture", help: "full image, pixels", fallback: "1280x720" },
  crop: {
    value: "X0,Y0,X1,Y1",
    group: "Picture",
    help: "render only these pixels, half-open, y down",
    fallback: "all",
  },
  aov: {
    value: "LIST",
    repeatable: true,
    group: "Picture",
    help: "further outputs, with commas: albedo, normal, depth, position, id, samples, error",
  },
  exposure: { value: "STOPS", group: "Picture", help: "of PNG, JPEG and WebP: values × 2^STOPS", fallback: "0" },
  tone: { value: "srgb|filmic", group: "Picture", help: "display transform of PNG, JPEG and WebP", fallback: "srgb" },
  filter: {
    value: "NAME[,RADIUS]",
    group: "Picture",
    help: "blackman-harris, gaussian or box; radius in pixels",
    fallback: "blackman-harris,1.5",
  },
  spp: { value: "N", group: "Quality", help: "samples per pixel, at most", fallback: "64" },
  "target-error": {
    value: "E",
    group: "Quality",
    help: "stop a tile at this display-weighted standard error (0.01 is about one grey level)",
    fallback: "off",
  },
  "min-spp": {
    value: "N",
    group: "Quality",
    help: "samples per pixel before --target-error may stop a tile; a power of two, else the next",
    fallback: "16",
  },
  seconds: { value: "S", group: "Quality", help: "stop rendering after this time", fallback: "off" },
  "max-depth": { value: "N", group: "Quality", help: "bounces of a path, at most", fallback: "12" },
  seed: { value: "N", group: "Quality", help: "other random numbers for the whole picture", fallback: "0" },
  "num-mcrt": {
    value: "N|N-M",
    group: "Session",
    help: "computations that render",
    fallback: "as the session definition says",
  },
  "num-cores": {
    value: "C",
    group: "Session",
    help: "cores of each of them; their memory stays as defined",
    fallback: "as the session definition says",
  },
  session: {
    short: "s",
    value: "NAME",
    group: "Session",
    help: "session definition: a name along ARRAS_SESSION_PATH, or a file",
    fallback: "mcrt_progressive; with --num-mcrt above 1 mcrt_progressive_n",
  },
  "tile-size": {
    value: "PIXELS",
    group: "Session",
    help: "side of the rectangles that are handed out; does not change the picture",
    fallback: "64",
  },
  host: {
    value: "NAME[,NAME]",
    group: "Session",
    help: "render on the farm of the coordinator there, or of any of these; the scene is uploaded, as far as it is lacking",
    fallback: "this machine alone",
  },
  port: { value: "N", group: "Session", help: "of that coordinator", fallback: "8888" },
  "shared-fs": { group: "Session", help: "upload nothing: all machines there see the scene by the same path" },
  "verify-assets": {
    group: "Session",
    help: "have the farm read what it has of the scene, and upload again what is broken there",
  },
  verify: {
    value: "SHARE",
    group: "Session",
    help: "render so many of the units (0.5%) on two machines and compare: a machine that differs is shut out",
    fallback: "none",
  },
  tls: {
    group: "Session",
    help: "TLS to that coordinator, whose certificate a known authority has signed [ARRAS_TLS]",
  },
  ca: { value: "FILE", group: "Session", help: "the authority of its certificate, and TLS [ARRAS_CA]" },
  cert: { value: "FILE", group: "Session", help: "your certificate, where it asks for one [ARRAS_CERT]" },
  key: { value: "FILE", group: "Session", help: "its key [ARRAS_KEY]" },
  "token-file": {
    value: "FILE",
    group: "Session",
    help: "its first line is your token [ARRAS_TOKEN_FILE, or the token in ARRAS_TOKEN]",
  },
  priority: { value: "0-100", group: "Session", help: "in the farm's queue higher comes first", fallback: "50" },
  "queue-timeout": {
    value: "S",
    group: "Session",
    help: "wait this long in the farm's queue when there is no room",
    fallback: "a week; on this machine alone nothing waits",
  },
  "no-wait": { group: "Session", help: "end with exit code 2 when there is no room now" },
  "auto-fit": {
    group: "Session",
    help: "fewer cores for each computation where so many are not free; memory stays as defined",
  },
  tag: {
    value: "WORD",
    repeatable: true,
    group: "Session",
    help: "only nodes that have this tag (arras-node --tag); with commas or repeated: all of them",
  },
  "con-timeout": {
    short: "t",
    value: "S",
    group: "Session",
    help: "wait this long for the computations",
    fallback: "30",
  },
  resume: {
    value: "ID",
    group: "Session",
    help: "go on with a stopped or crashed session, bit for bit: give its id, outputs, and --spp to raise it",
  },
  "checkpoint-interval": {
    value: "S",
    group: "Session",
    help: "write the film down this often, so that it survives; SIGHUP does it at once",
    fallback: String(limits.checkpointIntervalMs / 1000),
  },
  "checkpoint-spp": {
    value: "N",
    group: "Session",
    help: "or after so many samples per pixel, where that is sooner",
    fallback: String(limits.checkpointSpp),
  },
  "no-checkpoints": { group: "Session", help: "never write it down: a film that is lost is rendered again" },
  "state-dir": {
    value: "DIR",
    group: "Session",
    help: "where this machine keeps what --resume needs",
    fallback: "$ARRAS_STATE_DIR, else $XDG_STATE_HOME or ~/.local/state, arras-render in it",
  },
  renderer: { value: "NAME", group: "Session", help: "embree", fallback: "embree" },
  "renderer-options": { value: "JSON", group: "Session", help: "knobs of the fake renderer, for tests" },
  "current-env": {
    group: "Session",
    help: "accepted for Arras's sake: computations always run in the current environment",
  },
  gui: {
    group: "Session",
    help: "opens a page that shows the picture live, until Ctrl-C; prints its address, too (BROWSER=none: only that)",
  },
  preview: {
    value: "NAME",
    group: "Session",
    help: "shows the picture live in the terminal: terminal (as it can), kitty, sixel, blocks (24-bit colour) or none",
    fallback: "none",
  },
  tev: {
    value: "HOST[:PORT]",
    group: "Session",
    help: "shows the picture live in the image viewer tev that listens there (tev --host), port 14158 by default",
  },
  "no-gui": { group: "Session", help: "accepted for Arras's sake: without --gui there is no page" },
  "save-edits": {
    value: "FILE",
    group: "Output",
    help: "write down the edits that were made while it rendered, for --edits",
  },
  exr: {
    short: "o",
    value: "FILE",
    repeatable: true,
    group: "Output",
    help: "file to write, by its extension: .exr, .png, .jpg, .webp; also as a plain argument",
  },
  denoise: {
    value: "FILE",
    group: "Output",
    help: "also write the beauty denoised, to a file of its own (--aov albedo and normal are rendered for it); takes Intel Open Image Denoise where the merge computation runs: oidnDenoise on the PATH, or named by ARRAS_OIDN_DENOISE; without it nothing is rendered",
  },
  "exr-parts": {
    value: "multi|layers",
    group: "Output",
    help: "one part for each output, or one part with layers",
    fallback: "multi",
  },
  "exr-compression": { value: "NAME", group: "Output", help: "none, rle, zips, zip, piz or dwaa", fallback: "zip" },
  "exr-type": {
    value: "half|float",
    group: "Output",
    help: "of colours; depth, position, ids and counts are float",
    fallback: "half",
  },
  "exr-tile": {
    value: "PIXELS",
    group: "Output",
    help: "write a tiled EXR with this tile size",
    fallback: "scanlines",
  },
  quality: { value: "1-100", group: "Output", help: "of JPEG and WebP", fallback: "90" },
  json: { group: "Reports", help: "last line on standard output: one JSON object with the outcome" },
  quiet: { group: "Reports", help: "no progress" },
  "log-level": {
    short: "l",
    value: "0-5",
    group: "Reports",
    help: "0 fatal, 1 error, 2 warning, 3 information, 4 debug, 5 trace",
    fallback: "2",
  },
  benchmark: {
    group: "Reports",
    help: "renders the frame twice and prints how long each took: to the session, first picture, 1, 10 and 100 %",
  },
  "debug-sample": { value: "X,Y,I", group: "Reports", help: "render only sample I of pixel X,Y and print its path" },
  help: { short: "h", group: "Reports", help: "this text" },
  version: { group: "Reports", help: "version" },
} as const satisfies Record<string, OptionRow>;

export type OptionName = keyof typeof optionTable;

/** The values of each option that was given, in order; a switch has one empty value. */
export type OptionValues = ReadonlyMap<OptionName, readonly string[]>;
