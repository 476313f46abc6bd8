// The Node side: prepare, update, render, pick, debugSample, close. JavaScript values are touched on the main thread only; building
// and rendering run on libuv's thread pool, one thread a unit (who launches the process sets UV_THREADPOOL_SIZE).
#include <napi.h>

#include <new>

#include "prepared_scene.h"
#include "scene_reader.h"

namespace arras {
namespace {

using SceneHandle = std::shared_ptr<PreparedScene>;
// Marks our externals, so that a foreign one is refused instead of being read as a scene.
constexpr napi_type_tag kSceneTag = {0x6172726173207265, 0x6e64657220656d62};

constexpr const char* kMemoryShort = "the machine's memory does not suffice for the scene";

Napi::Error codedError(Napi::Env env, const char* code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

SceneHandle& handleOf(const Napi::Value& value) {
  if (!value.IsExternal() || !value.As<Napi::External<SceneHandle>>().CheckTypeTag(&kSceneTag)) {
    throw Napi::TypeError::New(value.Env(), "not a prepared scene");
  }
  return *value.As<Napi::External<SceneHandle>>().Data();
}

SceneHandle openSceneOf(const Napi::Value& value) {
  const SceneHandle handle = handleOf(value);
  if (!handle) throw codedError(value.Env(), "renderer-failed", "the scene is closed");
  return handle;
}

// Work for the thread pool whose end settles a promise.
class PromisedWork : public Napi::AsyncWorker {
 public:
  explicit PromisedWork(Napi::Env env) : Napi::AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)) {}
  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  virtual void perform() = 0;
  virtual Napi::Value result() = 0;
  void fail(const char* code, const std::string& message) {
    code_ = code;
    SetError(message);
  }

 private:
  void Execute() final {
    try {
      perform();
    } catch (const SceneError& error) {
      fail("scene-broken", error.what());
    } catch (const std::bad_alloc&) {
      fail("memory-exceeded", kMemoryShort);
    } catch (const std::exception& error) {
      fail("renderer-failed", error.what());
    }
  }
  void OnOK() final { deferred_.Resolve(result()); }
  void OnError(const Napi::Error& error) final { deferred_.Reject(codedError(Env(), code_, error.Message()).Value()); }

  Napi::Promise::Deferred deferred_;
  const char* code_ = "renderer-failed";
};

class PrepareWork final : public PromisedWork {
 public:
  PrepareWork(Napi::Env env, PrepareInput input) : PromisedWork(env), input_(std::move(input)) {}

 private:
  void perform() override { scene_ = std::make_shared<PreparedScene>(std::move(input_)); }
  Napi::Value result() override {
    const Napi::Env env = Env();
    Napi::Object object = Napi::Object::New(env);
    object.Set("triangleCount", static_cast<double>(scene_->triangleCount()));
    object.Set("lightCount", static_cast<double>(scene_->lightCount()));
    object.Set("sizeBytes", static_cast<double>(scene_->sizeBytes()));
    auto external = Napi::External<SceneHandle>::New(env, new SceneHandle(std::move(scene_)),
                                                     [](Napi::Env, SceneHandle* handle) { delete handle; });
    external.TypeTag(&kSceneTag);
    object.Set("handle", external);
    return object;
  }

  PrepareInput input_;
  SceneHandle scene_;
};

// Whoever asks for it sees to it that no unit is rendered meanwhile.
class UpdateWork final : public PromisedWork {
 public:
  UpdateWork(Napi::Env env, SceneHandle scene, SceneUpdate update)
      : PromisedWork(env), scene_(std::move(scene)), update_(std::move(update)) {}

 private:
  void perform() override { scene_->update(update_); }
  Napi::Value result() override { return Env().Undefined(); }

  SceneHandle scene_;
  SceneUpdate update_;
};

Napi::Object reportsObject(Napi::Env env, const SampleReports& reports) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("count", static_cast<double>(reports.count));
  Napi::Array first = Napi::Array::New(env, reports.first.size());
  for (uint32_t i = 0; i < reports.first.size(); ++i) {
    Napi::Object where = Napi::Object::New(env);
    where.Set("x", reports.first[i].x);
    where.Set("y", reports.first[i].y);
    where.Set("sampleIndex", reports.first[i].sampleIndex);
    first.Set(i, where);
  }
  object.Set("first", first);
  return object;
}

Napi::Array planesArray(Napi::Env env, const std::vector<EncodedPlane>& planes) {
  constexpr const char* kNames[] = {"constant", "int32", "float64", "float32"};
  Napi::Array array = Napi::Array::New(env, planes.size());
  for (uint32_t i = 0; i < planes.size(); ++i) {
    const std::vector<uint8_t>& bytes = planes[i].bytes;
    Napi::Uint8Array copy = Napi::Uint8Array::New(env, bytes.size());
    std::copy(bytes.begin(), bytes.end(), copy.Data());
    Napi::Object plane = Napi::Object::New(env);
    plane.Set("encoding", kNames[static_cast<int>(planes[i].encoding)]);
    plane.Set("bytes", copy);
    array.Set(i, plane);
  }
  return array;
}

class RenderWork final : public PromisedWork {
 public:
  using Flag = std::shared_ptr<std::atomic<bool>>;
  RenderWork(Napi::Env env, SceneHandle scene, const UnitRequest& unit, Flag cancelled)
      : PromisedWork(env), scene_(std::move(scene)), unit_(unit), cancelled_(std::move(cancelled)) {}

 private:
  void perform() override {
    unitResult_ = scene_->render(unit_, *cancelled_);
    if (unitResult_.isCancelled) fail("cancelled", "the unit was cancelled");
  }
  Napi::Value result() override {
    const Napi::Env env = Env();
    Napi::Object object = Napi::Object::New(env);
    object.Set("planes", planesArray(env, unitResult_.planes));
    object.Set("renderMs", unitResult_.renderMs);
    object.Set("clamped", reportsObject(env, unitResult_.clamped));
    object.Set("nonFinite", reportsObject(env, unitResult_.nonFinite));
    return object;
  }

  SceneHandle scene_;
  UnitRequest unit_;
  Flag cancelled_;
  UnitResult unitResult_;
};

Napi::Value identity(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  try {
    const auto device = sharedDevice();
    Napi::Object object = Napi::Object::New(env);
    object.Set("version", device->version());
    object.Set("instructionSet", device->instructionSet());
    return object;
  } catch (const std::runtime_error& error) {
    throw codedError(env, "renderer-missing", error.what());
  }
}

Napi::Value prepare(const Napi::CallbackInfo& call) {
  // node-addon-api lets other exceptions than its own end the process.
  try {
    auto* work = new PrepareWork(call.Env(), readPrepareInput(call[0].As<Napi::Object>()));
    const Napi::Promise promise = work->promise();
    work->Queue();
    return promise;
  } catch (const std::bad_alloc&) {
    throw codedError(call.Env(), "memory-exceeded", kMemoryShort);
  }
}

// (handle, update) → Promise.
Napi::Value update(const Napi::CallbackInfo& call) {
  SceneHandle scene = openSceneOf(call[0]);
  auto* work = new UpdateWork(call.Env(), std::move(scene), readUpdate(call[1].As<Napi::Object>()));
  const Napi::Promise promise = work->promise();
  work->Queue();
  return promise;
}

// (handle, unit) → { finished: Promise, cancel() }.
Napi::Value render(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  SceneHandle scene = openSceneOf(call[0]);
  const auto cancelled = std::make_shared<std::atomic<bool>>(false);
  auto* work = new RenderWork(env, std::move(scene), readUnit(call[1].As<Napi::Object>()), cancelled);
  Napi::Object rendering = Napi::Object::New(env);
  rendering.Set("finished", work->promise());
  rendering.Set("cancel", Napi::Function::New(env, [cancelled](const Napi::CallbackInfo&) { *cancelled = true; }));
  work->Queue();
  return rendering;
}

Napi::Value debugSample(const Napi::CallbackInfo& call) {
  const std::string text = openSceneOf(call[0])->debugSample(
      call[1].As<Napi::Number>().Int32Value(), call[2].As<Napi::Number>().Int32Value(),
      call[3].As<Napi::Number>().Uint32Value());
  return Napi::String::New(call.Env(), text);
}

Napi::Array vectorArray(Napi::Env env, Vec3 v) {
  Napi::Array array = Napi::Array::New(env, 3);
  array.Set(0u, v.x), array.Set(1u, v.y), array.Set(2u, v.z);
  return array;
}

// (handle, x, y, rayCount), on the calling thread → what is there, or undefined.
Napi::Value pick(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  const SceneHandle scene = openSceneOf(call[0]);
  Picked picked;
  try {
    picked = scene->pick(call[1].As<Napi::Number>().Int32Value(), call[2].As<Napi::Number>().Int32Value(),
                         call[3].As<Napi::Number>().Uint32Value());
  } catch (const std::exception& error) {
    throw codedError(env, "renderer-failed", error.what());
  }
  if (!picked.isHit) return env.Undefined();
  Napi::Object object = Napi::Object::New(env);
  object.Set("objectId", picked.objectId);
  object.Set("materialIndex", picked.materialIndex);
  object.Set("depth", picked.depth);
  object.Set("position", vectorArray(env, picked.position));
  object.Set("normal", vectorArray(env, picked.normal));
  constexpr const char* kKinds[] = {"environment", "point", "spot", "directional", "emitter"};
  Napi::Array lights = Napi::Array::New(env, picked.lights.size());
  for (uint32_t i = 0; i < picked.lights.size(); ++i) {
    Napi::Object light = Napi::Object::New(env);
    light.Set("t", kKinds[static_cast<int>(picked.lights[i].kind)]);
    light.Set("index", picked.lights[i].index);
    light.Set("irradiance", vectorArray(env, picked.lights[i].irradiance));
    lights.Set(i, light);
  }
  object.Set("lights", lights);
  return object;
}

// (handle, isDiffuse), on the calling thread.
Napi::Value benchRays(const Napi::CallbackInfo& call) {
  const RayBench bench = openSceneOf(call[0])->bench(call[1].ToBoolean());
  Napi::Object object = Napi::Object::New(call.Env());
  object.Set("rayCount", static_cast<double>(bench.rayCount));
  object.Set("hitCount", static_cast<double>(bench.hitCount));
  object.Set("sceneSeconds", bench.sceneSeconds);
  object.Set("bareSeconds", bench.bareSeconds);
  return object;
}

// Units that are being rendered keep the scene until they end.
void close(const Napi::CallbackInfo& call) { handleOf(call[0]).reset(); }

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("identity", Napi::Function::New(env, identity));
  exports.Set("prepare", Napi::Function::New(env, prepare));
  exports.Set("update", Napi::Function::New(env, update));
  exports.Set("render", Napi::Function::New(env, render));
  exports.Set("pick", Napi::Function::New(env, pick));
  exports.Set("debugSample", Napi::Function::New(env, debugSample));
  exports.Set("benchRays", Napi::Function::New(env, benchRays));
  exports.Set("close", Napi::Function::New(env, close));
  return exports;
}

NODE_API_MODULE(embree, initialize)

}  // namespace
}  // namespace arras
