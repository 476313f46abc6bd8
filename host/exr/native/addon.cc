// The addon's three functions. Each returns a promise and does its reading or writing on libuv's thread pool.
#include <napi.h>

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "from_js.h"
#include "read_file.h"
#include "to_js.h"
#include "write_file.h"

namespace arras {
namespace {

/// Runs `execute` off the main thread; keeps the JavaScript value that owns the pixels alive meanwhile.
class FileOperation : public Napi::AsyncWorker {
 public:
  FileOperation(Napi::Env env, const char* name, const Napi::Object& owner)
      : AsyncWorker(env, name), deferred_(Napi::Promise::Deferred::New(env)), owner_(Napi::Persistent(owner)) {}

  Napi::Promise start() {
    const Napi::Promise promise = deferred_.Promise();
    Queue();
    return promise;
  }

 protected:
  virtual void perform() = 0;
  virtual Napi::Value result() { return Env().Undefined(); }

  void Execute() override {
    try {
      perform();
    } catch (const std::exception& error) {
      SetError(error.what());
    }
  }
  void OnOK() override { deferred_.Resolve(result()); }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred deferred_;
  Napi::ObjectReference owner_;
};

class Write : public FileOperation {
 public:
  Write(Napi::Env env, std::string path, const Napi::Array& parts, int thread_count)
      : FileOperation(env, "exr.write", parts),
        path_(std::move(path)),
        parts_(partsFromJs(parts)),
        thread_count_(thread_count) {}

 protected:
  void perform() override { writeFile(path_, parts_, thread_count_); }

 private:
  std::string path_;
  std::vector<PartToWrite> parts_;
  int thread_count_;
};

class ReadHeaders : public FileOperation {
 public:
  ReadHeaders(Napi::Env env, std::string path)
      : FileOperation(env, "exr.readHeaders", Napi::Object::New(env)), path_(std::move(path)) {}

 protected:
  void perform() override { headers_ = readHeaders(path_); }
  Napi::Value result() override {
    Napi::Array out = Napi::Array::New(Env());
    for (const Imf::Header& header : headers_) out.Set(out.Length(), headerToJs(Env(), header));
    return out;
  }

 private:
  std::string path_;
  std::vector<Imf::Header> headers_;
};

class ReadPlanes : public FileOperation {
 public:
  ReadPlanes(Napi::Env env, std::string path, int part, const Imath::Box2i& window, const Napi::Array& planes, int threads)
      : FileOperation(env, "exr.readPlanes", planes), path_(std::move(path)), part_(part), window_(window), threads_(threads) {
    const size_t width = size_t(int64_t(window.max.x) - window.min.x + 1);
    planes_ = planesFromJs(planes, width * size_t(int64_t(window.max.y) - window.min.y + 1));
  }

 protected:
  void perform() override { readPlanes(path_, part_, window_, planes_, threads_); }

 private:
  std::string path_;
  int part_;
  Imath::Box2i window_;
  std::vector<PlaneToFill> planes_;
  int threads_;
};

// write(path, parts, threadCount): Promise<void>
Napi::Value write(const Napi::CallbackInfo& info) {
  return (new Write(info.Env(), info[0].As<Napi::String>(), info[1].As<Napi::Array>(), info[2].As<Napi::Number>()))->start();
}

// readHeaders(path): Promise<NativeHeader[]>
Napi::Value readHeadersOf(const Napi::CallbackInfo& info) {
  return (new ReadHeaders(info.Env(), info[0].As<Napi::String>()))->start();
}

// readPlanes(path, partIndex, dataWindow, planes, threadCount): Promise<void>
Napi::Value readPlanesOf(const Napi::CallbackInfo& info) {
  return (new ReadPlanes(info.Env(), info[0].As<Napi::String>(), info[1].As<Napi::Number>(), boxFromJs(info[2]),
                         info[3].As<Napi::Array>(), info[4].As<Napi::Number>()))
      ->start();
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("write", Napi::Function::New(env, write));
  exports.Set("readHeaders", Napi::Function::New(env, readHeadersOf));
  exports.Set("readPlanes", Napi::Function::New(env, readPlanesOf));
  return exports;
}

}  // namespace

NODE_API_MODULE(exr, initialise)

}  // namespace arras
