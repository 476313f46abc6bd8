// The one scene form that every reader (glTF now; USD and RDLA later) writes and every renderer reads.
// World space is right-handed, Y up, metres; matrices are column-major as in glTF; colours are linear Rec. 709.

/** Column-major 4×4 (element `[column * 4 + row]`), the last row (0, 0, 0, 1). */
export type Matrix4 = readonly number[];
export type Vector3 = readonly [number, number, number];

export interface SceneDescription {
  readonly meshes: readonly Mesh[];
  readonly instances: readonly Instance[];
  readonly materials: readonly Material[];
  readonly textures: readonly Texture[];
  readonly lights: readonly PunctualLight[];
  readonly cameras: readonly Camera[];
  /** Absent: the renderer lights nothing from outside. The reader decides on sun-and-sky, not the renderer. */
  readonly environment?: Environment;
  /** Object id − 1 → name. Ids in the `id` output start at 1; 0 is "no object". */
  readonly objectNames: readonly string[];
}

/** A triangle mesh with one material: a glTF primitive. All attributes are per vertex. */
export interface Mesh {
  readonly name: string;
  /** xyz per vertex, finite. */
  readonly positions: Float32Array;
  /** Three indices a triangle, each below the vertex count. */
  readonly indices: Uint32Array;
  /** xyz, unit length; absent: flat shading by the triangle's own normal. */
  readonly normals?: Float32Array;
  /** xyz and handedness w (±1), as glTF TANGENT. Present whenever the material has a normal texture. */
  readonly tangents?: Float32Array;
  /** uv sets 0 and 1, as glTF TEXCOORD_n: v grows downwards from the picture's top. */
  readonly texcoords: readonly [Float32Array?, Float32Array?];
  /** Linear rgba, multiplied with base colour and alpha. */
  readonly colors?: Float32Array;
  readonly materialIndex: number;
}

export interface Instance {
  readonly meshIndex: number;
  readonly objectToWorld: Matrix4;
  /** 1-based; several instances of one object share it. */
  readonly objectId: number;
}

export interface Texture {
  readonly name: string;
  readonly widthPx: number;
  readonly heightPx: number;
  /** RGBA, 8 bits a channel, rows top to bottom. */
  readonly pixels: Uint8Array;
  /** `srgb`: rgb (not alpha) is decoded to linear before interpolation, as glTF demands. */
  readonly colorSpace: "srgb" | "linear";
  readonly wrapU: WrapMode;
  readonly wrapV: WrapMode;
  readonly filter: "linear" | "nearest";
}

export type WrapMode = "repeat" | "mirror" | "clamp";

export interface TextureUse {
  readonly textureIndex: number;
  readonly texcoordSet: 0 | 1;
  /** u' = m0·u + m1·v + m2, v' = m3·u + m4·v + m5 (KHR_texture_transform, already composed). */
  readonly uvTransform: readonly [number, number, number, number, number, number];
}

/** glTF's layered surface: coat over sheen over (metal | dielectric over diffuse or thin transmission). */
export interface Material {
  readonly name: string;
  readonly baseColor: Vector3;
  readonly baseColorTexture?: TextureUse;
  /** Opacity factor; multiplied by the base colour texture's and the vertex colour's alpha. */
  readonly opacity: number;
  readonly alphaMode: AlphaMode;
  readonly metallic: number;
  /** Perceptual; microfacet alpha is its square. */
  readonly roughness: number;
  /** Roughness in G, metallic in B. */
  readonly metallicRoughnessTexture?: TextureUse;
  readonly normalTexture?: TextureUse;
  readonly normalScale: number;
  /** Radiance, emissive strength included. */
  readonly emissive: Vector3;
  readonly emissiveTexture?: TextureUse;
  readonly ior: number;
  readonly specular: number;
  readonly specularTexture?: TextureUse;
  readonly specularColor: Vector3;
  readonly specularColorTexture?: TextureUse;
  readonly transmission: number;
  readonly transmissionTexture?: TextureUse;
  readonly clearcoat: number;
  readonly clearcoatTexture?: TextureUse;
  readonly clearcoatRoughness: number;
  readonly clearcoatRoughnessTexture?: TextureUse;
  readonly clearcoatNormalTexture?: TextureUse;
  readonly clearcoatNormalScale: number;
  readonly sheenColor: Vector3;
  readonly sheenColorTexture?: TextureUse;
  readonly sheenRoughness: number;
  readonly sheenRoughnessTexture?: TextureUse;
  /** KHR_materials_unlit: base colour is the outgoing radiance, nothing is reflected. */
  readonly unlit: boolean;
  /**
   * False: the camera looks through faces that it sees from behind (glTF's back-face culling). Light does not: it is a
   * rule for what is shown, and a lamp outside a room must not shine through its walls.
   */
  readonly doubleSided: boolean;
}

export type AlphaMode =
  | { readonly t: "opaque" }
  | { readonly t: "mask"; readonly cutoff: number }
  | { readonly t: "blend" };

/** Positions and directions are in the world; `direction` is where the light travels, unit length. */
export type PunctualLight =
  | { readonly t: "point"; readonly name: string; readonly position: Vector3; readonly intensity: Vector3 }
  | {
      readonly t: "spot";
      readonly name: string;
      readonly position: Vector3;
      readonly direction: Vector3;
      readonly intensity: Vector3;
      readonly innerConeRad: number;
      readonly outerConeRad: number;
    }
  | {
      readonly t: "directional";
      readonly name: string;
      readonly direction: Vector3;
      /** Irradiance on a surface that faces the light. */
      readonly irradiance: Vector3;
      /** 0: a point at infinity. The sun of the built-in sky has 0.00465. */
      readonly angularRadiusRad: number;
      /** It turns and is tinted with the environment, whose sun it is. */
      readonly isOfEnvironment?: true;
    };

export interface Camera {
  readonly name: string;
  /** Looks along its own −Z, +Y up; no scale. */
  readonly cameraToWorld: Matrix4;
  readonly projection: Projection;
  /** Thin lens; radius 0 is a pinhole. Distance is along the view axis. */
  readonly lensRadius: number;
  readonly focusDistance: number;
}

export type Projection =
  | { readonly t: "perspective"; readonly verticalFovRad: number }
  /** Half the height of the view volume, metres; the width follows the film's aspect ratio. */
  | { readonly t: "orthographic"; readonly halfHeight: number };

/**
 * A latitude-longitude map, oriented as OpenEXR and UsdLux define it: its centre looks along +Z, a quarter of the
 * width from the left along +X, the top along +Y (so u = 0.5 − atan2(x, z) / 2π, v = acos(y) / π).
 */
export interface Environment {
  readonly name: string;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Linear rgb radiance, strength included, rows top to bottom, finite, not negative. */
  readonly pixels: Float32Array;
  /** Turns the map about +Y, counter-clockwise seen from above. */
  readonly rotationRad: number;
}

/**
 * How a prepared scene is to be rendered from now on: all that differs from what was prepared, a state and not a step, so
 * that it does not matter what it was before.
 */
export interface SceneUpdate {
  readonly camera: Camera;
  /** Absent: as prepared. `tint` multiplies radiance; all 0: none. */
  readonly environment?: { readonly rotationRad: number; readonly tint: Vector3 };
  /** Absent: as prepared; else all of them, those that are off with black. */
  readonly lights?: readonly PunctualLight[];
  /** Those that are not as prepared, each once. */
  readonly materials: readonly MaterialFactors[];
  /** Objects that neither the camera nor light meets. */
  readonly hiddenObjectIds: readonly number[];
}

/** In place of a material's own factors; its textures stay. */
export interface MaterialFactors extends Pick<Material, "baseColor" | "roughness" | "metallic" | "emissive"> {
  readonly materialIndex: number;
}
