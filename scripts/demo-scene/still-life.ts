// The shapes of the demo's still life, in metres, each standing on y = 0 about the y axis. Pure.
import { fractalNoise, ramp } from "./noise.ts";
import { curve, grid, lathe, type Point, type Shape } from "./shapes.ts";

export const tableRadius = 0.62;

/** A round top with a softened edge; its texture lies flat on it. */
export function tableTop(): Shape {
  const edge = 0.014;
  const profile = (v: number): readonly [number, number] => {
    if (v < 0.5) return [(v / 0.5) * (tableRadius - edge), 0];
    if (v < 0.85) {
      const angle = ((v - 0.5) / 0.35) * (Math.PI / 2);
      return [tableRadius - edge + edge * Math.sin(angle), -edge + edge * Math.cos(angle)];
    }
    return [tableRadius, -edge - ((v - 0.85) / 0.15) * 0.03];
  };
  const texcoord = (_u: number, _v: number, [x, y, z]: Point): [number, number] => [x / 0.8 + 0.5, (z - y) / 0.8 + 0.5];
  return lathe(profile, 96, 20, { texcoord });
}

export function vase(): Shape {
  const outside = [
    [0.043, 0.36],
    [0.034, 0.345],
    [0.028, 0.31],
    [0.034, 0.275],
    [0.068, 0.225],
    [0.09, 0.16],
    [0.085, 0.095],
    [0.06, 0.035],
    [0.052, 0.012],
    [0.053, 0],
  ] as const;
  return lathe(curve(outside), 64, 64);
}

/** Inner and outer wall in one profile, with a rolled rim. */
export function bowl(): Shape {
  const profile = [
    [0, 0.014],
    [0.05, 0.017],
    [0.1, 0.041],
    [0.132, 0.082],
    [0.1375, 0.0865],
    [0.14, 0.082],
    [0.108, 0.034],
    [0.06, 0.008],
    [0.05, 0.001],
    [0, 0],
  ] as const;
  const rim = (angle: number, v: number) =>
    1 + 0.008 * Math.sin(angle * 12) * ramp(0.2, 0.4, v) * (1 - ramp(0.5, 0.75, v));
  return lathe(curve(profile), 96, 48, { bulge: rim, texcoord: (u, v) => [u * 4, v * 2] });
}

/** A tall pitcher of polished steel, without a handle: a shaker. */
export function shaker(): Shape {
  const profile = [
    [0, 0.27],
    [0.012, 0.2695],
    [0.0135, 0.258],
    [0.0165, 0.2475],
    [0.026, 0.24],
    [0.031, 0.226],
    [0.031, 0.2075],
    [0.0335, 0.2045],
    [0.0375, 0.196],
    [0.042, 0.15],
    [0.042, 0.09],
    [0.036, 0.03],
    [0.0345, 0.004],
    [0.032, 0],
  ] as const;
  return lathe(curve(profile), 64, 64);
}

/** Thin-walled: one surface. Bowl, stem and foot. */
export function wineGlass(): Shape {
  const profile = [
    [0.029, 0.205],
    [0.033, 0.18],
    [0.037, 0.15],
    [0.036, 0.125],
    [0.026, 0.103],
    [0.008, 0.09],
    [0.0042, 0.078],
    [0.0036, 0.05],
    [0.004, 0.022],
    [0.007, 0.009],
    [0.02, 0.0045],
    [0.034, 0.0015],
  ] as const;
  return lathe(curve(profile), 56, 66);
}

export function apple(): Shape {
  const profile = [
    [0, 0.058],
    [0.006, 0.06],
    [0.015, 0.067],
    [0.026, 0.0675],
    [0.037, 0.057],
    [0.0405, 0.041],
    [0.037, 0.023],
    [0.028, 0.009],
    [0.018, 0.0015],
    [0.009, 0.0025],
    [0, 0.006],
  ] as const;
  const lobes = (angle: number, v: number) =>
    1 + 0.02 * Math.sin(angle * 5 + 1) * ramp(0.3, 1, v) + 0.025 * Math.sin(angle + 0.5);
  return lathe(curve(profile), 40, 32, { bulge: lobes });
}

export function pear(): Shape {
  const profile = [
    [0, 0.1005],
    [0.006, 0.103],
    [0.0135, 0.0995],
    [0.0185, 0.088],
    [0.022, 0.073],
    [0.031, 0.054],
    [0.0375, 0.034],
    [0.034, 0.0135],
    [0.02, 0.002],
    [0.008, 0.0015],
    [0, 0.004],
  ] as const;
  const uneven = (angle: number, v: number) =>
    1 + 0.05 * Math.sin(angle * 2 + 0.7) * ramp(0.1, 0.8, v) + 0.03 * Math.sin(angle * 3 + v * 4);
  return lathe(curve(profile), 40, 32, { bulge: uneven });
}

/** A bent stalk, for apples and pears. */
export function stalk(): Shape {
  return grid({
    columns: 8,
    rows: 6,
    position: (u, v) => {
      const height = 0.024 * (1 - v);
      const radius = 0.0011 + 0.0008 * (1 - v) ** 4 + 0.0003 * v;
      const bend = 7 * height * height;
      return [radius * Math.sin(u * 2 * Math.PI) + bend, height, radius * Math.cos(u * 2 * Math.PI)];
    },
  });
}

/** A runner that lies across the table with low folds and hangs over its front edge. */
export function cloth(): Shape {
  const [halfWidth, back, front] = [0.155, -0.3, 0.86];
  return grid({
    columns: 52,
    rows: 116,
    position: (u, v) => {
      const across = (u - 0.5) * 2 * halfWidth * (1 + 0.02 * Math.sin(v * 21));
      const along = back + v * (front - back);
      const [c, s] = [Math.cos(0.42), Math.sin(0.42)];
      const [x, z] = [across * c - along * s, across * s + along * c];
      const distance = Math.hypot(x, z);
      const folds = fractalNoise(across * 14 + 30, along * 5 + 40, 256, 3, 200);
      const lying = 0.0025 + 0.02 * ramp(0.48, 0.8, folds) * ramp(0.13, 0.24, distance);
      const limit = tableRadius + 0.002;
      if (distance <= limit) return [x, lying, z];
      // Past the edge: round it, then down, with folds that open downwards.
      const over = distance - limit;
      const bendRadius = 0.016;
      const angle = Math.min(Math.PI / 2, over / bendRadius);
      const drop = Math.max(0, over - (bendRadius * Math.PI) / 2);
      const wave = Math.min(1, drop / 0.12) * 0.014 * Math.sin(across * 62 + 2 * Math.sin(across * 17));
      const radius = limit + bendRadius * Math.sin(angle) + wave;
      const height = 0.0025 + 0.02 * ramp(0.48, 0.8, folds) - bendRadius * (1 - Math.cos(angle)) - drop;
      return [(x / distance) * radius, height, (z / distance) * radius];
    },
    texcoord: (u, v) => [u * 10, v * 37],
  });
}

/** A square of side 1 that faces +Z. */
export function panel(): Shape {
  return grid({ columns: 1, rows: 1, position: (u, v) => [u - 0.5, 0.5 - v, 0] });
}
