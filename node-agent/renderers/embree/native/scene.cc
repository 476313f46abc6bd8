// What a ray finds in the scene.
#include "scene.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "scene_records.h"

namespace arras {
namespace {

// Surfaces that one ray may pass through (cut out, transparent, seen from behind). A ray that meets more is among
// coincident layers that the offset cannot tell apart; the last one then counts as solid.
constexpr int kPassedSurfacesMax = 1024;

// Written in whole registers, as Embree reads it: parts of one would have to reach memory before it can be read.
void startRay(RTCRay& ray, Vec3 origin, Vec3 direction, float distance) {
  constexpr float kNear = 0, kTime = 0;
  store4(&ray.org_x, Float4{origin.x, origin.y, origin.z, kNear});
  store4(&ray.dir_x, Float4{direction.x, direction.y, direction.z, kTime});
  ray.tfar = distance, ray.mask = ~0u, ray.id = 0, ray.flags = 0;
}

bool nearestHit(RTCScene scene, Vec3 origin, Vec3 direction, RTCRayHit& query) {
  startRay(query.ray, origin, direction, std::numeric_limits<float>::infinity());
  query.hit.geomID = RTC_INVALID_GEOMETRY_ID;
  query.hit.instID[0] = RTC_INVALID_GEOMETRY_ID;
  QueryContext context;
  initQueryContext(context);
  intersectRay(scene, context, query);
  return query.hit.geomID != RTC_INVALID_GEOMETRY_ID;
}

// Matrix4::vector() in whole registers, with the same rounding of each lane.
Float4 turned(const Matrix4& matrix, Float4 v) {
  return load4(matrix.m) * v[0] + load4(matrix.m + 4) * v[1] + load4(matrix.m + 8) * v[2];
}

float offsetCoordinate(float position, float normal) {
  constexpr float kOrigin = 1.0f / 32, kFloatScale = 1.0f / 65536, kIntScale = 256;
  if (std::fabs(position) < kOrigin) return position + kFloatScale * normal;
  const int32_t steps = static_cast<int32_t>(kIntScale * normal);
  int32_t bits;
  std::memcpy(&bits, &position, sizeof bits);
  bits += position < 0 ? -steps : steps;
  std::memcpy(&position, &bits, sizeof bits);
  return position;
}

}  // namespace

// Flush-to-zero makes the cross product of a tiny triangle 0; scaled up it has a direction again.
Vec3 geometricNormalOf(Float4 ab, Float4 ac, float winding) {
  const Float4 normal = cross3(ab, ac) * winding;
  const float size = std::sqrt(dot3(normal, normal));
  if (size > 1e-30f) return xyz(normal / size);
  const auto largest = [](Vec3 v) { return maxComponent({std::fabs(v.x), std::fabs(v.y), std::fabs(v.z)}); };
  const Vec3 scaled = cross(xyz(ab) / largest(xyz(ab)), xyz(ac) / largest(xyz(ac))) * winding;
  const float scaledSize = length(scaled);
  return scaledSize > 0 ? scaled / scaledSize : Vec3{0, 0, 1};
}

Vec3 offsetOrigin(Vec3 position, Vec3 normal) {
  return {offsetCoordinate(position.x, normal.x), offsetCoordinate(position.y, normal.y),
          offsetCoordinate(position.z, normal.z)};
}

bool SceneGeometry::intersectBare(Vec3 origin, Vec3 direction) const {
  RTCRayHit query;
  return nearestHit(top_, origin, direction, query);
}

bool SceneGeometry::intersect(const Vec3& origin, const Vec3& direction, bool isFromCamera, Sampler& sampler,
                              SurfacePoint& point) const {
  RTCRayHit query;
  if (!nearestHit(top_, origin, direction, query)) return false;
  const InstanceRecord& instance = fill(query.hit, point);
  if (isThere(instance, direction, isFromCamera, sampler, point)) return true;
  return intersectBehind(direction, isFromCamera, sampler, point);
}

// Goes on behind the surface at `point`. Apart, as few rays pass one: inlined it takes registers from all others.
[[gnu::noinline]] bool SceneGeometry::intersectBehind(Vec3 direction, bool isFromCamera, Sampler& sampler,
                                                      SurfacePoint& point) const {
  for (int passed = 1;; ++passed) {
    const bool towardsFront = dot(point.geometricNormal, direction) > 0;
    const Vec3 origin = offsetOrigin(point.position, towardsFront ? point.geometricNormal : -point.geometricNormal);
    RTCRayHit query;
    if (!nearestHit(top_, origin, direction, query)) return false;
    const InstanceRecord& instance = fill(query.hit, point);
    if (passed == kPassedSurfacesMax || isThere(instance, direction, isFromCamera, sampler, point)) return true;
  }
}

// What the camera sees through a surface it sees as light does, as it would through one that transmits (another path
// vertex): only a hole does not count as one. The three conditions are one branch, as their answers together are
// nearly always the same, and which meshes are single-sided is not.
inline bool SceneGeometry::isThere(const InstanceRecord& instance, const Vec3& direction, bool& isFromCamera,
                                   Sampler& sampler, const SurfacePoint& point) const {
  if (isFromCamera & instance.mesh->isSingleSided & (dot(point.geometricNormal, direction) > 0)) return false;
  if (!instance.mesh->needsOpacity) return true;
  const float opacity = materials_.opacity(point.materialIndex, point.lookup);
  if (opacity > 0) isFromCamera = false;
  return opacity >= 1 || (opacity > 0 && sampler.next1D() < opacity);
}

// Writes all that the point has and returns what was hit. In whole registers: fourth lanes fall on padding, but for the
// tangent's, which is the handedness; both texcoords are one register.
inline const SceneGeometry::InstanceRecord& SceneGeometry::fill(const RTCHit& hit, SurfacePoint& point) const {
  const bool isInstanced = hit.instID[0] != RTC_INVALID_GEOMETRY_ID;
  const uint32_t instanceIndex = isInstanced ? hit.instID[0] : hit.geomID;
  const InstanceRecord& instance = instances_[instanceIndex];
  const MeshRecord& record = *instance.mesh;
  const Triangle& triangle = instance.triangles[hit.primID];
  const NearTriangle* nearby = instance.nearTriangles ? &instance.nearTriangles[hit.primID] : nullptr;
  const float u = hit.u, v = hit.v;
  const CornerVertices corners = nearby ? CornerVertices(*nearby) : CornerVertices(instance.vertices, triangle.corners);
  const Float4 normalAndT = corners.normalAndT(u, v);
  point.materialIndex = record.mesh.materialIndex, point.objectId = instance.objectId;
  point.instanceIndex = instanceIndex, point.primitiveIndex = hit.primID;
  store4(&point.lookup.uv[0].x, Float4{corners.s(u, v), normalAndT[3], 0, 0});
  store4(point.lookup.color, Float4{1, 1, 1, 1});
  store4(&point.space.tangent.x, Float4{0, 0, 0, 1});
  if (instance.isFlat) {
    store4(&point.position.x, corners.at(u, v));
    store4(&point.geometricNormal.x, nearby ? load4(&nearby->normal.x) : load4(&triangle.normal.x));
    fillNormal(instance, normalAndT, point);
  } else {
    // A copy, so that the others' corners stay in registers.
    const CornerVertices own = corners;
    fillMoved(instance, own, u, v, point);
  }
  if (record.hasMore) fillMore(record.mesh, triangle.corners, u, v, point.lookup);
  if (record.hasTangents) fillTangent(instance, hit.primID, u, v, point);
  return instance;
}

inline void SceneGeometry::fillNormal(const InstanceRecord& instance, Float4 normal, SurfacePoint& point) {
  const float square = dot3(normal, normal);
  constexpr float kLargest = std::numeric_limits<float>::max();
  const bool isUsable = instance.mesh->hasNormals && square > 0 && square <= kLargest;
  store4(&point.space.normal.x, isUsable ? normal / std::sqrt(square) : load4(&point.geometricNormal.x));
}

// Apart, as few hits are on such meshes: inlined it takes registers from all others.
[[gnu::noinline]] void SceneGeometry::fillMoved(const InstanceRecord& instance, const CornerVertices& corners, float u,
                                                float v, SurfacePoint& point) {
  const Matrix4& toWorld = instance.objectToWorld;
  const Float4 ab = corners.position[1] - corners.position[0], ac = corners.position[2] - corners.position[0];
  store4(&point.position.x, turned(toWorld, corners.at(u, v)) + load4(toWorld.m + 12));
  point.geometricNormal = geometricNormalOf(turned(toWorld, ab), turned(toWorld, ac), instance.winding);
  fillNormal(instance, turned(instance.normalToWorld, corners.normalAndT(u, v)), point);
}

MaterialSet::Lookup SceneGeometry::lookupAt(const MeshRecord& record, uint32_t primitive, float u, float v) {
  MaterialSet::Lookup lookup;
  const Triangle& triangle = record.triangles[primitive];
  const CornerVertices corners(record.vertices.data(), triangle.corners);
  lookup.uv[0] = {corners.s(u, v), corners.normalAndT(u, v)[3]};
  if (record.hasMore) fillMore(record.mesh, triangle.corners, u, v, lookup);
  return lookup;
}

// Where the mesh has no colours, the lookup's stays as it was: 1.
void SceneGeometry::fillMore(const MeshInput& mesh, Corners corners, float u, float v, MaterialSet::Lookup& lookup) {
  const std::vector<float>& second = mesh.texcoords[1];
  lookup.uv[1] = second.empty() ? Vec2{}
                                : interpolate2(vec2At(second, corners.a), vec2At(second, corners.b),
                                               vec2At(second, corners.c), u, v);
  if (mesh.colors.empty()) return;
  const float *a = &mesh.colors[size_t{4} * corners.a], *b = &mesh.colors[size_t{4} * corners.b],
              *c = &mesh.colors[size_t{4} * corners.c];
  for (int i = 0; i < 4; ++i) lookup.color[i] = a[i] * (1 - u - v) + b[i] * u + c[i] * v;
}

inline void SceneGeometry::fillTangent(const InstanceRecord& instance, uint32_t primitive, float u, float v,
                                       SurfacePoint& point) {
  const float *a, *b, *c;
  if (instance.nearTangents) {
    const auto& near = instance.nearTangents[primitive].corners;
    a = near[0], b = near[1], c = near[2];
  } else {
    const Corners& corners = instance.triangles[primitive].corners;
    const float* tangents = instance.mesh->mesh.tangents.data();
    a = tangents + size_t{4} * corners.a, b = tangents + size_t{4} * corners.b, c = tangents + size_t{4} * corners.c;
  }
  Float4 tangent = load4(a) * (1 - u - v) + load4(b) * u + load4(c) * v;
  if (!instance.isFlat) tangent = turned(instance.objectToWorld, tangent);
  // A mirrored object's bitangent turns round when it is rebuilt from normal and tangent in the world.
  tangent[3] = a[3] * instance.winding;
  store4(&point.space.tangent.x, tangent);
}

// The context of a shadow ray, Embree's part first, so that the filter finds the rest behind it.
struct SceneGeometry::ShadowQuery {
  QueryContext context;
  const SceneGeometry* scene;
  double transmittance;
};

// Called for every surface on a shadow ray's way that light may pass. The product is kept in double: BVHs are
// built the same way everywhere, so its order is too.
void SceneGeometry::shadowFilter(const RTCFilterFunctionNArguments* arguments) {
  ShadowQuery& query = *reinterpret_cast<ShadowQuery*>(arguments->context);
  const SceneGeometry& scene = *query.scene;
  const RTCHit& hit = *reinterpret_cast<const RTCHit*>(arguments->hit);
  const bool isInstanced = hit.instID[0] != RTC_INVALID_GEOMETRY_ID;
  const InstanceRecord& instance = scene.instances_[isInstanced ? hit.instID[0] : hit.geomID];
  const MeshRecord& record = *instance.mesh;
  const MaterialSet::Lookup lookup = lookupAt(record, hit.primID, hit.u, hit.v);
  const float opacity = scene.materials_.opacity(record.mesh.materialIndex, lookup);
  if (opacity >= 1) return;
  query.transmittance *= 1.0 - static_cast<double>(opacity);
  arguments->valid[0] = 0;
}

float SceneGeometry::transmittance(Vec3 origin, Vec3 direction, float distance) const {
  ShadowQuery query;
  initQueryContext(query.context);
  query.scene = this;
  query.transmittance = 1;
  RTCRay ray;
  startRay(ray, origin, direction, distance);
  occludeRay(top_, query.context, ray);
  return ray.tfar < 0 ? 0.0f : static_cast<float>(query.transmittance);
}

// Embree reads a geometry's mask at each hit, so it counts without a commit, which would build the BVH anew.
bool SceneGeometry::hide(const std::vector<uint32_t>& objectIds) {
  std::vector<uint32_t> hidden = objectIds;
  std::sort(hidden.begin(), hidden.end());
  if (hidden == hiddenObjectIds_) return false;
  if (!rtcGetDeviceProperty(device_->handle(), RTC_DEVICE_PROPERTY_RAY_MASK_SUPPORTED)) {
    throw std::runtime_error("this Embree was built without ray masks, so nothing can be hidden");
  }
  hiddenObjectIds_ = std::move(hidden);
  bool isEmissionChanged = false;
  for (uint32_t i = 0; i < instances_.size(); ++i) {
    InstanceRecord& instance = instances_[i];
    const bool isHidden = std::binary_search(hiddenObjectIds_.begin(), hiddenObjectIds_.end(), instance.objectId);
    if (isHidden == instance.isHidden) continue;
    instance.isHidden = isHidden;
    rtcSetGeometryMask(rtcGetGeometry(top_, i), isHidden ? 0u : ~0u);
    isEmissionChanged = isEmissionChanged || materials_.isEmissive(instance.mesh->mesh.materialIndex);
  }
  device_->throwOnError();
  return isEmissionChanged;
}

std::vector<EmissiveTriangle> SceneGeometry::emissiveTriangles() const {
  std::vector<EmissiveTriangle> triangles;
  for (uint32_t i = 0; i < instances_.size(); ++i) {
    const InstanceRecord& instance = instances_[i];
    const uint32_t materialIndex = instance.mesh->mesh.materialIndex;
    const Material& material = materials_.at(materialIndex);
    if (instance.isHidden || material.unlit || !materials_.isEmissive(materialIndex)) continue;
    for (uint32_t primitive = 0; primitive < instance.mesh->triangles.size(); ++primitive) {
      const Corners corners = instance.mesh->triangles[primitive].corners;
      const std::vector<Vertex>& vertices = instance.mesh->vertices;
      Vec3 at[3] = {vertices[corners.a].position, vertices[corners.b].position, vertices[corners.c].position};
      if (!instance.isFlat) {
        for (Vec3& corner : at) corner = instance.objectToWorld.point(corner);
      }
      const bool isMirrored = instance.winding < 0;
      triangles.push_back(
          {at[0], isMirrored ? at[2] : at[1], isMirrored ? at[1] : at[2], i, primitive, material.doubleSided});
    }
  }
  return triangles;
}

uint32_t SceneGeometry::materialOf(uint32_t instanceIndex) const {
  return instances_[instanceIndex].mesh->mesh.materialIndex;
}

Vec3 SceneGeometry::emission(const EmissiveTriangle& triangle, float u, float v) const {
  const InstanceRecord& instance = instances_[triangle.instanceIndex];
  const MeshRecord& record = *instance.mesh;
  if (instance.winding < 0) std::swap(u, v);
  const MaterialSet::Lookup lookup = lookupAt(record, triangle.primitiveIndex, u, v);
  const Vec3 radiance = materials_.emission(record.mesh.materialIndex, lookup);
  // Where a path meets the triangle by chance, it is there with this probability only.
  return record.needsOpacity ? radiance * materials_.opacity(record.mesh.materialIndex, lookup) : radiance;
}

}  // namespace arras
