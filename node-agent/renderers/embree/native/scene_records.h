// How the scene keeps its meshes and instances, and interpolates their attributes. Only scene*.cc read it.
#pragma once

#include <utility>

#include "float4.h"
#include "scene.h"

namespace arras {

// What nearly every hit needs of a vertex, in half a cache line: three of them are fetched for a hit, and separate arrays
// would be three fetches each. Embree reads its positions from here too.
struct Vertex {
  Vec3 position;
  float s;  // of texcoord set 0, where a texture uses it; so is t
  Vec3 normal;
  float t;
};
static_assert(sizeof(Vertex) == 32, "Embree is told this stride");

struct Corners {
  uint32_t a, b, c;
};

// What a hit needs of its triangle, in one fetch. Embree reads the corners from here too.
struct Triangle {
  Vec3 normal;  // unit length, on the front; of a mesh that is in the world
  Corners corners;
};
static_assert(sizeof(Triangle) == 24, "Embree is told this stride");

// The same in one place for each triangle, see NearGeometry: two cache lines whose address a hit knows at once, where
// the vertices above wait for their indices.
struct alignas(128) NearTriangle {
  Vertex vertices[3];
  Vec3 normal;
  float padding;
};
static_assert(sizeof(NearTriangle) == 128, "two cache lines, which the processor fetches as a pair");

struct alignas(64) NearTangents {
  float corners[3][4];
};

// A mesh as rays meet it: in the world if a single instance uses it, else in its own space with a BVH of its own.
struct SceneGeometry::MeshRecord {
  // What is rarely needed, and empty where the material needs it not; positions, normals and texcoords[0] have moved to
  // `vertices`, indices to `triangles`.
  MeshInput mesh;
  std::vector<Triangle> triangles;
  std::vector<Vertex> vertices;
  // Null where the scene has none; they belong to it.
  const NearTriangle* nearTriangles = nullptr;
  const NearTangents* nearTangents = nullptr;
  bool hasNormals, hasTangents;
  bool hasMore;  // texcoords[1] or colors
  RTCScene shared = nullptr;
  bool isSingleSided;  // not there from behind, for the camera
  bool needsOpacity;

  ~MeshRecord() {
    if (shared) rtcReleaseScene(shared);
  }
};

struct SceneGeometry::InstanceRecord {
  const MeshRecord* mesh = nullptr;
  // Of the mesh, so that a hit finds them here.
  const Triangle* triangles = nullptr;
  const Vertex* vertices = nullptr;
  const NearTriangle* nearTriangles = nullptr;
  const NearTangents* nearTangents = nullptr;
  uint32_t objectId = 0;
  bool isFlat = true;  // the mesh is already in the world
  bool isHidden = false;
  float winding = 1;   // −1: the transform mirrors, so that world edges turn the other way round
  Matrix4 objectToWorld, normalToWorld;

  void refersTo(const MeshRecord& record) {
    mesh = &record;
    triangles = record.triangles.data(), vertices = record.vertices.data();
  }
};

// The corners of a triangle: position and s, normal and t of each.
struct CornerVertices {
  Float4 position[3], normal[3];

  CornerVertices(const Vertex* vertices, Corners corners) {
    load(vertices[corners.a], 0), load(vertices[corners.b], 1), load(vertices[corners.c], 2);
  }
  explicit CornerVertices(const NearTriangle& triangle) {
    for (int corner = 0; corner < 3; ++corner) load(triangle.vertices[corner], corner);
  }

  Float4 at(float u, float v) const {
    return position[0] + (position[1] - position[0]) * u + (position[2] - position[0]) * v;
  }
  // Interpolated, with the same rounding of each lane.
  float s(float u, float v) const { return interpolated(position, u, v)[3]; }
  Float4 normalAndT(float u, float v) const { return interpolated(normal, u, v); }

 private:
  static Float4 interpolated(const Float4 (&corner)[3], float u, float v) {
    return corner[0] * (1 - u - v) + corner[1] * u + corner[2] * v;
  }
  void load(const Vertex& vertex, int corner) {
    position[corner] = load4(&vertex.position.x), normal[corner] = load4(&vertex.normal.x);
  }
};
inline Vec2 vec2At(const std::vector<float>& values, uint32_t vertex) {
  const float* value = &values[size_t{2} * vertex];
  return {value[0], value[1]};
}
inline Vec2 interpolate2(Vec2 a, Vec2 b, Vec2 c, float u, float v) {
  const float w = 1 - u - v;
  return {a.x * w + b.x * u + c.x * v, a.y * w + b.y * u + c.y * v};
}

// Of the triangle with these two edges from its first corner, on the side where they turn left, or right for winding −1.
Vec3 geometricNormalOf(Float4 ab, Float4 ac, float winding);

// The inverse transpose up to a positive factor, which is all that directions of normals need.
Matrix4 normalMatrixOf(const Matrix4& matrix);
float determinantOf(const Matrix4& matrix);

// Moves a mesh into the world. Mirrored ones get their corners swapped, so that winding again shows the front.
void moveToWorld(MeshInput& mesh, const Matrix4& objectToWorld);

}  // namespace arras
