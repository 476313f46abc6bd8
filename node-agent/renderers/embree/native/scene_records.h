// How the scene keeps its meshes and instances, and interpolates their attributes. Only scene*.cc read it.
#pragma once

#include <utility>

#include "scene.h"

namespace arras {

// What nearly every hit needs of a vertex, in half a cache line: three of them are fetched for a hit, and separate arrays
// would be three fetches each. Embree reads its positions from here too.
struct Vertex {
  Vec3 position, normal;
  Vec2 texcoord;  // of set 0
};
static_assert(sizeof(Vertex) == 32, "Embree is told this stride");

// A mesh as rays meet it: in the world if a single instance uses it, else in its own space with a BVH of its own.
struct SceneGeometry::MeshRecord {
  // What is rarely needed; positions, normals and texcoords[0] have moved to `vertices`.
  MeshInput mesh;
  std::vector<Vertex> vertices;
  bool hasNormals, hasTexcoord;
  RTCScene shared = nullptr;
  bool isSolid;        // there from both sides and at every point
  bool isSingleSided;  // not there from behind, for the camera
  bool needsOpacity;

  ~MeshRecord() {
    if (shared) rtcReleaseScene(shared);
  }
};

struct SceneGeometry::InstanceRecord {
  const MeshRecord* mesh = nullptr;
  uint32_t objectId = 0;
  bool isFlat = true;  // the mesh is already in the world
  float winding = 1;   // −1: the transform mirrors, so that world edges turn the other way round
  Matrix4 objectToWorld, normalToWorld;
};

struct Corners {
  uint32_t a, b, c;
};

inline Corners cornersOf(const MeshInput& mesh, uint32_t primitive) {
  const uint32_t* index = &mesh.indices[size_t{3} * primitive];
  return {index[0], index[1], index[2]};
}
inline Vec2 vec2At(const std::vector<float>& values, uint32_t vertex) {
  const float* value = &values[size_t{2} * vertex];
  return {value[0], value[1]};
}
inline Vec2 interpolate2(Vec2 a, Vec2 b, Vec2 c, float u, float v) {
  const float w = 1 - u - v;
  return {a.x * w + b.x * u + c.x * v, a.y * w + b.y * u + c.y * v};
}

// The inverse transpose up to a positive factor, which is all that directions of normals need.
Matrix4 normalMatrixOf(const Matrix4& matrix);
float determinantOf(const Matrix4& matrix);

// Moves a mesh into the world. Mirrored ones get their corners swapped, so that winding again shows the front.
void moveToWorld(MeshInput& mesh, const Matrix4& objectToWorld);

}  // namespace arras
