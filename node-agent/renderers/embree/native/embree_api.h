// Embree 3 and 4 under one set of names: what differs between them is here and nowhere else.
#pragma once

#if ARRAS_EMBREE_MAJOR >= 4
#include <embree4/rtcore.h>
#else
#include <embree3/rtcore.h>
#endif

namespace arras {

#if ARRAS_EMBREE_MAJOR >= 4

using QueryContext = RTCRayQueryContext;
inline void initQueryContext(QueryContext& context) { rtcInitRayQueryContext(&context); }
inline void intersectRay(RTCScene scene, QueryContext& context, RTCRayHit& ray) {
  RTCIntersectArguments arguments;
  rtcInitIntersectArguments(&arguments);
  arguments.context = &context;
  rtcIntersect1(scene, &ray, &arguments);
}
inline void occludeRay(RTCScene scene, QueryContext& context, RTCRay& ray) {
  RTCOccludedArguments arguments;
  rtcInitOccludedArguments(&arguments);
  arguments.context = &context;
  rtcOccluded1(scene, &ray, &arguments);
}

#else

using QueryContext = RTCIntersectContext;
inline void initQueryContext(QueryContext& context) { rtcInitIntersectContext(&context); }
inline void intersectRay(RTCScene scene, QueryContext& context, RTCRayHit& ray) {
  rtcIntersect1(scene, &context, &ray);
}
inline void occludeRay(RTCScene scene, QueryContext& context, RTCRay& ray) { rtcOccluded1(scene, &context, &ray); }

#endif

}  // namespace arras
