// The geometry of a scene in Embree, and what a ray finds there: position, normals, texcoords, material. Surfaces that
// are not there (seen from behind by the camera, cut out, passed through by chance of their opacity) are skipped here,
// so that callers see solid hits only.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "device.h"
#include "float4.h"
#include "lights.h"
#include "material.h"
#include "near_geometry.h"
#include "sampler.h"
#include "vector.h"

namespace arras {

// One glTF primitive; absent attributes are empty.
struct MeshInput {
  std::vector<float> positions, normals, tangents, texcoords[2], colors;
  std::vector<uint32_t> indices;
  uint32_t materialIndex = 0;

  size_t vertexCount() const { return positions.size() / 3; }
  size_t triangleCount() const { return indices.size() / 3; }
};

struct InstanceInput {
  uint32_t meshIndex = 0, objectId = 0;
  Matrix4 objectToWorld;
};

// What is at the nearest hit. Normals are on the triangle's front side (by winding), whatever side the ray came from.
// Aligned to be written in whole registers.
struct SurfacePoint {
  alignas(16) Vec3 position;
  alignas(16) Vec3 geometricNormal;
  TangentSpace space;  // its normal is the interpolated one
  MaterialSet::Lookup lookup;
  uint32_t materialIndex, objectId, instanceIndex, primitiveIndex;
};

// A point off the surface that a ray may start from without hitting it again, on the side that `normal` points to.
// Waechter and Binder, "A Fast and Robust Method for Avoiding Self-Intersection", Ray Tracing Gems, ch. 6.
Vec3 offsetOrigin(Vec3 position, Vec3 normal);

struct Corners;
struct CornerVertices;
struct Triangle;

class SceneGeometry final : public EmissionSource {
 public:
  // Builds the BVHs. Meshes that several instances use share one. `materials` must outlive it.
  // Throws std::runtime_error.
  SceneGeometry(std::shared_ptr<const EmbreeDevice> device, std::vector<MeshInput> meshes,
                const std::vector<InstanceInput>& instances, const MaterialSet& materials);
  ~SceneGeometry() override;
  SceneGeometry(const SceneGeometry&) = delete;
  SceneGeometry& operator=(const SceneGeometry&) = delete;

  // The nearest solid surface. Where a surface is half transparent, `sampler` decides whether it is there. A camera's
  // ray passes single-sided surfaces from behind, until it has passed a half transparent one.
  bool intersect(const Vec3& origin, const Vec3& direction, bool isFromCamera, Sampler& sampler,
                 SurfacePoint& point) const;
  // Embree alone, for benchmarks: is anything there, solid or not?
  bool intersectBare(Vec3 origin, Vec3 direction) const;
  // The share of light that gets from `origin` to `distance` along `direction`.
  float transmittance(Vec3 origin, Vec3 direction, float distance) const;

  // From now on no ray meets instances of these objects, and all others are there. The BVHs stay as they are, so that
  // it takes no time. Not while anybody traces. True where something that emits came or went.
  // Throws std::runtime_error where this Embree was built without masks.
  bool hide(const std::vector<uint32_t>& objectIds);

  // Triangles whose material emits (unlit ones do not light others), but for those that are hidden.
  std::vector<EmissiveTriangle> emissiveTriangles() const;
  Vec3 emission(const EmissiveTriangle& triangle, float u, float v) const override;
  uint32_t materialOf(uint32_t instanceIndex) const;

  uint64_t triangleCount() const { return triangleCount_; }
  uint64_t sizeBytes() const;

 private:
  struct MeshRecord;
  struct InstanceRecord;
  struct ShadowQuery;

  void addFlat(uint32_t instanceIndex, MeshInput mesh, const InstanceInput& instance);
  void addShared(uint32_t instanceIndex, const MeshRecord& mesh, const InstanceInput& instance);
  std::unique_ptr<MeshRecord> recordOf(MeshInput mesh) const;
  void addNearGeometry();
  RTCGeometry triangleGeometry(const MeshRecord& mesh) const;
  bool intersectBehind(Vec3 direction, bool isFromCamera, Sampler& sampler, SurfacePoint& point) const;
  const InstanceRecord& fill(const RTCHit& hit, SurfacePoint& point) const;
  static void fillMoved(const InstanceRecord& instance, const CornerVertices& corners, float u, float v,
                        SurfacePoint& point);
  static void fillNormal(const InstanceRecord& instance, Float4 normal, SurfacePoint& point);
  static void fillMore(const MeshInput& mesh, Corners corners, float u, float v, MaterialSet::Lookup& lookup);
  static MaterialSet::Lookup lookupAt(const MeshRecord& record, uint32_t primitive, float u, float v);
  static void fillTangent(const InstanceRecord& instance, uint32_t primitive, float u, float v, SurfacePoint& point);
  bool isThere(const InstanceRecord& instance, const Vec3& direction, bool& isFromCamera, Sampler& sampler,
               const SurfacePoint& point) const;
  static void shadowFilter(const RTCFilterFunctionNArguments* arguments);

  std::shared_ptr<const EmbreeDevice> device_;
  const MaterialSet& materials_;
  std::vector<std::unique_ptr<MeshRecord>> meshes_;
  std::vector<InstanceRecord> instances_;
  NearGeometry near_;
  RTCScene top_ = nullptr;
  uint64_t triangleCount_ = 0;
  int64_t bvhBytes_ = 0;
  std::vector<uint32_t> hiddenObjectIds_;  // sorted
};

}  // namespace arras
