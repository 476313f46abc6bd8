// The node tree of a glTF file: which nodes the shown scene has, and each node's matrix to the world. glTF demands a
// tree; a node with two parents or a cycle is refused here, so nothing that walks it can fail to end.
import { limits } from "../../../proto/limits.ts";
import type { Matrix4 } from "../description.ts";
import { fromTranslationRotationScale, identityMatrix, isFiniteMatrix, multiply } from "../matrix.ts";
import type { GltfNode } from "./gltf-json.ts";
import type { GltfSource } from "./gltf-source.ts";

export interface NodeHierarchy {
  /** Indices of the nodes in the shown scene, parents before children. */
  readonly shown: readonly number[];
  /** Of any node of the file, shown or not: joints may lie outside of the scene. */
  matrixToWorld(nodeIndex: number): Matrix4;
}

export function readHierarchy(source: GltfSource): NodeHierarchy {
  const parents = readParents(source);
  const depths = readDepths(source, parents);
  const matrices = new Map<number, Matrix4>();
  const matrixToWorld = (nodeIndex: number): Matrix4 => {
    const known = matrices.get(nodeIndex);
    if (known !== undefined) return known;
    const parent = parents[nodeIndex]!;
    const local = localMatrix(source, nodeIndex);
    const matrix = parent < 0 ? local : multiply(matrixToWorld(parent), local);
    if (!isFiniteMatrix(matrix))
      throw source.broken(`nodes[${nodeIndex}]`, "Its transform leaves the range of 32-bit floats");
    matrices.set(nodeIndex, matrix);
    return matrix;
  };
  return { shown: shownNodes(source, parents, depths), matrixToWorld };
}

/** −1 for nodes without a parent. */
function readParents(source: GltfSource): Int32Array {
  const parents = new Int32Array(source.json.nodes.length).fill(-1);
  for (const [nodeIndex, node] of source.json.nodes.entries()) {
    for (const [i, child] of node.children.entries()) {
      const place = `nodes[${nodeIndex}].children[${i}]`;
      source.at("nodes", child, place);
      if (parents[child]! >= 0) {
        throw source.broken(
          place,
          `nodes[${child}] is a child of nodes[${parents[child]}] already; nodes must form a tree`,
        );
      }
      parents[child] = nodeIndex;
    }
  }
  return parents;
}

/** Throws for cycles and for trees deeper than the limit. */
function readDepths(source: GltfSource, parents: Int32Array): Int32Array {
  const depths = new Int32Array(parents.length);
  for (let nodeIndex = 0; nodeIndex < parents.length; nodeIndex++) {
    let depth = 0;
    for (let at = nodeIndex; parents[at]! >= 0; at = parents[at]!) {
      depth++;
      // With one parent a node, walking up more steps than there are nodes means walking in a circle.
      if (depth >= parents.length)
        throw source.broken(`nodes[${nodeIndex}]`, "The node is its own ancestor; nodes must form a tree");
      if (depth > limits.nodeDepthMax) {
        throw source.broken(
          `nodes[${nodeIndex}]`,
          `The node lies deeper than nodeDepthMax, ${limits.nodeDepthMax}, or in a circle`,
        );
      }
    }
    depths[nodeIndex] = depth;
  }
  return depths;
}

/** The default scene's nodes, the first scene's, or, without scenes, all. */
function shownNodes(source: GltfSource, parents: Int32Array, depths: Int32Array): number[] {
  const { scenes, nodes } = source.json;
  const sceneIndex = source.json.scene ?? 0;
  if (scenes.length === 0 && source.json.scene === undefined) {
    return [...nodes.keys()].sort((a, b) => depths[a]! - depths[b]!);
  }
  const roots = source.at("scenes", sceneIndex, "scene").nodes;
  const shown: number[] = [];
  const seen = new Set<number>();
  for (const [i, root] of roots.entries()) {
    const place = `scenes[${sceneIndex}].nodes[${i}]`;
    source.at("nodes", root, place);
    if (seen.has(root)) throw source.broken(place, `nodes[${root}] is in the scene twice`);
    if (parents[root]! >= 0)
      throw source.broken(place, `nodes[${root}] is not a root: it is a child of nodes[${parents[root]}]`);
    seen.add(root);
    shown.push(root);
  }
  // One by one: a node may have more children than a call takes arguments.
  for (let i = 0; i < shown.length; i++) for (const child of nodes[shown[i]!]!.children) shown.push(child);
  return shown;
}

function localMatrix(source: GltfSource, nodeIndex: number): Matrix4 {
  const node: GltfNode = source.json.nodes[nodeIndex]!;
  if (node.matrix !== undefined) {
    const m = node.matrix;
    if (m[3] !== 0 || m[7] !== 0 || m[11] !== 0 || m[15] !== 1) {
      throw source.broken(`nodes[${nodeIndex}].matrix`, "The last row of the matrix is not (0, 0, 0, 1)");
    }
    return m;
  }
  if (node.translation === undefined && node.rotation === undefined && node.scale === undefined) return identityMatrix;
  return fromTranslationRotationScale(
    node.translation ?? [0, 0, 0],
    node.rotation ?? [0, 0, 0, 1],
    node.scale ?? [1, 1, 1],
  );
}
