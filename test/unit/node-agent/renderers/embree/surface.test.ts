import { describe, expect, it } from "vitest";
import type { Vector3 } from "../../../../../node-agent/scene/description.ts";
import { loadEmbreeTestAddon, type SurfaceInput } from "./embree-test-addon.ts";

const addon = loadEmbreeTestAddon();
const SAMPLES = 40_000;
const BELOW_ONE = 1 - 2 ** -24;
const WHITE: Vector3 = [1, 1, 1];

/** uLobe in order, so that each lobe gets a run of Roberts's R2 sequence: an even spread without a random source. */
function spread(count: number): Float32Array {
  const u = new Float32Array(count * 3);
  for (let i = 0; i < count; i++) {
    u[3 * i] = (i + 0.5) / count;
    u[3 * i + 1] = Math.min((0.5 + i * 0.7548776662466927) % 1, BELOW_ONE);
    u[3 * i + 2] = Math.min((0.5 + i * 0.5698402909980532) % 1, BELOW_ONE);
  }
  return u;
}
const EVEN = spread(SAMPLES);

function outgoing(cosine: number): Vector3 {
  return [Math.sqrt(1 - cosine * cosine), 0, cosine];
}
function tilted(degrees: number, azimuth = 2): Vector3 {
  const angle = (degrees * Math.PI) / 180;
  return [Math.sin(angle) * Math.cos(azimuth), Math.sin(angle) * Math.sin(azimuth), Math.cos(angle)];
}

interface Sampled {
  readonly reflected: number[];
  readonly goesOnShare: number;
  readonly rows: Float32Array;
}

function sampled(surface: SurfaceInput): Sampled {
  const rows = addon.sampleSurface(surface, EVEN);
  const reflected = [0, 0, 0];
  let goesOn = 0;
  for (let i = 0; i < rows.length; i += 9) {
    for (let c = 0; c < 3; c++) reflected[c] += rows[i + 3 + c] / SAMPLES;
    if (rows[i + 7] > 0) goesOn++;
  }
  return { reflected, goesOnShare: goesOn / SAMPLES, rows };
}

/** Integral of value and density over the sphere, by rings that crowd together at `pole`. */
function integrated(surface: SurfaceInput, pole: Vector3, rings: number, sectors: number) {
  const directions = new Float32Array(rings * sectors * 3);
  const weights = new Float64Array(rings * sectors);
  const [tangent, bitangent] = basis(pole);
  for (let j = 0; j < rings; j++) {
    const t = (j + 0.5) / rings;
    const angle = Math.PI * t ** 3;
    const area = ((Math.sin(angle) * Math.PI * 3 * t * t) / rings) * ((2 * Math.PI) / sectors);
    for (let i = 0; i < sectors; i++) {
      const azimuth = (2 * Math.PI * (i + 0.5)) / sectors;
      const [x, y, z] = [Math.sin(angle) * Math.cos(azimuth), Math.sin(angle) * Math.sin(azimuth), Math.cos(angle)];
      const k = j * sectors + i;
      weights[k] = area;
      for (let c = 0; c < 3; c++) directions[3 * k + c] = tangent[c] * x + bitangent[c] * y + pole[c] * z;
    }
  }
  const rows = addon.evaluateSurface(surface, directions);
  let value = 0;
  let density = 0;
  for (let k = 0; k < weights.length; k++) {
    value += rows[4 * k] * weights[k];
    density += rows[4 * k + 3] * weights[k];
  }
  return { value, density };
}

function basis(n: Vector3): [Vector3, Vector3] {
  const a: Vector3 = Math.abs(n[2]) < 0.9 ? [0, 0, 1] : [1, 0, 0];
  const t = cross(a, n);
  const length = Math.hypot(...t);
  const tangent: Vector3 = [t[0] / length, t[1] / length, t[2] / length];
  return [tangent, cross(n, tangent)];
}
function cross(a: Vector3, b: Vector3): Vector3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}
function mirrored(o: Vector3): Vector3 {
  return [-o[0], -o[1], o[2]];
}

/** Exact reflectance of a dielectric of index 1.5. */
function fresnel(cosine: number): number {
  const g = Math.sqrt(1.25 + cosine * cosine);
  const perpendicular = ((g - cosine) / (g + cosine)) ** 2;
  return 0.5 * perpendicular * (1 + ((cosine * (g + cosine) - 1) / (cosine * (g - cosine) + 1)) ** 2);
}

const COSINES = [1, 0.7, 0.4, 0.2, 0.08];

const CONSERVING: readonly [string, SurfaceInput][] = [
  ["diffuse alone", { specular: 0 }],
  ["mirror metal", { metallic: 1, roughness: 0 }],
  ...[0.03, 0.1, 0.2, 0.4, 0.7, 1].map((roughness): [string, SurfaceInput] => [
    `metal of roughness ${roughness}`,
    { metallic: 1, roughness },
  ]),
  ...[0, 0.15, 0.5, 1].map((roughness): [string, SurfaceInput] => [`plastic of roughness ${roughness}`, { roughness }]),
  ["half metal", { metallic: 0.5, roughness: 0.4 }],
  ["diamond plastic", { ior: 2.4, roughness: 0.3 }],
  ...[0, 0.15, 0.5, 1].map((roughness): [string, SurfaceInput] => [
    `thin glass of roughness ${roughness}`,
    { transmission: 1, roughness },
  ]),
  ["half transmission", { transmission: 0.5, roughness: 0.3 }],
  ["smooth coat over plastic", { clearcoat: 1, roughness: 0.6 }],
  ["rough coat over metal", { clearcoat: 0.8, clearcoatRoughness: 0.5, metallic: 1, roughness: 0.3 }],
  ["sheen over plastic", { sheenColor: WHITE, sheenRoughness: 0.5 }],
  [
    "coat over sheen over glass",
    { clearcoat: 1, sheenColor: WHITE, sheenRoughness: 0.8, transmission: 1, roughness: 0.4 },
  ],
];

describe.each(CONSERVING)("white furnace: %s", (_, surface) => {
  it.each(COSINES)("sampled directions carry all light away, seen at cosine %d", (cosine) => {
    const { reflected } = sampled({ ...surface, outgoing: outgoing(cosine) });
    for (const channel of reflected) expect(Math.abs(channel - 1)).toBeLessThan(cosine < 0.1 ? 2e-3 : 1e-3);
  });

  it("under a shading normal that leans by 35° and a coat that leans otherwise too", () => {
    const leaning = { ...surface, normal: tilted(35), coatNormal: tilted(20, 4), outgoing: outgoing(0.5) };
    for (const channel of sampled(leaning).reflected) expect(Math.abs(channel - 1)).toBeLessThan(1.5e-3);
  });

  it("the albedo output says 1", () => {
    const { albedo } = addon.describeSurface({ ...surface, outgoing: outgoing(0.6) });
    for (const channel of albedo) expect(Math.abs(channel - 1)).toBeLessThan(1e-5);
  });
});

describe("narrow sheen", () => {
  it("does not give more light than it gets although Charlie's lobe would", () => {
    for (const sheenRoughness of [0, 0.1, 0.2]) {
      const { reflected } = sampled({ sheenColor: WHITE, sheenRoughness, outgoing: outgoing(0.05) });
      expect(Math.abs(reflected[0] - 1)).toBeLessThan(0.02);
    }
  });
});

const LOBES: readonly [string, SurfaceInput][] = [
  ["diffuse", { specular: 0 }],
  ["metal", { metallic: 1, roughness: 0.5 }],
  ["rough metal", { metallic: 1, roughness: 1 }],
  ["glossy plastic", { roughness: 0.25 }],
  ["thin glass", { transmission: 1, roughness: 0.5 }],
  ["coat", { clearcoat: 1, clearcoatRoughness: 0.3, roughness: 0.7 }],
  ["sheen", { sheenColor: WHITE, sheenRoughness: 0.4 }],
];

describe.each(LOBES)("under a normal map, %s", (_, surface) => {
  const up: Vector3 = [0, 0, 1];
  const leaning = { ...surface, normal: tilted(40, 0), smoothNormal: up, outgoing: outgoing(0.6) };

  it("loses light that it would send through the triangle, and gives none from nothing", () => {
    const { reflected, goesOnShare } = sampled(leaning);
    expect(reflected[0]).toBeLessThan(1.001);
    expect(reflected[0]).toBeGreaterThan(0.7);
    expect(goesOnShare).toBeLessThan(1);
  });

  it("evaluates to what it samples", () => {
    const { value, density } = integrated(leaning, mirrored(outgoing(0.6)), 450, 450);
    const { reflected, goesOnShare } = sampled(leaning);
    expect(Math.abs(value - reflected[0])).toBeLessThan(3e-3);
    expect(Math.abs(density - goesOnShare)).toBeLessThan(3e-3);
  });

  it("that leaves the normal where it is, reflects as without one", () => {
    const flat = { ...surface, outgoing: outgoing(0.6) };
    const light = Float32Array.of(0.6, 0, 0.8, -0.8, 0, 0.6, 0, 0.999, 0.0447);
    const mapped = addon.evaluateSurface({ ...flat, smoothNormal: up }, light);
    addon.evaluateSurface(flat, light).forEach((value, at) => {
      expect(mapped[at]).toBeCloseTo(value, 6);
    });
  });
});

describe("the terminator under a normal map", () => {
  it("fades diffuse light out towards the triangle's plane, and leaves it alone on the mapped normal's far side", () => {
    const unmapped: SurfaceInput = { specular: 0, normal: tilted(40, 0) };
    const at = (degrees: number) => {
      const light = Float32Array.from(tilted(degrees, 0));
      const mapped = addon.evaluateSurface({ ...unmapped, smoothNormal: [0, 0, 1] }, light);
      return mapped[0] / addon.evaluateSurface(unmapped, light)[0];
    };
    expect(at(89.9)).toBeLessThan(0.01);
    expect(at(70)).toBeGreaterThan(at(80));
    expect(at(70)).toBeLessThan(1);
    expect(at(0)).toBe(1);
  });
});

describe("black plastic", () => {
  // Were light that met one facet counted with that which met several, rough plastic would be the brighter one.
  it("however rough, reflects less than it does smooth: light that meets several facets is nearly lost", () => {
    const albedoAt = (roughness: number) =>
      addon.describeSurface({ baseColor: [0, 0, 0], roughness, outgoing: outgoing(0.7) }).albedo[0];
    expect(albedoAt(0)).toBeCloseTo(fresnel(0.7), 4);
    expect(albedoAt(1)).toBeLessThan(0.8 * albedoAt(0));
  });
});

describe.each(LOBES)("evaluate() of %s", (_, surface) => {
  it.each([0.9, 0.4])("integrates over the sphere to all light, seen at cosine %d", (cosine) => {
    const o = outgoing(cosine);
    const { value } = integrated({ ...surface, outgoing: o }, mirrored(o), 320, 320);
    expect(Math.abs(value - 1)).toBeLessThan(2e-3);
  });

  it.each([0.9, 0.4])("its density integrates to the share of samples that go on, seen at cosine %d", (cosine) => {
    const o = outgoing(cosine);
    const { density } = integrated({ ...surface, outgoing: o }, mirrored(o), 320, 320);
    expect(Math.abs(density - sampled({ ...surface, outgoing: o }).goesOnShare)).toBeLessThan(2e-3);
  });

  it("stays so under a leaning normal, where directions are mirrored at the triangle", () => {
    const leaning = { ...surface, normal: tilted(30), outgoing: outgoing(0.6) };
    const { value, density } = integrated(leaning, mirrored(outgoing(0.6)), 450, 450);
    expect(Math.abs(value - 1)).toBeLessThan(3e-3);
    expect(Math.abs(density - sampled(leaning).goesOnShare)).toBeLessThan(3e-3);
  });

  it("agrees with sample(): weight times density is the value, and the density is the same", () => {
    const { rows } = sampled({ ...surface, outgoing: outgoing(0.7) });
    const directions = new Float32Array(SAMPLES * 3);
    for (let i = 0; i < SAMPLES; i++) directions.set(rows.subarray(9 * i, 9 * i + 3), 3 * i);
    const values = addon.evaluateSurface({ ...surface, outgoing: outgoing(0.7) }, directions);
    let worstDensity = 0;
    let worstValue = 0;
    for (let i = 0; i < SAMPLES; i++) {
      if (rows[9 * i + 7] !== 1) continue;
      worstDensity = Math.max(worstDensity, Math.abs(values[4 * i + 3] - rows[9 * i + 6]));
      const product = rows[9 * i + 3] * rows[9 * i + 6];
      worstValue = Math.max(worstValue, Math.abs(values[4 * i] - product) / (product + 1e-6));
    }
    expect(worstDensity).toBe(0);
    expect(worstValue).toBeLessThan(1e-6);
  });

  it("agrees with where sample() goes: counts in sixteen cells of the sphere follow the density", () => {
    const seen = { ...surface, outgoing: outgoing(0.7), normal: tilted(15) };
    const cellOf = (x: number, y: number, z: number) =>
      Math.min(Math.floor((z + 1) * 2), 3) * 4 + (x > 0 ? 1 : 0) + (y > 0 ? 2 : 0);
    const counted = new Float64Array(16);
    const expected = new Float64Array(16);
    const { rows } = sampled(seen);
    for (let i = 0; i < rows.length; i += 9) {
      if (rows[i + 7] === 1) counted[cellOf(rows[i], rows[i + 1], rows[i + 2])] += 1 / SAMPLES;
    }
    const size = 600;
    const directions = new Float32Array(size * size * 3);
    for (let k = 0; k < size * size; k++) {
      const z = (2 * (Math.floor(k / size) + 0.5)) / size - 1;
      const azimuth = (2 * Math.PI * ((k % size) + 0.5)) / size;
      const r = Math.sqrt(1 - z * z);
      directions.set([r * Math.cos(azimuth), r * Math.sin(azimuth), z], 3 * k);
    }
    const values = addon.evaluateSurface(seen, directions);
    for (let k = 0; k < size * size; k++) {
      const cell = cellOf(directions[3 * k], directions[3 * k + 1], directions[3 * k + 2]);
      expected[cell] += (values[4 * k + 3] * 4 * Math.PI) / (size * size);
    }
    for (let cell = 0; cell < 16; cell++) expect(Math.abs(counted[cell] - expected[cell])).toBeLessThan(5e-3);
  });
});

describe("sides", () => {
  it("reflected light stays above the triangle and transmitted light below, whatever the shading normal", () => {
    const glass = { transmission: 0.5, roughness: 0.6, normal: tilted(50), outgoing: outgoing(0.3) };
    const { rows } = sampled(glass);
    let wrong = 0;
    for (let i = 0; i < rows.length; i += 9) if (rows[i + 7] > 0 && rows[i + 2] * rows[i + 8] < 0) wrong++;
    expect(wrong).toBe(0);
  });

  it("an opaque surface gives nothing to light from behind", () => {
    const below = Float32Array.of(0, 0, -1, 0.6, 0, -0.8);
    const values = addon.evaluateSurface({ roughness: 0.5, normal: tilted(40), outgoing: outgoing(0.5) }, below);
    expect(Array.from(values)).toEqual(new Array(8).fill(0));
  });

  it("every direction and weight is finite and of unit length, in bad light too", () => {
    for (const roughness of [0, 0.02, 0.021, 0.05, 1]) {
      for (const cosine of [1, 1e-3, 1e-6, 0]) {
        const { rows } = sampled({
          roughness,
          metallic: 0.3,
          transmission: 0.3,
          clearcoat: 1,
          outgoing: outgoing(cosine),
        });
        let wrong = 0;
        for (let i = 0; i < rows.length; i += 9) {
          if (rows[i + 7] === 0) continue;
          const isUnit = Math.abs(Math.hypot(rows[i], rows[i + 1], rows[i + 2]) - 1) < 1e-5;
          if (!isUnit || !(rows[i + 3] >= 0 && rows[i + 3] < 50)) wrong++;
        }
        expect(wrong).toBe(0);
      }
    }
  });
});

describe("mirrors and clear glass", () => {
  it("a smooth metal sends everything to the mirrored direction, tinted by Fresnel's curve", () => {
    const o = outgoing(0.5);
    const { rows } = sampled({ metallic: 1, roughness: 0, baseColor: [0.8, 0.4, 0.2], outgoing: o });
    expect(rows[7]).toBe(2);
    for (let c = 0; c < 3; c++) expect(rows[c]).toBeCloseTo(mirrored(o)[c], 6);
    const rise = (fresnel(0.5) - 0.04) / 0.96;
    [0.8, 0.4, 0.2].forEach((f0, c) => {
      expect(rows[3 + c]).toBeCloseTo(f0 + (1 - f0) * rise, 5);
    });
    expect(addon.describeSurface({ metallic: 1, roughness: 0 }).isDeltaOnly).toBe(true);
  });

  it("smooth thin glass lets light pass straight, tinted once", () => {
    const o = outgoing(0.6);
    const { rows } = sampled({ transmission: 1, roughness: 0, baseColor: [0.9, 0.5, 0.1], outgoing: o });
    const transmitted = [0, 0, 0];
    let bend = 0;
    for (let i = 0; i < rows.length; i += 9) {
      if (rows[i + 8] > 0) continue;
      for (let c = 0; c < 3; c++) {
        bend = Math.max(bend, Math.abs(rows[i + c] + o[c]));
        transmitted[c] += rows[i + 3 + c] / SAMPLES;
      }
    }
    expect(bend).toBeLessThan(1e-6);
    const passed = 1 - fresnel(0.6);
    [0.9, 0.5, 0.1].forEach((tint, c) => {
      expect(transmitted[c]).toBeCloseTo(tint * passed, 3);
    });
  });

  it("lobes are named by what uLobe picks", () => {
    const { lobes, isDeltaOnly } = addon.describeSurface({ clearcoat: 1, roughness: 0.5, outgoing: outgoing(0.3) });
    expect([...new Set(lobes)]).toEqual(["clearcoat", "specular", "diffuse"]);
    expect(isDeltaOnly).toBe(false);
  });

  it("a black surface absorbs: no direction, no lobe", () => {
    const black = { baseColor: [0, 0, 0] as Vector3, specular: 0 };
    expect(sampled(black).goesOnShare).toBe(0);
    expect(new Set(addon.describeSurface(black).lobes)).toEqual(new Set(["none"]));
  });
});

describe("colours", () => {
  it("no surface of any parameters gives more light than it gets", () => {
    const steps = [0, 0.3, 1];
    for (const metallic of steps) {
      for (const roughness of [0, 0.2, 1]) {
        for (const transmission of steps) {
          const surface = {
            metallic,
            roughness,
            transmission,
            clearcoat: roughness,
            sheenColor: [0.9, 0.2, 0] as Vector3,
          };
          const colored = { ...surface, sheenRoughness: 0.4, baseColor: [1, 0.9, 0.1] as Vector3, ior: 1.8 };
          const { albedo } = addon.describeSurface({ ...colored, outgoing: outgoing(0.3) });
          const { reflected } = sampled({ ...colored, outgoing: outgoing(0.3) });
          for (let c = 0; c < 3; c++) {
            expect(reflected[c]).toBeLessThan(1.002);
            expect(Math.abs(albedo[c] - reflected[c])).toBeLessThan(3e-3);
          }
        }
      }
    }
  });

  it("a diffuse base keeps its colour, less what Burley takes from smooth ones, plus the specular reflection", () => {
    const { albedo } = addon.describeSurface({ baseColor: [0.5, 0.2, 0.05], roughness: 0, outgoing: outgoing(1) });
    [0.5, 0.2, 0.05].forEach((base, c) => {
      expect(albedo[c]).toBeCloseTo(base * (1 - 0.5 / 21) + 0.04, 5);
    });
  });

  it("without an interface diffuse is Lambert's, at any roughness", () => {
    const lambert: SurfaceInput = { specular: 0, baseColor: [0.5, 0.5, 0.5], outgoing: outgoing(0.1) };
    for (const roughness of [0, 0.5, 1]) {
      const values = addon.evaluateSurface({ ...lambert, roughness }, Float32Array.of(0.8, 0, 0.6, 0, 0, 1));
      expect(values[0]).toBeCloseTo((0.5 * 0.6) / Math.PI, 6);
      expect(values[4]).toBeCloseTo(0.5 / Math.PI, 6);
    }
  });
});

describe("tabulated albedo of GGX", () => {
  /** Midpoint rule over visible normals, cubed towards the grazing ones; independent of the table's quadrature. */
  function reference(cosine: number, roughness: number): number {
    const alpha = roughness * roughness;
    const sine = Math.sqrt(1 - cosine * cosine);
    const norm = Math.hypot(sine * alpha, cosine);
    const [vx, vz] = [(sine * alpha) / norm, cosine / norm];
    const root = (c: number) => Math.sqrt(c * c + alpha * alpha * (1 - c * c));
    let sum = 0;
    let total = 0;
    for (let j = 0; j < 400; j++) {
      const t = (j + 0.5) / 400;
      const z = (1 - t) ** 3 * (1 + vz) - vz;
      const radius = Math.sqrt(Math.max(0, 1 - z * z));
      for (let i = 0; i < 200; i++) {
        total += (1 - t) ** 2;
        const azimuth = (Math.PI * (i + 0.5)) / 200;
        const half = [(radius * Math.cos(azimuth) + vx) * alpha, radius * Math.sin(azimuth) * alpha, z + vz];
        const length = Math.hypot(...half);
        const cosIn = (2 * (sine * half[0] + cosine * half[2]) * half[2]) / (length * length) - cosine;
        if (cosIn <= 0) continue;
        const masking = (cosIn * (root(cosine) + cosine)) / (root(cosine) * cosIn + root(cosIn) * cosine);
        sum += masking * (1 - t) ** 2;
      }
    }
    return sum / total;
  }

  it("agrees with brute force within 7e-4 at any angle and roughness", () => {
    for (let k = 0; k < 150; k++) {
      const cosine = Math.max(((k * 0.5698402909980532) % 1) ** 2, 5e-3);
      const roughness = 0.05 + 0.95 * ((k * 0.7548776662466927) % 1);
      expect(Math.abs(addon.ggxEnergy(cosine, roughness)[0] - reference(cosine, roughness))).toBeLessThan(7e-4);
    }
  });
});
