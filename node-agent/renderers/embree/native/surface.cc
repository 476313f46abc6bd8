// How the layers share the light: each lobe's directional albedo for this outgoing direction is known (energy_table.h),
// a layer passes on what it does not reflect, and what single-scattering GGX loses is put back. A white surface of any
// roughness therefore reflects exactly what it receives. The price is reciprocity: layers are weighted by the outgoing
// direction alone. A path tracer that only follows paths from the camera does not need it.
//
// Where this differs from Cycles 3.4's Principled BSDF, which the pictures are compared with:
// - Base colour is read as it reads it, as the reflectance of the diffuse layer with its interface: the specular
//   reflection is added, and diffuse light is reduced only where both together would exceed 1. (glTF's own formula
//   multiplies with 1 − F throughout, about 5 % darker; a white base comes out the same.) Of its Fresnel curve see ggx.h.
// - Where its diffuse layer (Burley's, which is ours too) would give back more than it gets, ours does not.
// - Light that facets send to each other is lost in its GGX, and takes a random walk in its multi-scatter GGX. Here it
//   leaves as from a Lambert surface; its amount and colour are those of Kulla and Conty, "Revisiting Physically Based
//   Shading at Imageworks", SIGGRAPH 2017 course, with the factor that Hill added ("A Multi-Faceted Exploration", part 4,
//   2018).
#include "surface.h"

#include "charlie_lobe.h"
#include "energy_table.h"
#include "exact_math.h"
#include "ggx.h"

namespace arras {
namespace {

// A view along the surface still gets an answer: cosines below this count as this.
constexpr float kCosMin = 1e-4f;

const char* const kLobeNames[] = {"clearcoat", "sheen", "specular", "diffuse", "transmission"};

float unit(float x) { return x > 0 ? (x < 1 ? x : 1.0f) : 0.0f; }
Vec3 unit(Vec3 v) { return {unit(v.x), unit(v.y), unit(v.z)}; }
Vec3 minimum(Vec3 a, Vec3 b) { return {std::min(a.x, b.x), std::min(a.y, b.y), std::min(a.z, b.z)}; }
Vec3 maximum(Vec3 a, float b) { return {std::max(a.x, b), std::max(a.y, b), std::max(a.z, b)}; }
float mean(Vec3 v) { return (v.x + v.y + v.z) * (1 / 3.0f); }

constexpr Vec3 kOne{1, 1, 1};

// Shirley and Chiu's concentric map, which keeps strata of the square together on the disk.
Vec3 sampleCosine(Vec2 u) {
  const float x = 2 * u.x - 1, y = 2 * u.y - 1;
  if (x == 0 && y == 0) return {0, 0, 1};
  const bool isWide = std::fabs(x) > std::fabs(y);
  const float radius = isWide ? x : y;
  float s, c;
  exactSinCos((kPi / 4) * (isWide ? y / x : x / y), s, c);
  const float dx = radius * (isWide ? c : s), dy = radius * (isWide ? s : c);
  return {dx, dy, std::sqrt(std::max(1 - dx * dx - dy * dy, 0.0f))};
}

Vec3 sampleUniform(Vec2 u) {
  const float z = 1 - u.y, radius = std::sqrt(std::max(1 - z * z, 0.0f));
  float s, c;
  exactSinCos(2 * kPi * u.x, s, c);
  return {radius * c, radius * s, z};
}

Vec3 localOutgoing(const Frame& frame, Vec3 outgoing) {
  Vec3 local = frame.toLocal(outgoing);
  local.z = std::max(local.z, kCosMin);
  return local;
}

}  // namespace

// What GGX does with the light of one outgoing direction.
struct GlossEnergy {
  GgxEnergy single;
  float mean;

  GlossEnergy(float cosine, float roughness, bool isMirror) {
    if (isMirror) {
      single = {1, fresnelRise(std::min(cosine, 1.0f))};
      mean = 1;
    } else {
      single = ggxEnergy(cosine, roughness);
      mean = ggxMeanAlbedo(roughness);
    }
  }

  // What leaves after two and more facets of this colour: mean · average² · (1 + average (1 − mean) + …). The slides have
  // `average` once, which would make dark surfaces ten times too bright here: light that met one facet is in `single`.
  float multiple(float f0, float f90) const {
    const float average = f0 + (f90 - f0) * kFresnelRiseMean;
    return (1 - single.albedo) * average * average * mean / (1 - average * (1 - mean));
  }
  Vec3 multiple(Vec3 f0, float f90) const {
    const float x = multiple(f0.x, f90);
    if (f0.x == f0.y && f0.x == f0.z) return {x, x, x};
    return {x, multiple(f0.y, f90), multiple(f0.z, f90)};
  }
  Vec3 albedo(Vec3 constant, Vec3 slope) const { return (constant + slope * single.rise) * single.albedo; }
};

Surface::Surface(const SurfaceParameters& parameters, const SurfaceFrames& frames, Vec3 outgoing) : frames_(frames) {
  specular_.outgoing = localOutgoing(frames.shading, outgoing);
  float remaining = 1;
  if (parameters.clearcoat > 0) {
    coat_.outgoing = localOutgoing(frames.clearcoat, outgoing);
    addCoat(parameters, remaining);
  }
  if (!isBlack(parameters.sheenColor)) addSheen(parameters, remaining);
  addBase(parameters, remaining);

  float sum = 0;
  for (int lobe = 0; lobe < kLobeCount; ++lobe) sum += probability_[lobe] = mean(albedo_[lobe]);
  const float share = sum > 0 ? 1 / sum : 0;
  for (float& probability : probability_) probability *= share;
}

// KHR_materials_clearcoat: a dielectric of index 1.5, F0 = 0.04.
void Surface::addCoat(const SurfaceParameters& parameters, float& remaining) {
  constexpr float kF0 = 0.04f;
  const float roughness = unit(parameters.clearcoatRoughness);
  coat_.alpha = roughness * roughness;
  coat_.isMirror = roughness < kMirrorRoughness;
  const GlossEnergy energy(coat_.outgoing.z, roughness, coat_.isMirror);
  // No Lambert lobe of its own: the coat's multiple scattering is below 3 % and takes the shape of the single one.
  const float single = energy.albedo(kOne * kF0, kOne * (1 - kF0)).x;
  const float strength = unit(parameters.clearcoat) * (1 + energy.multiple(kF0, 1) / single);
  coat_.constant = kOne * (strength * kF0);
  coat_.slope = kOne * (strength * (1 - kF0));
  albedo_[kCoat] = unit(energy.albedo(coat_.constant, coat_.slope));
  remaining *= 1 - albedo_[kCoat].x;
}

// KHR_materials_sheen with albedo scaling. Narrow Charlie lobes reflect more than they receive along the horizon; there
// they are scaled down to 1.
void Surface::addSheen(const SurfaceParameters& parameters, float& remaining) {
  sheenRoughness_ = unit(parameters.sheenRoughness);
  const float albedo = sheenAlbedo(specular_.outgoing.z, sheenRoughness_);
  const Vec3 color = unit(parameters.sheenColor) * (1 / std::max(albedo, 1.0f));
  sheen_ = color * remaining;
  albedo_[kSheen] = sheen_ * albedo;
  remaining *= 1 - maxComponent(color) * albedo;
}

void Surface::addBase(const SurfaceParameters& parameters, float remaining) {
  const Vec3 base = unit(parameters.baseColor);
  const float metallic = unit(parameters.metallic), roughness = unit(parameters.roughness);
  specular_.alpha = roughness * roughness;
  specular_.isMirror = roughness < kMirrorRoughness;
  // Lambert alone is common enough (and every lobe below then black) to save the tables.
  if (metallic == 0 && parameters.specular <= 0 && parameters.transmission <= 0) {
    albedo_[kDiffuse] = base * remaining;
    diffuse_ = albedo_[kDiffuse] * kInvPi;
    return;
  }
  const GlossEnergy energy(specular_.outgoing.z, roughness, specular_.isMirror);
  if (metallic < 1) addDielectric(parameters, energy, base, remaining * (1 - metallic));
  if (metallic > 0) {
    const float metal = remaining * metallic;
    const Vec3 multiple = energy.multiple(base, 1) * metal;
    specular_.constant += base * metal;
    specular_.slope += (kOne - base) * metal;
    albedo_[kDiffuse] += multiple;
    lambert_ += multiple * kInvPi;
  }
  albedo_[kSpecular] = energy.albedo(specular_.constant, specular_.slope);
}

void Surface::addDielectric(const SurfaceParameters& parameters, const GlossEnergy& energy, Vec3 base, float share) {
  const float transmission = unit(parameters.transmission), specular = unit(parameters.specular);
  // KHR_materials_ior and KHR_materials_specular; an ior of 0 stands for infinity.
  const float reflection = parameters.ior == 0 ? 1 : (parameters.ior - 1) / (parameters.ior + 1);
  const Vec3 f0 = unit(parameters.specularColor * (reflection * reflection)) * specular;
  const Vec3 slope = kOne * specular - f0, multiple = energy.multiple(f0, specular);
  const Vec3 passed = kOne - unit(energy.albedo(f0, slope) + multiple);
  specular_.constant = f0 * share;
  specular_.slope = slope * share;

  burley_ = Burley(specular_.outgoing.z, unit(parameters.roughness), specular);
  const float strength = burley_.albedo();
  const Vec3 diffuse = minimum(base * maximum(passed, strength), passed) * (share * (1 - transmission));
  const Vec3 scattered = multiple * share;
  albedo_[kDiffuse] = diffuse + scattered;
  diffuse_ = diffuse * (kInvPi / strength);
  lambert_ = scattered * kInvPi;
  if (transmission == 0) return;
  // Thin-walled: one mirrored lobe through both sides, tinted once (KHR_materials_transmission); what the specular
  // layer takes is taken from all channels alike, so that a coloured reflection leaves no complementary stain.
  const float least = std::min(passed.x, std::min(passed.y, passed.z));
  albedo_[kTransmission] = base * (share * transmission * least);
  transmission_ = albedo_[kTransmission] / energy.single.albedo;
}

// Directions are mirrored at the plane of the triangle when they would pass through it although the lobe reflects (or
// stay although it transmits): what interpolated normals send into the surface comes out again, so that no energy is
// lost at the silhouettes of tessellated spheres. Under a normal map such light is lost, as between the real bumps that
// the map stands for, and as other renderers have it: mirrored too, it made crevices visibly too bright.
Vec3 Surface::folded(Vec3 direction) const {
  return direction - frames_.geometricNormal * (2 * dot(frames_.geometricNormal, direction));
}

// Where a normal map turns a surface towards light that comes along it, diffuse light would end at a hard edge. Chiang,
// Li and Burley, "Taming the Shadow Terminator", SIGGRAPH 2019 talks.
float Surface::softened(Vec3 incoming, float cosine) const {
  if (!frames_.isMapped) return 1;
  const float g = dot(frames_.smoothNormal, incoming) / (cosine * dot(frames_.smoothNormal, frames_.shading.normal));
  if (!(g > 0)) return 0;
  return g < 1 ? g * (1 + g * (1 - g)) : 1.0f;
}

Vec3 Surface::evaluate(Vec3 incoming, float& density) const {
  Vec3 value;
  density = 0;
  const float side = dot(incoming, frames_.geometricNormal);
  if (side > 0) {
    reflect(incoming, value, density);
    if (!frames_.isMapped) reflect(folded(incoming), value, density);
  } else if (side < 0 && probability_[kTransmission] > 0 && !specular_.isMirror) {
    transmit(incoming, value, density);
    if (!frames_.isMapped) transmit(folded(incoming), value, density);
  }
  return value;
}

// Adds the lobes of the outer side, without looking at the triangle's plane.
void Surface::reflect(Vec3 incoming, Vec3& value, float& density) const {
  if (probability_[kCoat] > 0 && !coat_.isMirror) {
    const GgxTerms terms = ggxTerms(coat_.outgoing, frames_.clearcoat.toLocal(incoming), coat_.alpha);
    value += (coat_.constant + coat_.slope * terms.rise) * terms.value;
    density += probability_[kCoat] * terms.density;
  }
  const float cosine = dot(incoming, frames_.shading.normal);
  if (cosine <= 0) return;
  const Vec3 local = frames_.shading.toLocal(incoming);
  if (probability_[kDiffuse] > 0) {
    const float shape = softened(incoming, cosine) * burley_.shape(cosine, dot(specular_.outgoing, local));
    value += (lambert_ + diffuse_ * shape) * cosine;
    density += probability_[kDiffuse] * (cosine * kInvPi);
  }
  if (probability_[kSpecular] > 0 && !specular_.isMirror) {
    const GgxTerms terms = ggxTerms(specular_.outgoing, local, specular_.alpha);
    value += (specular_.constant + specular_.slope * terms.rise) * terms.value;
    density += probability_[kSpecular] * terms.density;
  }
  if (probability_[kSheen] > 0) {
    const CharlieLobe charlie(sheenRoughness_);
    const Vec3 v = specular_.outgoing + local;
    const double shape = charlie.distribution(v.z * v.z / dot(v, v)) *
                         charlie.visibility(specular_.outgoing.z, std::max(local.z, kCosMin));
    value += sheen_ * (softened(incoming, cosine) * static_cast<float>(shape) * cosine);
    density += probability_[kSheen] * (0.5f * kInvPi);
  }
}

void Surface::transmit(Vec3 incoming, Vec3& value, float& density) const {
  Vec3 local = frames_.shading.toLocal(incoming);
  local.z = -local.z;
  const GgxTerms terms = ggxTerms(specular_.outgoing, local, specular_.alpha);
  value += transmission_ * terms.value;
  density += probability_[kTransmission] * terms.density;
}

int Surface::pick(float uLobe) const {
  int last = -1;
  for (int lobe = 0; lobe < kLobeCount; ++lobe) {
    if (probability_[lobe] <= 0) continue;
    last = lobe;
    if (uLobe < probability_[lobe]) break;
    uLobe -= probability_[lobe];
  }
  return last;
}

bool Surface::isMirror(int lobe) const {
  if (lobe == kCoat) return coat_.isMirror;
  return (lobe == kSpecular || lobe == kTransmission) && specular_.isMirror;
}

// In the world, not yet folded.
Vec3 Surface::direction(int lobe, Vec2 u, bool& isAbsorbed) const {
  const Frame& frame = lobe == kCoat ? frames_.clearcoat : frames_.shading;
  const Gloss& gloss = lobe == kCoat ? coat_ : specular_;
  Vec3 local;
  if (lobe == kDiffuse) {
    local = sampleCosine(u);
  } else if (lobe == kSheen) {
    local = sampleUniform(u);
  } else if (gloss.isMirror) {
    local = {-gloss.outgoing.x, -gloss.outgoing.y, gloss.outgoing.z};
  } else {
    local = sampleGgx(gloss.outgoing, gloss.alpha, u);
  }
  isAbsorbed = local.z <= 0;
  if (lobe == kTransmission) local.z = -local.z;
  return normalize(frame.toWorld(local));
}

bool Surface::sample(float uLobe, Vec2 u, SurfaceSample& sample) const {
  const int lobe = pick(uLobe);
  if (lobe < 0) return false;
  bool isAbsorbed;
  Vec3 incoming = direction(lobe, u, isAbsorbed);
  if (isAbsorbed) return false;
  sample.isTransmission = lobe == kTransmission;
  const float side = dot(incoming, frames_.geometricNormal);
  if (sample.isTransmission ? side > 0 : side < 0) {
    if (frames_.isMapped) return false;
    incoming = folded(incoming);
  }
  sample.direction = incoming;
  sample.isDelta = isMirror(lobe);
  if (sample.isDelta) {
    sample.density = 0;
    sample.weight = albedo_[lobe] / probability_[lobe];
    return true;
  }
  const Vec3 value = evaluate(incoming, sample.density);
  if (!(sample.density > 0)) return false;
  sample.weight = value / sample.density;
  return true;
}

bool Surface::isDeltaOnly() const {
  for (int lobe = 0; lobe < kLobeCount; ++lobe) {
    if (probability_[lobe] > 0 && !isMirror(lobe)) return false;
  }
  return true;
}

Vec3 Surface::albedo() const {
  Vec3 sum;
  for (const Vec3& albedo : albedo_) sum += albedo;
  return unit(sum);
}

const char* Surface::lobeName(float uLobe) const {
  const int lobe = pick(uLobe);
  return lobe < 0 ? "none" : kLobeNames[lobe];
}

}  // namespace arras
