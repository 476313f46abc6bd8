// Implementation of material.h: which channel of which texture multiplies what, by the text of glTF 2.0 and its extensions.
#include "material.h"

#include <utility>

namespace arras {
namespace {

constexpr Texel kWhite{1, 1, 1, 1};

float unit(float x) { return x < 0 ? 0.0f : (x > 1 ? 1.0f : x); }

bool has(const TextureUse& use) { return use.texture >= 0; }

bool emits(const Material& material) { return material.unlit || !isBlack(material.emissive); }

}  // namespace

MaterialSet::MaterialSet(std::vector<Texture> textures, std::vector<Material> materials)
    : textures_(std::move(textures)), materials_(std::move(materials)) {
  traits_.reserve(materials_.size());
  for (const Material& material : materials_) traits_.push_back(traitsOf(material));
}

// `isPlain`: no texture enters parameters(), the common case of procedural scenes.
MaterialSet::Traits MaterialSet::traitsOf(const Material& m) const {
  Traits traits{};
  traits.isOpaque = m.alphaMode == AlphaMode::Opaque;
  if (!traits.isOpaque && m.opacity >= 1) {
    traits.isOpaque = true;
    if (has(m.baseColorTexture)) {
      const std::vector<uint8_t>& pixels = textures_[m.baseColorTexture.texture].pixels;
      for (size_t i = 3; i < pixels.size() && traits.isOpaque; i += 4) traits.isOpaque = pixels[i] == 255;
    }
    if (m.alphaMode == AlphaMode::Mask && m.alphaCutoff > 1) traits.isOpaque = false;
  }
  traits.isEmissive = emits(m);
  traits.needsTangent = has(m.normalTexture) || (has(m.clearcoatNormalTexture) && m.clearcoat > 0);
  traits.isPlain = !has(m.baseColorTexture) && !has(m.metallicRoughnessTexture) && !has(m.specularTexture) &&
                   !has(m.specularColorTexture) && !has(m.transmissionTexture) && !has(m.clearcoatTexture) &&
                   !has(m.clearcoatRoughnessTexture) && !has(m.sheenColorTexture) && !has(m.sheenRoughnessTexture);
  for (const TextureUse* use :
       {&m.baseColorTexture, &m.metallicRoughnessTexture, &m.normalTexture, &m.emissiveTexture, &m.specularTexture,
        &m.specularColorTexture, &m.transmissionTexture, &m.clearcoatTexture, &m.clearcoatRoughnessTexture,
        &m.clearcoatNormalTexture, &m.sheenColorTexture, &m.sheenRoughnessTexture}) {
    if (has(*use)) traits.usesTexcoords[use->set & 1] = true;
  }
  return traits;
}

// Of the traits only whether it emits depends on what can be edited.
bool MaterialSet::edit(const std::vector<MaterialEdit>& edits) {
  std::vector<std::pair<uint32_t, Vec3>> formerEmission;
  const auto note = [&](uint32_t index) { formerEmission.emplace_back(index, materials_[index].emissive); };
  for (const auto& [index, original] : originals_) note(index);
  for (const MaterialEdit& edit : edits) note(edit.materialIndex);
  for (const auto& [index, original] : originals_) materials_[index] = original;
  originals_.clear();
  for (const MaterialEdit& edit : edits) {
    Material& material = materials_[edit.materialIndex];
    originals_.emplace_back(edit.materialIndex, material);
    material.baseColor = edit.baseColor, material.emissive = edit.emissive;
    material.roughness = edit.roughness, material.metallic = edit.metallic;
  }
  bool isChanged = false;
  for (const auto& [index, emission] : formerEmission) {
    traits_[index].isEmissive = emits(materials_[index]);
    isChanged = isChanged || !isSame(materials_[index].emissive, emission);
  }
  return isChanged;
}

Texel MaterialSet::texel(const TextureUse& use, const Lookup& lookup) const {
  const Vec2 uv = lookup.uv[use.set & 1];
  const float* m = use.m;
  return textures_[use.texture].sample({m[0] * uv.x + m[1] * uv.y + m[2], m[3] * uv.x + m[4] * uv.y + m[5]});
}

Texel MaterialSet::texelOr(const TextureUse& use, const Lookup& lookup, Texel otherwise) const {
  return has(use) ? texel(use, lookup) : otherwise;
}

Vec3 MaterialSet::baseColor(const Material& m, const Lookup& lookup) const {
  const Vec3 color = m.baseColor * Vec3{lookup.color[0], lookup.color[1], lookup.color[2]};
  return has(m.baseColorTexture) ? color * texel(m.baseColorTexture, lookup).rgb() : color;
}

float MaterialSet::opacity(uint32_t index, const Lookup& lookup) const {
  const Material& m = materials_[index];
  if (m.alphaMode == AlphaMode::Opaque) return 1;
  float alpha = m.opacity * lookup.color[3];
  if (has(m.baseColorTexture)) {
    const TextureUse& use = m.baseColorTexture;
    const Vec2 uv = lookup.uv[use.set & 1];
    alpha *= textures_[use.texture].sampleAlpha(
        {use.m[0] * uv.x + use.m[1] * uv.y + use.m[2], use.m[3] * uv.x + use.m[4] * uv.y + use.m[5]});
  }
  if (m.alphaMode == AlphaMode::Mask) return alpha >= m.alphaCutoff ? 1.0f : 0.0f;
  return unit(alpha);
}

Vec3 MaterialSet::emission(uint32_t index, const Lookup& lookup) const {
  const Material& m = materials_[index];
  if (m.unlit) return baseColor(m, lookup);
  if (isBlack(m.emissive) || !has(m.emissiveTexture)) return m.emissive;
  return m.emissive * texel(m.emissiveTexture, lookup).rgb();
}

// Vertex colours may exceed 1, and a surface that reflects more than it receives never ends: albedos are clamped.
SurfaceParameters MaterialSet::parameters(uint32_t index, const Lookup& lookup) const {
  const Material& m = materials_[index];
  SurfaceParameters p;
  const Vec3 base = baseColor(m, lookup);
  p.baseColor = {unit(base.x), unit(base.y), unit(base.z)};
  p.metallic = m.metallic;
  p.roughness = m.roughness;
  p.ior = m.ior;
  p.specular = m.specular;
  p.specularColor = m.specularColor;
  p.transmission = m.transmission;
  p.clearcoat = m.clearcoat;
  p.clearcoatRoughness = m.clearcoatRoughness;
  p.sheenColor = m.sheenColor;
  p.sheenRoughness = m.sheenRoughness;
  if (traits_[index].isPlain) return p;

  if (has(m.metallicRoughnessTexture)) {
    const Texel t = texel(m.metallicRoughnessTexture, lookup);
    p.roughness *= t.g;
    p.metallic *= t.b;
  }
  if (has(m.specularTexture)) p.specular *= texel(m.specularTexture, lookup).a;
  if (has(m.specularColorTexture)) p.specularColor *= texel(m.specularColorTexture, lookup).rgb();
  if (has(m.transmissionTexture)) p.transmission *= texel(m.transmissionTexture, lookup).r;
  if (m.clearcoat > 0) {
    p.clearcoat *= texelOr(m.clearcoatTexture, lookup, kWhite).r;
    p.clearcoatRoughness *= texelOr(m.clearcoatRoughnessTexture, lookup, kWhite).g;
  }
  if (!isBlack(m.sheenColor)) {
    p.sheenColor *= texelOr(m.sheenColorTexture, lookup, kWhite).rgb();
    p.sheenRoughness *= texelOr(m.sheenRoughnessTexture, lookup, kWhite).a;
  }
  return p;
}

// glTF 2.0 section 3.9.3: xy scaled, then normalised; the bitangent is cross(normal, tangent) · handedness.
Vec3 MaterialSet::mappedNormal(const TextureUse& use, float scale, const Lookup& lookup,
                               const TangentSpace& space) const {
  if (!has(use) || isBlack(space.tangent)) return space.normal;
  const Texel t = texel(use, lookup);
  const float x = (2 * t.r - 1) * scale, y = (2 * t.g - 1) * scale, z = 2 * t.b - 1;
  // Interpolation skews the tangent; Mikktspace keeps it so, but the addition below wants one of unit length.
  const float tangentLength = length(space.tangent);
  if (!(tangentLength > 0)) return space.normal;
  const Vec3 tangent = space.tangent / tangentLength;
  const Vec3 bitangent = cross(space.normal, tangent) * space.handedness;
  const Vec3 normal = tangent * x + bitangent * y + space.normal * z;
  const float normalLength = length(normal);
  return normalLength > 1e-6f ? normal / normalLength : space.normal;
}

Vec3 MaterialSet::shadingNormal(uint32_t index, const Lookup& lookup, const TangentSpace& space) const {
  const Material& m = materials_[index];
  return mappedNormal(m.normalTexture, m.normalScale, lookup, space);
}

Vec3 MaterialSet::clearcoatNormal(uint32_t index, const Lookup& lookup, const TangentSpace& space) const {
  const Material& m = materials_[index];
  return mappedNormal(m.clearcoatNormalTexture, m.clearcoatNormalScale, lookup, space);
}

}  // namespace arras
