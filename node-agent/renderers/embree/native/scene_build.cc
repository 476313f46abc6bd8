// How the scene's BVHs are built: meshes of one instance go into the top scene in world space (rays then need no
// transform), others get one scene each that their instances share.
#include <cstddef>
#include <stdexcept>

#include "scene_records.h"

namespace arras {
namespace {

bool isFiniteMatrix(const Matrix4& matrix) {
  for (const float element : matrix.m) {
    if (!std::isfinite(element)) return false;
  }
  return true;
}

bool hasAlpha(const std::vector<float>& colors) {
  for (size_t i = 3; i < colors.size(); i += 4) {
    if (colors[i] < 1) return true;
  }
  return false;
}

std::vector<Vertex> verticesOf(const MeshInput& mesh) {
  std::vector<Vertex> vertices(mesh.vertexCount());
  for (size_t i = 0; i < vertices.size(); ++i) {
    const float* p = &mesh.positions[3 * i];
    vertices[i].position = {p[0], p[1], p[2]};
    if (!mesh.normals.empty()) vertices[i].normal = {mesh.normals[3 * i], mesh.normals[3 * i + 1], mesh.normals[3 * i + 2]};
    if (!mesh.texcoords[0].empty()) vertices[i].s = mesh.texcoords[0][2 * i], vertices[i].t = mesh.texcoords[0][2 * i + 1];
  }
  return vertices;
}

std::vector<Triangle> trianglesOf(const std::vector<uint32_t>& indices, const std::vector<Vertex>& vertices) {
  std::vector<Triangle> triangles(indices.size() / 3);
  for (size_t i = 0; i < triangles.size(); ++i) {
    Triangle& triangle = triangles[i];
    triangle.corners = {indices[3 * i], indices[3 * i + 1], indices[3 * i + 2]};
    const CornerVertices corners(vertices.data(), triangle.corners);
    const Float4* at = corners.position;
    triangle.normal = geometricNormalOf(at[1] - at[0], at[2] - at[0], 1);
  }
  return triangles;
}

template <class Value>
size_t sizeOf(const std::vector<Value>& values) {
  return values.capacity() * sizeof(Value);
}

}  // namespace

float determinantOf(const Matrix4& matrix) {
  const float* m = matrix.m;
  return dot({m[0], m[1], m[2]}, cross({m[4], m[5], m[6]}, {m[8], m[9], m[10]}));
}

Matrix4 normalMatrixOf(const Matrix4& matrix) {
  const float* m = matrix.m;
  const Vec3 x{m[0], m[1], m[2]}, y{m[4], m[5], m[6]}, z{m[8], m[9], m[10]};
  // Columns of the cofactor matrix are cross products of the others (Abrash's and Lengyel's rule for normals).
  const float sign = determinantOf(matrix) < 0 ? -1.0f : 1.0f;
  Vec3 cx = cross(y, z), cy = cross(z, x), cz = cross(x, y);
  // Only directions matter; at size 1 the products of tiny scales do not vanish later.
  const auto largest = [](Vec3 v) { return maxComponent({std::fabs(v.x), std::fabs(v.y), std::fabs(v.z)}); };
  const float size = std::max(largest(cx), std::max(largest(cy), largest(cz)));
  const float scale = size > 0 ? sign / size : sign;
  cx *= scale, cy *= scale, cz *= scale;
  return Matrix4{{cx.x, cx.y, cx.z, 0, cy.x, cy.y, cy.z, 0, cz.x, cz.y, cz.z, 0, 0, 0, 0, 1}};
}

void moveToWorld(MeshInput& mesh, const Matrix4& objectToWorld) {
  const float determinant = determinantOf(objectToWorld);
  const Matrix4 normalToWorld = normalMatrixOf(objectToWorld);
  const auto forEach = [](std::vector<float>& values, size_t width, auto change) {
    for (size_t i = 0; i + 2 < values.size(); i += width) {
      const Vec3 moved = change(Vec3{values[i], values[i + 1], values[i + 2]});
      values[i] = moved.x, values[i + 1] = moved.y, values[i + 2] = moved.z;
    }
  };
  forEach(mesh.positions, 3, [&](Vec3 p) { return objectToWorld.point(p); });
  forEach(mesh.tangents, 4, [&](Vec3 t) { return objectToWorld.vector(t); });
  // A flattened mesh has no usable vertex normals (their matrix is 0): its triangles' own take over.
  if (determinant == 0) mesh.normals.clear();
  // Not made unit here: interpolation must give what it gives for a shared mesh, which is turned afterwards.
  forEach(mesh.normals, 3, [&](Vec3 n) { return normalToWorld.vector(n); });
  if (determinant >= 0) return;
  for (size_t i = 0; i + 2 < mesh.indices.size(); i += 3) std::swap(mesh.indices[i + 1], mesh.indices[i + 2]);
  for (size_t i = 3; i < mesh.tangents.size(); i += 4) mesh.tangents[i] = -mesh.tangents[i];
}

SceneGeometry::SceneGeometry(std::shared_ptr<const EmbreeDevice> device, std::vector<MeshInput> meshes,
                             const std::vector<InstanceInput>& instances, const MaterialSet& materials)
    : device_(std::move(device)), materials_(materials) {
  const int64_t bytesBefore = device_->sizeBytes();
  top_ = rtcNewScene(device_->handle());
  // Without it one ray in a million slips through the edge between two triangles of a closed mesh (measured on 10⁵
  // triangles), which is a bright dot where the sun is behind.
  rtcSetSceneFlags(top_, RTC_SCENE_FLAG_ROBUST);
  std::vector<uint32_t> uses(meshes.size(), 0);
  for (const InstanceInput& instance : instances) {
    if (!isFiniteMatrix(instance.objectToWorld)) throw std::runtime_error("an instance's matrix is not finite");
    ++uses[instance.meshIndex];
  }
  std::vector<const MeshRecord*> shared(meshes.size(), nullptr);
  instances_.resize(instances.size());
  for (uint32_t i = 0; i < instances.size(); ++i) {
    const InstanceInput& instance = instances[i];
    const uint32_t meshIndex = instance.meshIndex;
    MeshInput& mesh = meshes[meshIndex];
    triangleCount_ += mesh.triangleCount();
    if (uses[meshIndex] == 1) {
      addFlat(i, std::move(mesh), instance);
    } else if (determinantOf(instance.objectToWorld) == 0) {
      addFlat(i, mesh, instance);
    } else {
      if (!shared[meshIndex]) {
        meshes_.push_back(recordOf(mesh));
        MeshRecord& record = *meshes_.back();
        record.shared = rtcNewScene(device_->handle());
        rtcSetSceneFlags(record.shared, RTC_SCENE_FLAG_ROBUST);
        const RTCGeometry geometry = triangleGeometry(record);
        rtcAttachGeometryByID(record.shared, geometry, 0);
        rtcReleaseGeometry(geometry);
        rtcCommitScene(record.shared);
        shared[meshIndex] = &record;
      }
      addShared(i, *shared[meshIndex], instance);
    }
  }
  addNearGeometry();
  rtcCommitScene(top_);
  device_->throwOnError();
  bvhBytes_ = device_->sizeBytes() - bytesBefore;
}

SceneGeometry::~SceneGeometry() { rtcReleaseScene(top_); }

std::unique_ptr<SceneGeometry::MeshRecord> SceneGeometry::recordOf(MeshInput mesh) const {
  auto record = std::make_unique<MeshRecord>();
  const Material& material = materials_.at(mesh.materialIndex);
  record->needsOpacity = material.alphaMode != AlphaMode::Opaque &&
                         (!materials_.isOpaque(mesh.materialIndex) || hasAlpha(mesh.colors));
  record->isSingleSided = !material.doubleSided;
  record->hasNormals = !mesh.normals.empty();
  record->vertices = verticesOf(mesh);
  record->triangles = trianglesOf(mesh.indices, record->vertices);
  // Freed one by one: assigning an empty vector keeps nothing, clear() would keep the memory.
  mesh.positions = {}, mesh.normals = {}, mesh.texcoords[0] = {}, mesh.indices = {};
  if (!materials_.usesTexcoords(mesh.materialIndex, 1)) mesh.texcoords[1] = {};
  if (!materials_.needsTangent(mesh.materialIndex)) mesh.tangents = {};
  record->hasTangents = record->hasNormals && !mesh.tangents.empty();
  record->hasMore = !mesh.texcoords[1].empty() || !mesh.colors.empty();
  record->mesh = std::move(mesh);
  return record;
}

RTCGeometry SceneGeometry::triangleGeometry(const MeshRecord& record) const {
  const RTCGeometry geometry = rtcNewGeometry(device_->handle(), RTC_GEOMETRY_TYPE_TRIANGLE);
  rtcSetSharedGeometryBuffer(geometry, RTC_BUFFER_TYPE_VERTEX, 0, RTC_FORMAT_FLOAT3, record.vertices.data(), 0,
                             sizeof(Vertex), record.vertices.size());
  rtcSetSharedGeometryBuffer(geometry, RTC_BUFFER_TYPE_INDEX, 0, RTC_FORMAT_UINT3, record.triangles.data(),
                             offsetof(Triangle, corners), sizeof(Triangle), record.triangles.size());
  if (record.needsOpacity) rtcSetGeometryOccludedFilterFunction(geometry, shadowFilter);
  rtcCommitGeometry(geometry);
  return geometry;
}

void SceneGeometry::addFlat(uint32_t instanceIndex, MeshInput mesh, const InstanceInput& instance) {
  moveToWorld(mesh, instance.objectToWorld);
  meshes_.push_back(recordOf(std::move(mesh)));
  instances_[instanceIndex].refersTo(*meshes_.back());
  instances_[instanceIndex].objectId = instance.objectId;
  const RTCGeometry geometry = triangleGeometry(*meshes_.back());
  rtcAttachGeometryByID(top_, geometry, instanceIndex);
  rtcReleaseGeometry(geometry);
}

void SceneGeometry::addShared(uint32_t instanceIndex, const MeshRecord& mesh, const InstanceInput& instance) {
  InstanceRecord& record = instances_[instanceIndex];
  record.refersTo(mesh);
  record.objectId = instance.objectId;
  record.isFlat = false;
  record.objectToWorld = instance.objectToWorld;
  record.normalToWorld = normalMatrixOf(instance.objectToWorld);
  record.winding = determinantOf(instance.objectToWorld) < 0 ? -1.0f : 1.0f;
  const RTCGeometry geometry = rtcNewGeometry(device_->handle(), RTC_GEOMETRY_TYPE_INSTANCE);
  rtcSetGeometryInstancedScene(geometry, mesh.shared);
  rtcSetGeometryTimeStepCount(geometry, 1);
  rtcSetGeometryTransform(geometry, 0, RTC_FORMAT_FLOAT4X4_COLUMN_MAJOR, instance.objectToWorld.m);
  rtcCommitGeometry(geometry);
  rtcAttachGeometryByID(top_, geometry, instanceIndex);
  rtcReleaseGeometry(geometry);
}

void SceneGeometry::addNearGeometry() {
  size_t triangleCount = 0, sizeBytes = 0;
  for (const auto& record : meshes_) {
    triangleCount += record->triangles.size();
    sizeBytes += record->triangles.size() * (sizeof(NearTriangle) + (record->hasTangents ? sizeof(NearTangents) : 0));
  }
  if (triangleCount == 0 || triangleCount > kNearTrianglesMax) return;
  near_ = NearGeometry(sizeBytes + meshes_.size() * alignof(NearTriangle));
  for (const auto& record : meshes_) {
    const std::vector<Triangle>& triangles = record->triangles;
    const float* tangents = record->mesh.tangents.data();
    NearTriangle* near = near_.take<NearTriangle>(triangles.size());
    NearTangents* nearTangents = record->hasTangents ? near_.take<NearTangents>(triangles.size()) : nullptr;
    record->nearTriangles = near, record->nearTangents = nearTangents;
    for (size_t i = 0; i < triangles.size(); ++i) {
      const uint32_t corners[3] = {triangles[i].corners.a, triangles[i].corners.b, triangles[i].corners.c};
      near[i].normal = triangles[i].normal, near[i].padding = 0;
      for (int corner = 0; corner < 3; ++corner) {
        near[i].vertices[corner] = record->vertices[corners[corner]];
        if (!nearTangents) continue;
        store4(nearTangents[i].corners[corner], load4(tangents + size_t{4} * corners[corner]));
      }
    }
  }
  for (InstanceRecord& instance : instances_) {
    instance.nearTriangles = instance.mesh->nearTriangles, instance.nearTangents = instance.mesh->nearTangents;
  }
}

uint64_t SceneGeometry::sizeBytes() const {
  // Approximate where two scenes are built at once: the device counts for all.
  uint64_t bytes = static_cast<uint64_t>(std::max<int64_t>(bvhBytes_, 0));
  bytes += instances_.size() * sizeof(InstanceRecord) + near_.sizeBytes();
  for (const auto& record : meshes_) {
    const MeshInput& mesh = record->mesh;
    bytes += sizeOf(record->vertices) + sizeOf(record->triangles) + sizeOf(mesh.tangents) + sizeOf(mesh.texcoords[1]) +
             sizeOf(mesh.colors);
  }
  return bytes;
}

}  // namespace arras
