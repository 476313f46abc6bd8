#include "ray_bench.h"

#include <time.h>

#include <algorithm>

#include "exact_math.h"

namespace arras {
namespace {

// Of this thread alone: what else the machine does is not counted.
double secondsNow() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// The two loops take turns after so many rays, so that both meet the same machine.
constexpr size_t kTurn = 4096;

std::vector<Ray> cameraRays(const CameraModel& camera, uint32_t widthPx, uint32_t heightPx) {
  std::vector<Ray> rays;
  rays.reserve(size_t{widthPx} * heightPx);
  for (uint32_t y = 0; y < heightPx; ++y) {
    for (uint32_t x = 0; x < widthPx; ++x) {
      rays.push_back(camera.generate(static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f, {0.5f, 0.5f}));
    }
  }
  return rays;
}

std::vector<Ray> diffuseRays(const SceneGeometry& scene, const std::vector<Ray>& primary) {
  std::vector<Ray> rays;
  SurfacePoint point;
  for (uint32_t i = 0; i < primary.size(); ++i) {
    Sampler sampler(0, i, 0, 0);
    if (!scene.intersect(primary[i].origin, primary[i].direction, true, sampler, point)) continue;
    const Vec3 front = point.geometricNormal;
    const Vec3 normal = dot(front, primary[i].direction) < 0 ? front : -front;
    const Vec2 u = sampler.next2D();
    float s, c;
    exactSinCos(2 * kPi * u.y, s, c);
    const float radius = std::sqrt(u.x);
    const Vec3 local{radius * c, radius * s, std::sqrt(1 - u.x)};
    rays.push_back({offsetOrigin(point.position, normal), Frame::fromNormal(normal).toWorld(local)});
  }
  return rays;
}

}  // namespace

RayBench benchRays(const SceneGeometry& scene, const CameraModel& camera, uint32_t widthPx, uint32_t heightPx,
                   bool isDiffuse) {
  std::vector<Ray> rays = cameraRays(camera, widthPx, heightPx);
  if (isDiffuse) rays = diffuseRays(scene, rays);
  RayBench bench;
  bench.rayCount = rays.size();
  SurfacePoint point;
  Sampler sampler(0, 0, 0, 0);
  // The sum keeps the compiler from leaving out what the point holds.
  Vec3 sum;
  for (size_t first = 0; first < rays.size(); first += kTurn) {
    const size_t end = std::min(first + kTurn, rays.size());
    const double begin = secondsNow();
    for (size_t i = first; i < end; ++i) bench.hitCount += scene.intersectBare(rays[i].origin, rays[i].direction);
    const double middle = secondsNow();
    for (size_t i = first; i < end; ++i) {
      const bool isHit = scene.intersect(rays[i].origin, rays[i].direction, !isDiffuse, sampler, point);
      if (isHit) sum += point.position + point.space.normal;
    }
    bench.bareSeconds += middle - begin;
    bench.sceneSeconds += secondsNow() - middle;
  }
  if (!isFinite(sum)) bench.hitCount = 0;
  return bench;
}

}  // namespace arras
