// Writes deploy/demo/demo.glb and deploy/demo/sky.hdr: a still life with the materials that the renderer knows. Both
// files are committed; run again after a change (`node dist/scripts/make-demo-scene.js`), the same source gives the
// same bytes.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Document, type Material, type Mesh, NodeIO, type Texture, type vec3, type vec4 } from "@gltf-transform/core";
import {
  KHRMaterialsClearcoat,
  KHRMaterialsEmissiveStrength,
  KHRMaterialsIOR,
  KHRMaterialsSheen,
  KHRMaterialsTransmission,
  KHRMeshQuantization,
} from "@gltf-transform/extensions";
import { quantize } from "@gltf-transform/functions";
import { packageRoot } from "../host/package-root.ts";
import { withTangents } from "../node-agent/scene/gltf/tangents.ts";
import * as pictures from "./demo-scene/pictures.ts";
import type { Shape } from "./demo-scene/shapes.ts";
import { skyFile } from "./demo-scene/sky.ts";
import * as shapes from "./demo-scene/still-life.ts";

const extensions = [
  KHRMaterialsClearcoat,
  KHRMaterialsEmissiveStrength,
  KHRMaterialsIOR,
  KHRMaterialsSheen,
  KHRMaterialsTransmission,
  KHRMeshQuantization,
];

interface Placement {
  readonly at?: vec3;
  /** Degrees about +Y, then leaning about +X. */
  readonly turnDeg?: number;
  readonly leanDeg?: number;
  readonly scale?: number;
}

class DemoScene {
  readonly document = new Document();
  private readonly buffer = this.document.createBuffer();
  private readonly scene = this.document.createScene("still life");

  mesh(name: string, bare: Shape, material: Material): Mesh {
    const accessor = (values: Float32Array | Uint16Array, type: "SCALAR" | "VEC2" | "VEC3" | "VEC4") =>
      this.document.createAccessor().setType(type).setArray(values).setBuffer(this.buffer);
    const primitive = this.document.createPrimitive();
    const shape = material.getNormalTexture() === null ? bare : tangential(bare);
    if (shape.tangents !== undefined) primitive.setAttribute("TANGENT", accessor(shape.tangents, "VEC4"));
    primitive
      .setAttribute("POSITION", accessor(shape.positions, "VEC3"))
      .setAttribute("NORMAL", accessor(shape.normals, "VEC3"))
      .setAttribute("TEXCOORD_0", accessor(shape.texcoords, "VEC2"))
      .setIndices(accessor(shape.indices, "SCALAR"))
      .setMaterial(material);
    return this.document.createMesh(name).addPrimitive(primitive);
  }

  place(
    name: string,
    meshes: readonly Mesh[],
    { at = [0, 0, 0], turnDeg = 0, leanDeg = 0, scale = 1 }: Placement = {},
  ): void {
    const parent = this.document
      .createNode(name)
      .setTranslation(at)
      .setRotation(rotation(turnDeg, leanDeg))
      .setScale([scale, scale, scale]);
    this.scene.addChild(parent);
    if (meshes.length === 1) parent.setMesh(meshes[0]!);
    else for (const mesh of meshes) parent.addChild(this.document.createNode(mesh.getName()).setMesh(mesh));
  }

  texture(name: string, png: Uint8Array): Texture {
    return this.document
      .createTexture(name)
      .setImage(png as Uint8Array<ArrayBuffer>)
      .setMimeType("image/png");
  }

  material(name: string, baseColor: vec3, metallic: number, roughness: number): Material {
    return this.document
      .createMaterial(name)
      .setBaseColorFactor([...baseColor, 1])
      .setMetallicFactor(metallic)
      .setRoughnessFactor(roughness);
  }

  coat(material: Material, factor: number, roughness: number): Material {
    const clearcoat = this.document.createExtension(KHRMaterialsClearcoat).createClearcoat();
    return material.setExtension(
      "KHR_materials_clearcoat",
      clearcoat.setClearcoatFactor(factor).setClearcoatRoughnessFactor(roughness),
    );
  }

  camera(from: vec3, turnDeg: number, leanDeg: number, verticalFovDeg: number): void {
    const camera = this.document
      .createCamera("camera")
      .setType("perspective")
      .setZNear(0.01)
      .setYFov((verticalFovDeg * Math.PI) / 180);
    this.scene.addChild(
      this.document.createNode("camera").setCamera(camera).setTranslation(from).setRotation(rotation(turnDeg, leanDeg)),
    );
  }
}

/** Tangents in the file, as exporters write them for normal maps: making them is half of the time to load this scene. */
function tangential({ positions, normals, texcoords, indices }: Shape): Shape {
  const attributes = { positions, normals, texcoords: [texcoords] } as const;
  const { attributes: split, indices: corners } = withTangents({ attributes, indices: Uint32Array.from(indices) }, 0);
  return {
    positions: split.positions,
    normals: split.normals!,
    texcoords: split.texcoords[0]!,
    tangents: split.tangents!,
    indices: Uint16Array.from(corners),
  };
}

/** About +Y, after leaning about +X. */
function rotation(turnDeg: number, leanDeg: number): vec4 {
  const [y, x] = [(turnDeg * Math.PI) / 360, (leanDeg * Math.PI) / 360];
  return [Math.sin(x) * Math.cos(y), Math.cos(x) * Math.sin(y), -Math.sin(x) * Math.sin(y), Math.cos(x) * Math.cos(y)];
}

async function addTableAndCloth(demo: DemoScene): Promise<void> {
  const oak = demo
    .material("oak", [1, 1, 1], 0, 1)
    .setBaseColorTexture(demo.texture("wood color", await pictures.woodColor()))
    .setMetallicRoughnessTexture(demo.texture("wood roughness", await pictures.woodRoughness()));
  demo.place("table", [demo.mesh("table top", shapes.tableTop(), demo.coat(oak, 0.12, 0.3))], { turnDeg: 24 });
  const velvet = demo
    .material("velvet", [0.19, 0.008, 0.022], 0, 0.9)
    .setDoubleSided(true)
    .setNormalTexture(demo.texture("weave", await pictures.wovenNormals()))
    .setNormalScale(0.5);
  const sheen = demo.document.createExtension(KHRMaterialsSheen).createSheen();
  velvet.setExtension(
    "KHR_materials_sheen",
    sheen.setSheenColorFactor([0.62, 0.16, 0.2]).setSheenRoughnessFactor(0.38),
  );
  demo.place("cloth", [demo.mesh("runner", shapes.cloth(), velvet)]);
}

async function addVessels(demo: DemoScene): Promise<void> {
  const glaze = demo
    .material("glaze", [1, 1, 1], 0, 0.45)
    .setBaseColorTexture(demo.texture("glaze color", await pictures.glazeColor()));
  demo.place("vase", [demo.mesh("vase", shapes.vase(), demo.coat(glaze, 1, 0.04).setDoubleSided(true))], {
    at: [-0.2, 0, -0.13],
    turnDeg: 15,
  });
  const gold = demo
    .material("gold", [0.94, 0.64, 0.28], 1, 0.32)
    .setNormalTexture(demo.texture("hammered", await pictures.hammeredNormals()))
    .setNormalScale(0.8);
  demo.place("bowl", [demo.mesh("bowl", shapes.bowl(), gold)], { at: [0.045, 0.004, -0.005] });
  const steel = demo.material("steel", [0.78, 0.78, 0.8], 1, 0.07);
  demo.place("shaker", [demo.mesh("shaker", shapes.shaker(), steel)], { at: [0.13, 0, -0.235] });
  const glass = demo.material("glass", [0.97, 1, 0.985], 0, 0).setDoubleSided(true);
  const transmission = demo.document.createExtension(KHRMaterialsTransmission).createTransmission();
  glass.setExtension("KHR_materials_transmission", transmission.setTransmissionFactor(1));
  glass.setExtension("KHR_materials_ior", demo.document.createExtension(KHRMaterialsIOR).createIOR().setIOR(1.5));
  demo.place("glass", [demo.mesh("glass", shapes.wineGlass(), glass)], { at: [0.28, 0, 0.02], scale: 1.12 });
}

async function addFruit(demo: DemoScene): Promise<void> {
  const bark = demo.material("bark", [0.07, 0.04, 0.02], 0, 0.8);
  const stalk = demo.mesh("stalk", shapes.stalk(), bark);
  const appleSkin = demo
    .material("apple", [1, 1, 1], 0, 0.42)
    .setBaseColorTexture(demo.texture("apple color", await pictures.appleColor()));
  const apple = demo.mesh("apple", shapes.apple(), demo.coat(appleSkin, 0.7, 0.12));
  const pearSkin = demo
    .material("pear", [1, 1, 1], 0, 0.38)
    .setBaseColorTexture(demo.texture("pear color", await pictures.pearColor()));
  const pear = demo.mesh("pear", shapes.pear(), pearSkin);
  const placements: [string, Mesh, number, Placement][] = [
    ["apple in front", apple, 0.056, { at: [0.015, 0.03, 0.05], turnDeg: 60, leanDeg: 20 }],
    ["apple right", apple, 0.056, { at: [0.1, 0.031, 0.015], turnDeg: 190, leanDeg: -25 }],
    ["apple behind", apple, 0.056, { at: [0.02, 0.036, -0.055], turnDeg: 300, leanDeg: 12, scale: 0.96 }],
    ["apple on the table", apple, 0.056, { at: [0.225, 0, 0.165], turnDeg: 130, leanDeg: 4, scale: 1.02 }],
    ["pear standing", pear, 0.099, { at: [-0.145, 0.002, 0.13], turnDeg: 20, leanDeg: 5 }],
    ["pear lying", pear, 0.099, { at: [-0.075, 0.036, 0.215], turnDeg: -62, leanDeg: 78 }],
  ];
  for (const [name, fruit, height, placement] of placements) {
    demo.place(name, [fruit], placement);
    demo.place(`${name}, stalk`, [stalk], { ...placement, at: onTop(placement, height) });
  }
}

/** Where a fruit's top lands once it is turned, leant and scaled. */
function onTop({ at = [0, 0, 0], turnDeg = 0, leanDeg = 0, scale = 1 }: Placement, height: number): vec3 {
  const [turn, lean] = [(turnDeg * Math.PI) / 180, (leanDeg * Math.PI) / 180];
  const [up, out] = [Math.cos(lean) * height * scale, Math.sin(lean) * height * scale];
  return [at[0] + out * Math.sin(turn), at[1] + up, at[2] + out * Math.cos(turn)];
}

function addLightAndCamera(demo: DemoScene): void {
  const strength = demo.document.createExtension(KHRMaterialsEmissiveStrength).createEmissiveStrength();
  const lamp = demo.material("lamp", [0, 0, 0], 0, 1).setEmissiveFactor([1, 0.86, 0.7]);
  lamp.setExtension("KHR_materials_emissive_strength", strength.setEmissiveStrength(21));
  demo.place("area light", [demo.mesh("panel", shapes.panel(), lamp)], {
    at: [-0.85, 1, 0.7],
    turnDeg: 130,
    leanDeg: 40,
    scale: 0.5,
  });
  demo.camera([0.11, 0.38, 1.02], 6.5, -13.5, 30);
}

async function main(): Promise<void> {
  const folder = join(packageRoot(), "deploy/demo");
  const demo = new DemoScene();
  await addTableAndCloth(demo);
  await addVessels(demo);
  await addFruit(demo);
  addLightAndCamera(demo);
  await demo.document.transform(quantize({ quantizePosition: 16, quantizeNormal: 16, quantizeTexcoord: 16 }));
  demo.document.getRoot().getAsset().generator = "arras-render scripts/make-demo-scene.ts";
  demo.document.getRoot().getAsset().copyright = "arras-render authors, Apache-2.0";
  const io = new NodeIO().registerExtensions(extensions);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "demo.glb"), await io.writeBinary(demo.document));
  await writeFile(join(folder, "sky.hdr"), skyFile());
}

await main();
