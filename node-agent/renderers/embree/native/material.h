// The materials of a scene with their textures: what a surface is made of at a given point (factors × textures × vertex
// colours). How it scatters light is in surface.h.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "surface.h"
#include "texture.h"
#include "vector.h"

namespace arras {

// Which texture, with which uv set, moved how: u' = m0·u + m1·v + m2, v' = m3·u + m4·v + m5.
struct TextureUse {
  int32_t texture = -1;  // −1: none, the factor alone counts
  uint8_t set = 0;       // 0 or 1
  float m[6] = {1, 0, 0, 0, 1, 0};
};

enum class AlphaMode : uint8_t { Opaque, Mask, Blend };

// Field by field `Material` of node-agent/scene/description.ts; units and meanings are there.
struct Material {
  Vec3 baseColor{1, 1, 1};
  TextureUse baseColorTexture;
  float opacity = 1;
  AlphaMode alphaMode = AlphaMode::Opaque;
  float alphaCutoff = 0.5f;  // only for Mask
  float metallic = 1;
  float roughness = 1;
  TextureUse metallicRoughnessTexture;
  TextureUse normalTexture;
  float normalScale = 1;
  Vec3 emissive{0, 0, 0};
  TextureUse emissiveTexture;
  float ior = 1.5f;
  float specular = 1;
  TextureUse specularTexture;
  Vec3 specularColor{1, 1, 1};
  TextureUse specularColorTexture;
  float transmission = 0;
  TextureUse transmissionTexture;
  float clearcoat = 0;
  TextureUse clearcoatTexture;
  float clearcoatRoughness = 0;
  TextureUse clearcoatRoughnessTexture;
  TextureUse clearcoatNormalTexture;
  float clearcoatNormalScale = 1;
  Vec3 sheenColor{0, 0, 0};
  TextureUse sheenColorTexture;
  float sheenRoughness = 0;
  TextureUse sheenRoughnessTexture;
  bool unlit = false;
  bool doubleSided = false;
};

// Tangent space of the triangle's front, in the world, all interpolated from the vertices. Aligned to be written in
// whole registers: handedness follows the tangent in its fourth lane.
struct TangentSpace {
  alignas(16) Vec3 normal;   // unit length
  alignas(16) Vec3 tangent;  // need not be unit; (0, 0, 0): the mesh has none, normal textures then count as flat
  float handedness = 1;      // ±1, glTF TANGENT.w
};
static_assert(sizeof(TangentSpace) == 32, "scene.cc writes it as two registers");

// Factors of one material that replace those it came with.
struct MaterialEdit {
  uint32_t materialIndex = 0;
  Vec3 baseColor, emissive;
  float roughness = 1, metallic = 1;
};

class MaterialSet {
 public:
  // Texture indices of the materials are within `textures` (the scene reader checked them).
  MaterialSet(std::vector<Texture> textures, std::vector<Material> materials);

  struct Lookup {
    // Interpolated texcoords of both sets: (0, 0) where the mesh has none; of the second also where no texture uses it.
    Vec2 uv[2];
    float color[4] = {1, 1, 1, 1};  // interpolated vertex colour, linear
  };

  // From now on these differ from what they were at first, and no others. Not while anybody reads. True where some
  // material emits otherwise than before.
  bool edit(const std::vector<MaterialEdit>& edits);

  uint32_t count() const { return static_cast<uint32_t>(materials_.size()); }
  const Material& at(uint32_t index) const { return materials_[index]; }

  // True where opacity() is 1 at every point of every mesh whose vertex alpha is 1 throughout: rays need not ask.
  bool isOpaque(uint32_t index) const { return traits_[index].isOpaque; }
  // True where emission() may be other than black (unlit ones included).
  bool isEmissive(uint32_t index) const { return traits_[index].isEmissive; }
  // True where shadingNormal() or clearcoatNormal() depend on the tangent.
  bool needsTangent(uint32_t index) const { return traits_[index].needsTangent; }

  // True where a texture is looked up with texcoords of this set, 0 or 1.
  bool usesTexcoords(uint32_t index, int set) const { return traits_[index].usesTexcoords[set]; }

  // 0: nothing is there, 1: solid. Opaque materials give 1, masked ones 0 or 1.
  float opacity(uint32_t index, const Lookup& lookup) const;
  // Radiance; of an unlit material its base colour.
  Vec3 emission(uint32_t index, const Lookup& lookup) const;
  SurfaceParameters parameters(uint32_t index, const Lookup& lookup) const;

  // Unit normals in the world on the triangle's front side; who looks at the back turns them round.
  Vec3 shadingNormal(uint32_t index, const Lookup& lookup, const TangentSpace& space) const;
  // The coat's own normal texture; without one the coat follows the interpolated normal, not the base's texture
  // (KHR_materials_clearcoat).
  Vec3 clearcoatNormal(uint32_t index, const Lookup& lookup, const TangentSpace& space) const;

 private:
  struct Traits {
    bool isOpaque, isEmissive, needsTangent, isPlain, usesTexcoords[2];
  };

  Texel texel(const TextureUse& use, const Lookup& lookup) const;
  Texel texelOr(const TextureUse& use, const Lookup& lookup, Texel otherwise) const;
  Vec3 mappedNormal(const TextureUse& use, float scale, const Lookup& lookup, const TangentSpace& space) const;
  Vec3 baseColor(const Material& material, const Lookup& lookup) const;
  Traits traitsOf(const Material& material) const;

  std::vector<Texture> textures_;
  std::vector<Material> materials_;
  std::vector<Traits> traits_;
  // Of those that are edited: as they were at first.
  std::vector<std::pair<uint32_t, Material>> originals_;
};

}  // namespace arras
