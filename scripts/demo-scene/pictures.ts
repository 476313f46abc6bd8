// The demo scene's textures, computed and written as PNG. Colours are given in sRGB, as a painter would mix them.
import sharp from "sharp";
import { fractalNoise, hash, mix, ramp, valueNoise } from "./noise.ts";

type Color = readonly [number, number, number];

/** `paint` gives 8-bit values for u, v in [0, 1), v downwards. */
async function picture(widthPx: number, heightPx: number, paint: (u: number, v: number) => Color): Promise<Uint8Array> {
  const pixels = new Uint8Array(widthPx * heightPx * 3);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const color = paint((x + 0.5) / widthPx, (y + 0.5) / heightPx);
      for (let k = 0; k < 3; k++) pixels[(y * widthPx + x) * 3 + k] = Math.round(Math.min(255, Math.max(0, color[k]!)));
    }
  }
  return sharp(pixels, { raw: { width: widthPx, height: heightPx, channels: 3 } })
    .png({ compressionLevel: 9, palette: false })
    .toBuffer();
}

/** Boards of oak along u: each with its own tone, rings and pores. The height is for roughness and bumps. */
function wood(u: number, v: number): { readonly board: number; readonly grain: number; readonly gap: number } {
  const boards = 7;
  const board = Math.floor(v * boards);
  const across = v * boards - board;
  const shift = hash(board, 3, 11) * 9;
  const bend = fractalNoise(u * 4 + shift, v * 14, 1024, 3, 20 + board);
  const rings = 0.5 + 0.5 * Math.sin((across * 5 + bend * 6 + shift) * 2 * Math.PI);
  const fibres = fractalNoise(u * 12 + shift, v * 190, 4096, 2, 40);
  const gap = ramp(0, 0.012, Math.min(across, 1 - across));
  return { board, grain: mix(rings, fibres, 0.55), gap };
}

export function woodColor(): Promise<Uint8Array> {
  return picture(512, 1024, (u, v) => {
    const { board, grain, gap } = wood(u, v);
    const tone = 0.85 + 0.3 * hash(board, 1, 5);
    const shade = mix(0.45, 1, gap) * tone;
    return [mix(92, 150, grain) * shade, mix(58, 98, grain) * shade, mix(33, 56, grain) * shade];
  });
}

/** glTF's layout: roughness in G, metallic in B. */
export function woodRoughness(): Promise<Uint8Array> {
  return picture(256, 256, (u, v) => {
    const { grain, gap } = wood(u, v);
    return [255, mix(140, 85, grain) + (1 - gap) * 90, 0];
  });
}

/** Beaten metal: overlapping dents on a jittered lattice that repeats. */
export function hammeredNormals(): Promise<Uint8Array> {
  const cells = 10;
  const height = (u: number, v: number): number => {
    let depth = 1;
    const [x, y] = [u * cells, v * cells];
    for (let i = -1; i <= 1; i++) {
      for (let k = -1; k <= 1; k++) {
        const [cx, cy] = [Math.floor(x) + i, Math.floor(y) + k];
        const [wx, wy] = [(cx + cells) % cells, (cy + cells) % cells];
        const [dx, dy] = [cx + 0.2 + 0.6 * hash(wx, wy, 1) - x, cy + 0.2 + 0.6 * hash(wx, wy, 2) - y];
        depth = Math.min(depth, dx * dx + dy * dy);
      }
    }
    return depth;
  };
  return normals(256, height, 0.028);
}

/** Woven threads, for cloth. */
export function wovenNormals(): Promise<Uint8Array> {
  const threads = 24;
  const height = (u: number, v: number): number => {
    const [x, y] = [u * threads, v * threads];
    const over = (Math.floor(x) + Math.floor(y)) % 2 === 0;
    const [a, b] = over ? [x, y] : [y, x];
    return Math.sin((a % 1) * Math.PI) * (0.6 + 0.4 * Math.sin((b % 1) * Math.PI));
  };
  return normals(128, height, 0.012);
}

/** From a height that repeats: y up in the picture, as glTF's green wants it. */
function normals(sidePx: number, height: (u: number, v: number) => number, strength: number): Promise<Uint8Array> {
  const step = 1 / sidePx;
  return picture(sidePx, sidePx, (u, v) => {
    const x = ((height((u - step + 1) % 1, v) - height((u + step) % 1, v)) / (2 * step)) * strength;
    const y = ((height(u, (v + step) % 1) - height(u, (v - step + 1) % 1)) / (2 * step)) * strength;
    const length = Math.hypot(x, y, 1);
    return [127.5 + (127.5 * x) / length, 127.5 + (127.5 * y) / length, 127.5 + 127.5 / length];
  });
}

/** Bands of leaves in two glazes round the vase, with a drip of the darker one. */
export function glazeColor(): Promise<Uint8Array> {
  return picture(512, 256, (u, v) => {
    const wobble = 0.02 * (fractalNoise(u * 8, v * 4, 8, 3, 70) - 0.5);
    const drip = ramp(0.3, 0.36, v - 0.1 * valueNoise(u * 14, 0, 14, 80) + wobble);
    const band = 1 - ramp(0.035, 0.045, Math.abs(v - 0.62 + wobble));
    const leaf = Math.sin(u * 24 * Math.PI) * 0.028;
    const vein = 1 - ramp(0.006, 0.011, Math.abs(Math.abs(v - 0.62) - Math.abs(leaf)));
    const light: Color = [214, 203, 176];
    const deep: Color = [13, 66, 74];
    const line: Color = [186, 112, 44];
    const speckle = 1 - 0.1 * ramp(0.62, 0.8, fractalNoise(u * 64, v * 32, 64, 2, 90));
    return [0, 1, 2].map(
      (k) => mix(mix(deep[k]!, light[k]!, drip * (1 - band)), line[k]!, vein * band) * speckle,
    ) as unknown as Color;
  });
}

export function appleColor(): Promise<Uint8Array> {
  return picture(256, 128, (u, v) => {
    const streaks = fractalNoise(u * 40, v * 3, 40, 3, 100);
    const blush = ramp(0.25, 0.7, fractalNoise(u * 3, v * 2, 3, 2, 110) * 0.6 + streaks * 0.5);
    const green = 1 - ramp(0.0, 0.14, v);
    const dots = ramp(0.8, 0.86, valueNoise(u * 90, v * 45, 90, 120)) * 0.35;
    const skin: Color = [mix(206, 158, blush), mix(120, 14, blush), mix(40, 20, blush)];
    const top: Color = [150, 148, 50];
    return [0, 1, 2].map((k) => mix(mix(skin[k]!, top[k]!, green), 225, dots * 0.5)) as unknown as Color;
  });
}

export function pearColor(): Promise<Uint8Array> {
  return picture(256, 128, (u, v) => {
    const warm = ramp(0.35, 0.75, fractalNoise(u * 3, v * 2, 3, 3, 130) + 0.25 * Math.sin(u * 2 * Math.PI));
    const russet = ramp(0.64, 0.8, fractalNoise(u * 60, v * 30, 60, 2, 140)) * 0.6 + (1 - ramp(0.02, 0.12, v)) * 0.5;
    const skin: Color = [mix(158, 196, warm), mix(160, 138, warm), mix(46, 44, warm)];
    const brown: Color = [112, 82, 38];
    return [0, 1, 2].map((k) => mix(skin[k]!, brown[k]!, Math.min(1, russet))) as unknown as Color;
  });
}
