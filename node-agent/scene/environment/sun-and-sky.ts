// The light that a scene gets when nobody gives it any: a clear sky after Preetham, Shirley and Smits, "A Practical
// Analytic Model for Daylight" (SIGGRAPH 1999), a sun of the real one's size, and a plain ground. Pure.
// Absolute values are chosen, not physical: a white card that faces the sun has radiance 1.4 (a middle grey one of 50 %
// 0.7), and the light that falls on the ground is white, as a photographer would balance it.
import type { Environment, PunctualLight, Vector3 } from "../description.ts";
import { dot } from "../matrix.ts";

export interface SunAndSky {
  readonly sun: PunctualLight;
  readonly sky: Environment;
}

/** Degrees of arc above the horizon, and from +Z towards +X. The light comes from the left of the automatic camera. */
const sunElevationRad = (38 * Math.PI) / 180;
const sunAzimuthRad = (-28 * Math.PI) / 180;
/** Very clear air: above 2.5 this model's horizon turns mauve once the ground is balanced white. */
const turbidity = 2.1;
/** The cosine below which the horizon keeps its colour: closer to it the model's red grows without measure. */
const horizonCosine = 0.1;
/** The sun is 4.65 mrad in radius as seen from Earth. */
const sunAngularRadiusRad = 0.00465;
/** Sun to sky on the ground, on a clear day with the sun at this height (CIE clear sky data give 4 to 6). */
const sunToSkyRatio = 4.5;
const sunTint: Vector3 = [1.06, 0.99, 0.9];
const groundAlbedo: Vector3 = [0.3, 0.28, 0.25];
const whiteCardRadiance = 1.4;
/** The ground fades into the sky over this height, so that no glossy surface shows a hard line. */
const horizonBlend = 0.03;

const widthPx = 512;
const heightPx = 256;

/** `rotationRad` turns sun and sky together, as the rotation of an environment picture does. */
export function sunAndSky(rotationRad: number): SunAndSky {
  const toSun = fromAngles(sunElevationRad, sunAzimuthRad);
  const sky = skyPixels(toSun);
  const skyIrradiance = irradianceOnGround(sky);
  // Balanced white on the ground: each channel's sky + sun is the same.
  const relativeSun = sunTint.map((tint) => tint * sunToSkyRatio * luminance(skyIrradiance)) as unknown as Vector3;
  const towardsSun = 1 / Math.sin(sunElevationRad);
  const balance = relativeSun.map((sun, k) => 1 / (sun + skyIrradiance[k]!)) as unknown as Vector3;
  // A card that faces the sun gets all of the sun and about the sky that the ground gets.
  const scale =
    (whiteCardRadiance * Math.PI) /
    luminance(relativeSun.map((sun, k) => (sun * towardsSun + skyIrradiance[k]!) * balance[k]!) as unknown as Vector3);
  const gain = balance.map((value) => value * scale) as unknown as Vector3;
  for (let i = 0; i < sky.length; i++) sky[i]! *= gain[i % 3]!;
  paintGround(sky, groundAlbedo.map((albedo) => (albedo * scale) / Math.PI) as unknown as Vector3);
  return {
    sun: {
      t: "directional",
      name: "sun",
      direction: sunDirection(rotationRad),
      irradiance: relativeSun.map((sun, k) => sun * towardsSun * gain[k]!) as unknown as Vector3,
      angularRadiusRad: sunAngularRadiusRad,
      isOfEnvironment: true,
    },
    sky: { name: "sky", widthPx, heightPx, pixels: sky, rotationRad },
  };
}

/** Where the sun's light travels, with an environment that is turned by `rotationRad`. */
export function sunDirection(rotationRad: number): Vector3 {
  const [x, y, z] = fromAngles(sunElevationRad, sunAzimuthRad);
  const [c, s] = [Math.cos(rotationRad), Math.sin(rotationRad)];
  return [-(x * c + z * s), -y, -(z * c - x * s)];
}

/** The direction of a pixel's centre; the orientation is that of `Environment`. */
function pixelDirection(column: number, row: number): Vector3 {
  const phi = (0.5 - (column + 0.5) / widthPx) * 2 * Math.PI;
  const theta = ((row + 0.5) / heightPx) * Math.PI;
  return [Math.sin(phi) * Math.sin(theta), Math.cos(theta), Math.cos(phi) * Math.sin(theta)];
}

function fromAngles(elevationRad: number, azimuthRad: number): Vector3 {
  const horizontal = Math.cos(elevationRad);
  return [Math.sin(azimuthRad) * horizontal, Math.sin(elevationRad), Math.cos(azimuthRad) * horizontal];
}

/** The sky's own half of the map, in the model's units (kcd/m² as relative Rec. 709 radiance); the ground stays black. */
function skyPixels(toSun: Vector3): Float32Array {
  const zenithAngle = Math.acos(toSun[1]);
  const zenith = zenithColor(zenithAngle);
  const scales = distribution.map((row, k) => zenith[k]! / perez(row, 1, zenithAngle));
  const pixels = new Float32Array(widthPx * heightPx * 3);
  for (let row = 0; row < heightPx / 2; row++) {
    for (let column = 0; column < widthPx; column++) {
      const direction = pixelDirection(column, row);
      const gamma = Math.acos(Math.min(1, Math.max(-1, dot(direction, toSun))));
      const Y = scales[0]! * perez(distribution[0], direction[1], gamma);
      const x = scales[1]! * perez(distribution[1], direction[1], gamma);
      const y = scales[2]! * perez(distribution[2], direction[1], gamma);
      pixels.set(fromYxy(Y, x, y), (row * widthPx + column) * 3);
    }
  }
  return pixels;
}

/** Preetham's appendix A.2: A to E as linear functions of turbidity, for Y, x and y. */
const distribution = [
  [
    0.1787 * turbidity - 1.463,
    -0.3554 * turbidity + 0.4275,
    -0.0227 * turbidity + 5.3251,
    0.1206 * turbidity - 2.5771,
    -0.067 * turbidity + 0.3703,
  ],
  [
    -0.0193 * turbidity - 0.2592,
    -0.0665 * turbidity + 0.0008,
    -0.0004 * turbidity + 0.2125,
    -0.0641 * turbidity - 0.8989,
    -0.0033 * turbidity + 0.0452,
  ],
  [
    -0.0167 * turbidity - 0.2608,
    -0.095 * turbidity + 0.0092,
    -0.0079 * turbidity + 0.2102,
    -0.0441 * turbidity - 1.6537,
    -0.0109 * turbidity + 0.0529,
  ],
] as const;

function perez(
  [a, b, c, d, e]: readonly [number, number, number, number, number],
  cosTheta: number,
  gamma: number,
): number {
  return (
    (1 + a * Math.exp(b / Math.max(cosTheta, horizonCosine))) * (1 + c * Math.exp(d * gamma) + e * Math.cos(gamma) ** 2)
  );
}

/** Luminance and chromaticities overhead (appendix A.2). */
function zenithColor(sunZenithAngle: number): [number, number, number] {
  const s = sunZenithAngle;
  const chi = (4 / 9 - turbidity / 120) * (Math.PI - 2 * s);
  const luminanceY = (4.0453 * turbidity - 4.971) * Math.tan(chi) - 0.2155 * turbidity + 2.4192;
  const powers = [s ** 3, s ** 2, s, 1];
  const chromaticity = (rows: readonly (readonly number[])[]): number =>
    [turbidity ** 2, turbidity, 1].reduce(
      (sum, t, i) => sum + t * rows[i]!.reduce((inner, m, k) => inner + m * powers[k]!, 0),
      0,
    );
  return [
    luminanceY,
    chromaticity([
      [0.00166, -0.00375, 0.00209, 0],
      [-0.02903, 0.06377, -0.03202, 0.00394],
      [0.11693, -0.21196, 0.06052, 0.25886],
    ]),
    chromaticity([
      [0.00275, -0.0061, 0.00317, 0],
      [-0.04214, 0.0897, -0.04153, 0.00516],
      [0.15346, -0.26756, 0.0667, 0.26688],
    ]),
  ];
}

function fromYxy(Y: number, x: number, y: number): Vector3 {
  const X = (x / y) * Y;
  const Z = ((1 - x - y) / y) * Y;
  const positive = (value: number) => Math.max(0, value);
  return [
    positive(3.2404542 * X - 1.5371385 * Y - 0.4985314 * Z),
    positive(-0.969266 * X + 1.8760108 * Y + 0.041556 * Z),
    positive(0.0556434 * X - 0.2040259 * Y + 1.0572252 * Z),
  ];
}

function irradianceOnGround(pixels: Float32Array): Vector3 {
  const sum: [number, number, number] = [0, 0, 0];
  for (let row = 0; row < heightPx / 2; row++) {
    const theta = ((row + 0.5) / heightPx) * Math.PI;
    const weight = Math.cos(theta) * Math.sin(theta) * (Math.PI / heightPx) * ((2 * Math.PI) / widthPx);
    for (let column = 0; column < widthPx; column++) {
      for (let k = 0; k < 3; k++) sum[k]! += pixels[(row * widthPx + column) * 3 + k]! * weight;
    }
  }
  return sum;
}

/** The ground, lit white with irradiance `scale` in the caller's terms, given here as its radiance. */
function paintGround(pixels: Float32Array, radiance: Vector3): void {
  const horizonRow = heightPx / 2 - 1;
  for (let row = heightPx / 2; row < heightPx; row++) {
    for (let column = 0; column < widthPx; column++) {
      const below = -pixelDirection(column, row)[1];
      const share = Math.min(1, below / horizonBlend);
      for (let k = 0; k < 3; k++) {
        const horizon = pixels[(horizonRow * widthPx + column) * 3 + k]!;
        pixels[(row * widthPx + column) * 3 + k] = horizon * (1 - share) + radiance[k]! * share;
      }
    }
  }
}

function luminance([r, g, b]: Vector3): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
