// Run by the build: fills the tables of energy_tables.h by fixed quadrature and writes them as C++, so the same bits on
// every machine. Usage: energy_tables FILE
#include <cstdio>
#include <memory>
#include <vector>

#include "../charlie_lobe.h"
#include "../energy_tables.h"
#include "../exact_math.h"
#include "../ggx.h"

namespace arras {
namespace {

constexpr int kRadialNodes = 10, kAzimuthNodes = 24, kScanSteps = 48;

struct Nodes {
  std::vector<double> x, weight;  // on [0, 1]
};

// Gauss–Legendre by Newton's iteration on the three-term recurrence.
Nodes gaussLegendre(int count) {
  Nodes nodes;
  for (int i = 0; i < count; ++i) {
    double s, x, slope = 1;
    exact::sinCos(exact::kPi64 * (i + 0.75) / (count + 0.5), s, x);
    for (int k = 0; k < 8; ++k) {
      double before = 1, p = x;
      for (int n = 2; n <= count; ++n) {
        const double next = ((2 * n - 1) * x * p - (n - 1) * before) / n;
        before = p;
        p = next;
      }
      slope = count * (x * p - before) / (x * x - 1);
      x -= p / slope;
    }
    nodes.x.push_back(0.5 * (x + 1));
    nodes.weight.push_back(1 / ((1 - x * x) * slope * slope));
  }
  return nodes;
}

// The reflected direction and the half vector for a point (z, azimuth) of the visible cap: Dupuy and Benyoub,
// "Sampling Visible GGX Normals with Spherical Caps", HPG 2023. All points of the cap are equally probable.
struct Cap {
  double cosine, sine, alpha, x, z;

  Cap(double cosineOut, double alpha_) : cosine(cosineOut), alpha(alpha_) {
    sine = std::sqrt(std::max(0.0, 1 - cosine * cosine));
    const double norm = std::sqrt(sine * sine * alpha * alpha + cosine * cosine);
    x = sine * alpha / norm;
    z = cosine / norm;
  }
  void reflect(double capZ, double cosAzimuth, double sinAzimuth, double& cosIn, double& cosHalf) const {
    const double radius = std::sqrt(std::max(0.0, 1 - capZ * capZ));
    const double hx = (radius * cosAzimuth + x) * alpha, hy = radius * sinAzimuth * alpha, hz = capZ + z;
    const double square = hx * hx + hy * hy + hz * hz;
    const double along = sine * hx + cosine * hz;
    cosIn = square > 0 ? 2 * along * hz / square - cosine : -1;
    cosHalf = square > 0 ? along / std::sqrt(square) : 0;
  }
};

struct Sum {
  double albedo = 0, rise = 0;
};

struct Quadrature {
  Nodes radial = gaussLegendre(kRadialNodes), azimuth = gaussLegendre(kAzimuthNodes);

  // Σ masking over [low, high] of capZ, where every direction is above the horizon and `low` lies on the horizon: there
  // the masking rises like a root over a width of alpha, hence the cubed abscissae.
  Sum run(const Cap& cap, double low, double high, double c, double s) const {
    Sum sum;
    const double slopeOut = std::sqrt(cap.cosine * cap.cosine + cap.alpha * cap.alpha * cap.sine * cap.sine);
    for (int i = 0; i < kRadialNodes; ++i) {
      const double t = radial.x[i];
      double cosIn, cosHalf;
      cap.reflect(low + (high - low) * t * t * t, c, s, cosIn, cosHalf);
      if (cosIn <= 0) continue;
      const double slopeIn = std::sqrt(cosIn * cosIn + cap.alpha * cap.alpha * (1 - cosIn * cosIn));
      const double masking = cosIn * (slopeOut + cap.cosine) / (slopeOut * cosIn + slopeIn * cap.cosine);
      const double weight = masking * radial.weight[i] * 3 * t * t * (high - low);
      sum.albedo += weight;
      sum.rise += weight * fresnelRise(std::min(cosHalf, 1.0));
    }
    return sum;
  }

  // Grazing views of nearly smooth surfaces reflect below the horizon on up to two bands of the cap, so every change of
  // sign is looked for.
  Sum line(const Cap& cap, double c, double s) const {
    Sum sum;
    double low = -cap.z, cosIn, cosHalf;
    bool isAbove = false;
    for (int k = 0; k <= kScanSteps; ++k) {
      const double z = k == kScanSteps ? 1 : -cap.z + (1 + cap.z) * k / kScanSteps;
      cap.reflect(z, c, s, cosIn, cosHalf);
      if (k > 0 && (cosIn > 0) != isAbove) {
        double below = z - (1 + cap.z) / kScanSteps, above = z;
        for (int i = 0; i < 16; ++i) {
          const double middle = 0.5 * (below + above);
          cap.reflect(middle, c, s, cosIn, cosHalf);
          ((cosIn > 0) == isAbove ? below : above) = middle;
        }
        if (isAbove) add(sum, run(cap, above, low, c, s), -1);
        low = above;
        isAbove = !isAbove;
      }
    }
    if (isAbove) add(sum, run(cap, low, 1, c, s), 1);
    return sum;
  }

  Sum ggx(double cosine, double alpha) const {
    const Cap cap(cosine, alpha);
    Sum sum;
    for (int i = 0; i < kAzimuthNodes; ++i) {
      const double t = azimuth.x[i];
      double s, c;
      exact::sinCos(exact::kPi64 * (1 - t * t), s, c);
      add(sum, line(cap, c, s), 2 * t * azimuth.weight[i] / (1 + cap.z));
    }
    return sum;
  }

  static void add(Sum& sum, Sum part, double factor) {
    sum.albedo += part.albedo * factor;
    sum.rise += part.rise * factor;
  }
};

using Coarse = double[kCoarse][kCoarse];

// Catmull–Rom in both directions; beyond the ends the values go on in a straight line.
Table refined(const Coarse& coarse) {
  Table table;
  const auto along = [](double a, double b, double c, double d, double t) {
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
  };
  const auto row = [&](int y, int x, double t) {
    const double b = coarse[y][x], c = coarse[y][x + 1];
    const double a = x > 0 ? coarse[y][x - 1] : 2 * b - c, d = x + 2 < kCoarse ? coarse[y][x + 2] : 2 * c - b;
    return along(a, b, c, d, t);
  };
  for (int j = 0; j < kFine; ++j) {
    for (int i = 0; i < kFine; ++i) {
      const int x = std::min(i / kRefinement, kCoarse - 2), y = std::min(j / kRefinement, kCoarse - 2);
      const double tx = static_cast<double>(i) / kRefinement - x, ty = static_cast<double>(j) / kRefinement - y;
      const double b = row(y, x, tx), c = row(y + 1, x, tx);
      const double a = y > 0 ? row(y - 1, x, tx) : 2 * b - c, d = y + 2 < kCoarse ? row(y + 2, x, tx) : 2 * c - b;
      table.cell[j][i] = static_cast<float>(std::max(along(a, b, c, d, ty), 0.0));
    }
  }
  return table;
}

double alphaOf(double roughness) { return std::max(roughness * roughness, kAlphaMin); }

void fillGgx(EnergyTables& tables) {
  const Quadrature quadrature;
  Coarse first, second;
  for (int row = 0; row < kCoarse; ++row) {
    const double alpha = alphaOf(row / (kCoarse - 1.0));
    for (int column = 0; column < kCoarse; ++column) {
      const double x = std::max(column / (kCoarse - 1.0), 1e-3), square = x * x;
      first[row][column] = quadrature.ggx(std::min(square * alpha / (1 + alpha - square), 1.0), alpha).albedo;
      const Sum sum = quadrature.ggx(square, alpha);
      second[row][column] = sum.rise / sum.albedo;
    }
  }
  tables.albedo = refined(first);
  tables.rise = refined(second);
}

float meanAlbedo(const EnergyTables& tables, float roughness) {
  constexpr int count = 256;
  double sum = 0;
  for (int i = 0; i < count; ++i) {
    const double root = (i + 0.5) / count;
    sum += 4 * root * root * root * tables.at(static_cast<float>(root * root), roughness).albedo / count;
  }
  return static_cast<float>(sum);
}

// Over the incoming hemisphere, cosines squared because sheen lives along the horizon.
double sheenIntegral(const CharlieLobe& lobe, const Nodes& polar, const Nodes& around, double cosine) {
  const double sine = std::sqrt(1 - cosine * cosine);
  double sum = 0;
  for (size_t j = 0; j < polar.x.size(); ++j) {
    const double cosIn = polar.x[j] * polar.x[j], sinIn = std::sqrt(1 - cosIn * cosIn);
    double ring = 0;
    for (size_t i = 0; i < around.x.size(); ++i) {
      // Squared towards the viewer's side, where grazing half vectors make the lobe narrow.
      double s, c;
      const double t = around.x[i];
      exact::sinCos(exact::kPi64 * t * t, s, c);
      const double x = sine + sinIn * c, y = sinIn * s, z = cosine + cosIn;
      ring += lobe.distribution(z * z / (x * x + y * y + z * z)) * 2 * t * around.weight[i];
    }
    sum += ring * lobe.visibility(cosine, cosIn) * cosIn * 2 * polar.x[j] * polar.weight[j] * 2 * exact::kPi64;
  }
  return sum;
}

void fillSheen(EnergyTables& tables) {
  const Nodes polar = gaussLegendre(20), around = gaussLegendre(16);
  Coarse coarse;
  for (int row = 0; row < kCoarse; ++row) {
    const CharlieLobe lobe(kSheenRoughnessMin + (1 - kSheenRoughnessMin) * row / (kCoarse - 1));
    for (int column = 0; column < kCoarse; ++column) {
      const double root = std::max(column / (kCoarse - 1.0), 1e-3);
      coarse[row][column] = sheenIntegral(lobe, polar, around, root * root);
    }
  }
  tables.sheen = refined(coarse);
}

// Hexadecimal, as no digit is lost then.
void write(std::FILE* file, const float* values, int count) {
  std::fputs("{", file);
  for (int i = 0; i < count; ++i) std::fprintf(file, "%af,%s", static_cast<double>(values[i]), i % 8 == 7 ? "\n" : "");
  std::fputs("}", file);
}

void write(std::FILE* file, const Table& table) {
  std::fputs("{{", file);
  for (const auto& row : table.cell) {
    write(file, row, kFine);
    std::fputs(",\n", file);
  }
  std::fputs("}},\n", file);
}

}  // namespace
}  // namespace arras

int main(int count, char** arguments) {
  using namespace arras;
  std::FILE* file = count == 2 ? std::fopen(arguments[1], "w") : nullptr;
  if (file == nullptr) return 1;
  const auto tables = std::make_unique<EnergyTables>();
  fillGgx(*tables);
  fillSheen(*tables);
  for (int row = 0; row < kFine; ++row) tables->mean[row] = meanAlbedo(*tables, static_cast<float>(row) / (kFine - 1));
  std::fputs("{", file);
  write(file, tables->albedo);
  write(file, tables->rise);
  write(file, tables->sheen);
  write(file, tables->mean, kFine);
  std::fputs("}", file);
  return std::fclose(file) == 0 ? 0 : 1;
}
