// One output of the film as textures that are filled tile by tile: half floats, and which of them are no light but codes
// of a picture that was exposed and toned before it was sent. The encoding may change while tiles of the other are here.
import type { HalfTile } from "../state/half-tile.ts";
import type { OutputKind } from "../state/outputs.ts";

/** A decoded preview tile. */
export type TilePixels =
  | (HalfTile & { readonly t: "half" })
  /** Exposed and toned. */
  | { readonly t: "picture"; readonly widthPx: number; readonly heightPx: number; readonly picture: ImageBitmap };

export interface Layer {
  readonly texture: WebGLTexture;
  /** 1 where `texture` has codes. */
  readonly codes: WebGLTexture;
  readonly kind: OutputKind;
  /** Some of it may be codes. */
  mayHaveCodes: boolean;
}

export interface LayerSize {
  readonly width: number;
  readonly height: number;
}

/** All zero. */
export function makeLayer(gl: WebGL2RenderingContext, size: LayerSize, kind: OutputKind): Layer {
  return {
    texture: makeTexture(gl, size, gl.RGBA16F),
    codes: makeTexture(gl, size, gl.R8),
    kind,
    mayHaveCodes: false,
  };
}

export function dropLayer(gl: WebGL2RenderingContext, { texture, codes }: Layer): void {
  gl.deleteTexture(texture);
  gl.deleteTexture(codes);
}

/** `x`, `y`: in the texture. */
export function putTile(gl: WebGL2RenderingContext, layer: Layer, tile: TilePixels, x: number, y: number): void {
  const { widthPx, heightPx } = tile;
  gl.bindTexture(gl.TEXTURE_2D, layer.texture);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  if (tile.t === "half") {
    gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, widthPx, heightPx, gl.RGBA, gl.HALF_FLOAT, tile.pixels);
  } else {
    gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, widthPx, heightPx, gl.RGBA, gl.HALF_FLOAT, tile.picture);
    layer.mayHaveCodes = true;
  }
  if (!layer.mayHaveCodes) return;
  gl.bindTexture(gl.TEXTURE_2D, layer.codes);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  const marks = new Uint8Array(widthPx * heightPx).fill(tile.t === "picture" ? 255 : 0);
  gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, widthPx, heightPx, gl.RED, gl.UNSIGNED_BYTE, marks);
}

function makeTexture(gl: WebGL2RenderingContext, { width, height }: LayerSize, form: GLenum): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, form, width, height);
  // Read by texelFetch alone; without mipmaps a texture needs these to be complete.
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
    gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
  return texture;
}
