// The layered surface at one point: clearcoat over sheen over metal, or dielectric over diffuse or thin transmission
// (glTF 2.0 appendix B and the KHR_materials_* extensions). Textures are already looked up; this file knows directions.
#pragma once

#include "burley.h"
#include "vector.h"

namespace arras {

// Below this perceptual roughness (alpha 4e-4) a lobe is a mirror: its width is then a fiftieth of a degree, and floats
// no longer resolve it.
constexpr float kMirrorRoughness = 0.02f;

struct SurfaceParameters {
  Vec3 baseColor{1, 1, 1};
  float metallic = 0;
  float roughness = 1;  // perceptual; microfacet alpha = roughness²
  float ior = 1.5f;
  float specular = 1;
  Vec3 specularColor{1, 1, 1};
  float transmission = 0;  // thin-walled: what enters leaves on the other side unrefracted
  float clearcoat = 0;
  float clearcoatRoughness = 0;
  Vec3 sheenColor{0, 0, 0};
  float sheenRoughness = 0;
};

// All directions are in the world, unit length, and point away from the surface.
struct SurfaceFrames {
  Vec3 geometricNormal;  // on the side of the outgoing direction
  Vec3 smoothNormal;     // interpolated from the vertices, on the same side; only where isMapped
  bool isMapped = false;  // a normal map has moved one of the frames below away from it
  Frame shading;         // normal-mapped; flipped with the geometric normal
  Frame clearcoat;       // the coat's own normal
};

struct SurfaceSample {
  Vec3 direction;
  Vec3 weight;      // f · |cos θ| / density
  float density = 0;  // per solid angle; unused where isDelta
  bool isDelta = false;
  bool isTransmission = false;  // continues on the other side of the geometric surface
};

struct GlossEnergy;

class Surface {
 public:
  Surface(const SurfaceParameters& parameters, const SurfaceFrames& frames, Vec3 outgoing);

  // f(outgoing, incoming) · |cos θ_incoming|, and the density with which sample() gives `incoming`; delta lobes are 0.
  Vec3 evaluate(Vec3 incoming, float& density) const;

  // Picks a lobe by uLobe and a direction by u, all in [0, 1). False: the path ends here (absorbed).
  bool sample(float uLobe, Vec2 u, SurfaceSample& sample) const;

  // True where only delta lobes exist, so that direct light sampling would be wasted.
  bool isDeltaOnly() const;

  // The share of white light that the surface reflects in total: the `albedo` output.
  Vec3 albedo() const;
  // Name of the lobe that uLobe picks, for the sample debugger.
  const char* lobeName(float uLobe) const;

 private:
  enum Lobe { kCoat, kSheen, kSpecular, kDiffuse, kTransmission, kLobeCount };

  // A microfacet lobe whose Fresnel factor is constant + slope · fresnelRise(l·h), what lies above it taken in.
  struct Gloss {
    Vec3 outgoing;  // in the lobe's own frame
    float alpha = 0;
    bool isMirror = false;
    Vec3 constant, slope;
  };

  void addCoat(const SurfaceParameters& parameters, float& remaining);
  void addSheen(const SurfaceParameters& parameters, float& remaining);
  void addBase(const SurfaceParameters& parameters, float remaining);
  void addDielectric(const SurfaceParameters& parameters, const GlossEnergy& energy, Vec3 base, float share);

  int pick(float uLobe) const;
  bool isMirror(int lobe) const;
  Vec3 direction(int lobe, Vec2 u, bool& isAbsorbed) const;
  Vec3 folded(Vec3 direction) const;
  float softened(Vec3 incoming, float cosine) const;
  void reflect(Vec3 incoming, Vec3& value, float& density) const;
  void transmit(Vec3 incoming, Vec3& value, float& density) const;

  SurfaceFrames frames_;
  Gloss coat_, specular_;
  Vec3 diffuse_, lambert_, sheen_, transmission_;  // factors of the lobes' shapes
  Burley burley_;
  float sheenRoughness_ = 0;
  Vec3 albedo_[kLobeCount];         // directional albedo of each lobe
  float probability_[kLobeCount];  // sums to 1, or all 0 where the surface is black
};

}  // namespace arras
