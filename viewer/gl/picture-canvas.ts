// The picture on a WebGL2 canvas: a texture for each output that is shown, one for the snapshot; tiles go in, the page's
// choices come out as colours.
import type { Framing } from "../state/framing.ts";
import { type OutputKind, shownOutput } from "../state/outputs.ts";
import type { TileRect } from "../state/tile-pixels.ts";
import { channels, snapshotName, tones, type ViewChoices } from "../state/view-choices.ts";
import { dropLayer, type Layer, makeLayer, putTile, type TilePixels } from "./layer.ts";
import { linkProgram, type Program } from "./program.ts";
import { fragmentShader, vertexShader } from "./shaders.ts";

/** Film pixels: the whole film, and the part of it that is rendered. */
export interface FilmArea {
  readonly width: number;
  readonly height: number;
  readonly window: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

export interface View {
  readonly choices: ViewChoices;
  readonly framing: Framing;
  readonly devicePixelRatio: number;
  /** What is bright in a map of samples. */
  readonly samplesMax: number;
}

/** The shader's numbers for them. */
const kindIndex: Readonly<Record<OutputKind, number>> = {
  color: 0,
  normal: 1,
  position: 2,
  depth: 3,
  id: 4,
  samples: 5,
  error: 6,
};

/** Where no film is; as in the shader, which draws the edge. */
const ground = [0.086, 0.086, 0.086] as const;

export class PictureCanvas {
  readonly #gl: WebGL2RenderingContext;
  readonly #program: Program;
  /** Reads and copies textures; needs half floats that can be drawn to. */
  readonly #copier: WebGLFramebuffer;
  readonly #layers = new Map<string, Layer>();
  #area: FilmArea | undefined;

  /** Throws Error where there is no WebGL2 with half floats. */
  constructor(canvas: HTMLCanvasElement) {
    // Nothing shines through; no smoothing: pixels are what is looked at.
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, preserveDrawingBuffer: false });
    if (gl === null) throw new Error("This browser has no WebGL2, which the picture needs.");
    if (gl.getExtension("EXT_color_buffer_float") === null && gl.getExtension("EXT_color_buffer_half_float") === null)
      throw new Error("This browser's WebGL2 has no half-float targets, which the picture needs.");
    this.#gl = gl;
    this.#program = linkProgram(gl, vertexShader, fragmentShader);
    this.#copier = gl.createFramebuffer();
  }

  /** Forgets all tiles. Throws Error where the film is larger than textures can be. */
  open(area: FilmArea): void {
    const { width, height } = area.window;
    const sideMax = this.#gl.getParameter(this.#gl.MAX_TEXTURE_SIZE) as number;
    if (Math.max(width, height) > sideMax)
      throw new Error(
        `The film has ${width}×${height} pixels; this browser's textures have at most ${sideMax} a side.`,
      );
    for (const name of [...this.#layers.keys()]) this.#drop(name);
    this.#area = area;
  }

  /** What is no longer looked at is dropped; the snapshot stays. */
  keepOnly(names: readonly string[]): void {
    for (const name of this.#layers.keys()) if (name !== snapshotName && !names.includes(name)) this.#drop(name);
  }

  put(output: string, rect: TileRect, tile: TilePixels): void {
    const { x, y, width, height } = this.#window;
    if (rect.x0 < x || rect.y0 < y || rect.x1 > x + width || rect.y1 > y + height)
      throw new RangeError(`a tile at ${rect.x0},${rect.y0} is outside the film`);
    putTile(this.#gl, this.#layer(output), tile, rect.x0 - x, rect.y0 - y);
  }

  /** What `output` shows now, to compare with later. */
  takeSnapshot(output: string): void {
    const from = this.#layers.get(output);
    if (from === undefined) return;
    this.#drop(snapshotName);
    const gl = this.#gl;
    const to = makeLayer(gl, this.#window, from.kind);
    to.mayHaveCodes = from.mayHaveCodes;
    for (const part of ["texture", "codes"] as const) {
      this.#attach(from[part]);
      gl.bindTexture(gl.TEXTURE_2D, to[part]);
      gl.copyTexSubImage2D(gl.TEXTURE_2D, 0, 0, 0, 0, 0, this.#window.width, this.#window.height);
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    this.#layers.set(snapshotName, to);
  }

  get hasSnapshot(): boolean {
    return this.#layers.has(snapshotName);
  }

  /** The four channels there, scene-linear; undefined: nothing, or codes of a picture that was toned before. */
  valuesAt(output: string, x: number, y: number): Float32Array | undefined {
    const layer = this.#layers.get(output);
    const area = this.#area?.window;
    if (layer === undefined || area === undefined) return undefined;
    const [column, row] = [x - area.x, y - area.y];
    if (column < 0 || row < 0 || column >= area.width || row >= area.height) return undefined;
    const gl = this.#gl;
    const values = new Float32Array(4);
    const mark = new Uint8Array(4);
    this.#attach(layer.texture);
    gl.readPixels(column, row, 1, 1, gl.RGBA, gl.FLOAT, values);
    if (layer.mayHaveCodes) {
      this.#attach(layer.codes);
      gl.readPixels(column, row, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, mark);
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    return mark[0] === 0 ? values : undefined;
  }

  draw({ choices, framing, devicePixelRatio, samplesMax }: View): void {
    const { output, compared, wipe, exposureStops, gamma, tone, channel } = choices;
    if (this.#area === undefined) return;
    const gl = this.#gl;
    const { width, height } = gl.canvas;
    const left = this.#layer(output);
    const right = compared === undefined ? undefined : this.#layer(compared);
    const { program, at } = this.#program;
    const { window } = this.#area;
    gl.viewport(0, 0, width, height);
    gl.useProgram(program);
    for (const [unit, side] of [left, right ?? left].entries()) {
      const name = unit === 0 ? "left" : "right";
      for (const [offset, texture, sampler] of [
        [0, side.texture, `u_${name}`],
        [2, side.codes, `u_${name}Codes`],
      ] as const) {
        gl.activeTexture(gl.TEXTURE0 + unit + offset);
        gl.bindTexture(gl.TEXTURE_2D, texture);
        gl.uniform1i(at(sampler), unit + offset);
      }
      gl.uniform1i(at(`u_${name}Kind`), kindIndex[side.kind]);
      gl.uniform1i(at(`u_${name}MayHaveCodes`), side.mayHaveCodes ? 1 : 0);
    }
    gl.activeTexture(gl.TEXTURE0);
    gl.uniform1f(at("u_wipe"), right === undefined ? width + 1 : wipe * width);
    gl.uniform2f(at("u_origin"), framing.origin.x * devicePixelRatio, framing.origin.y * devicePixelRatio);
    gl.uniform1f(at("u_scale"), framing.scale * devicePixelRatio);
    gl.uniform1f(at("u_pageHeight"), height);
    gl.uniform4i(at("u_window"), window.x, window.y, window.width, window.height);
    gl.uniform2f(at("u_filmSize"), this.#area.width, this.#area.height);
    gl.uniform1f(at("u_gain"), 2 ** exposureStops);
    gl.uniform1f(at("u_inverseGamma"), 1 / gamma);
    gl.uniform1i(at("u_tone"), tones.indexOf(tone));
    gl.uniform1i(at("u_channel"), channels.indexOf(channel));
    gl.uniform1f(at("u_samplesMax"), samplesMax);
    this.#drawFilm(framing, devicePixelRatio);
  }

  /** Only where it is: who draws without a graphics card runs all of the shader for each pixel, also where nothing is. */
  #drawFilm({ origin, scale }: Framing, devicePixelRatio: number): void {
    const gl = this.#gl;
    gl.clearColor(...ground, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const film = this.#area;
    if (film === undefined) return;
    const [left, right] = edges(origin.x, film.width * scale, devicePixelRatio, gl.canvas.width);
    const [top, bottom] = edges(origin.y, film.height * scale, devicePixelRatio, gl.canvas.height);
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(left, gl.canvas.height - bottom, right - left, bottom - top);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.disable(gl.SCISSOR_TEST);
  }

  get #window() {
    if (this.#area === undefined) throw new Error("a tile came before the film");
    return this.#area.window;
  }

  #layer(name: string): Layer {
    const present = this.#layers.get(name);
    if (present !== undefined) return present;
    const layer = makeLayer(this.#gl, this.#window, shownOutput(name).kind);
    this.#layers.set(name, layer);
    return layer;
  }

  #drop(name: string): void {
    const layer = this.#layers.get(name);
    if (layer !== undefined) dropLayer(this.#gl, layer);
    this.#layers.delete(name);
  }

  #attach(texture: WebGLTexture): void {
    const gl = this.#gl;
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#copier);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  }
}

/** Of what is drawn, in whole device pixels of a page that has so many. */
function edges(origin: number, length: number, devicePixelRatio: number, pagePx: number): readonly [number, number] {
  const onPage = (at: number) => Math.min(pagePx, Math.max(0, at));
  return [onPage(Math.floor(origin * devicePixelRatio)), onPage(Math.ceil((origin + length) * devicePixelRatio))];
}
