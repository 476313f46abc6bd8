// One output of the film as a half-float texture that is filled tile by tile.
import type { HalfTile } from "../state/half-tile.ts";
import type { OutputKind } from "../state/outputs.ts";

/** A decoded preview tile. */
export type TilePixels =
  | (HalfTile & { readonly t: "half" })
  /** Exposed and toned. */
  | { readonly t: "picture"; readonly widthPx: number; readonly heightPx: number; readonly picture: ImageBitmap };

export interface Layer {
  readonly texture: WebGLTexture;
  readonly kind: OutputKind;
  /** Its tiles came exposed and toned. */
  isToned: boolean;
}

export interface LayerSize {
  readonly width: number;
  readonly height: number;
}

/** All zero. */
export function makeLayer(gl: WebGL2RenderingContext, { width, height }: LayerSize, kind: OutputKind): Layer {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA16F, width, height);
  // Read by texelFetch alone; without mipmaps a texture needs these to be complete.
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
    gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
  return { texture, kind, isToned: false };
}

/** `x`, `y`: in the texture. */
export function putTile(gl: WebGL2RenderingContext, layer: Layer, tile: TilePixels, x: number, y: number): void {
  gl.bindTexture(gl.TEXTURE_2D, layer.texture);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  const { widthPx, heightPx } = tile;
  if (tile.t === "half") {
    gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, widthPx, heightPx, gl.RGBA, gl.HALF_FLOAT, tile.pixels);
  } else {
    gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, widthPx, heightPx, gl.RGBA, gl.HALF_FLOAT, tile.picture);
  }
  layer.isToned = tile.t === "picture";
}
