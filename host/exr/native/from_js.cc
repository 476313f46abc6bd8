// Field by field; the JavaScript side of each structure is NativePart in exr-addon.ts.
#include "from_js.h"

#include <algorithm>
#include <map>
#include <string>

namespace arras {
namespace {

std::string text(const Napi::Object& object, const char* key) { return object.Get(key).As<Napi::String>(); }
double number(const Napi::Object& object, const char* key) { return object.Get(key).As<Napi::Number>().DoubleValue(); }

std::vector<double> numbers(const Napi::Value& value, size_t count) {
  const Napi::Array array = value.As<Napi::Array>();
  if (array.Length() != count) throw Napi::TypeError::New(value.Env(), "array of " + std::to_string(count) + " wanted");
  std::vector<double> out;
  for (uint32_t i = 0; i < count; ++i) out.push_back(array.Get(i).As<Napi::Number>().DoubleValue());
  return out;
}

Imf::PixelType pixelType(Napi::Env env, const std::string& name) {
  if (name == "half") return Imf::HALF;
  if (name == "float") return Imf::FLOAT;
  if (name == "uint") return Imf::UINT;
  throw Napi::TypeError::New(env, "unknown pixel type " + name);
}

Imf::Compression compression(Napi::Env env, const std::string& name) {
  static const std::map<std::string, Imf::Compression> table = {
      {"none", Imf::NO_COMPRESSION},      {"rle", Imf::RLE_COMPRESSION},    {"zips", Imf::ZIPS_COMPRESSION},
      {"zip", Imf::ZIP_COMPRESSION},      {"piz", Imf::PIZ_COMPRESSION},    {"pxr24", Imf::PXR24_COMPRESSION},
      {"b44", Imf::B44_COMPRESSION},      {"b44a", Imf::B44A_COMPRESSION},  {"dwaa", Imf::DWAA_COMPRESSION},
      {"dwab", Imf::DWAB_COMPRESSION},
  };
  const auto found = table.find(name);
  if (found == table.end()) throw Napi::TypeError::New(env, "unknown compression " + name);
  return found->second;
}

/// The elements' address, after checking kind and length.
void* elements(const Napi::Value& value, bool is_uint, size_t length_min) {
  const auto array = value.As<Napi::TypedArray>();
  const auto wanted = is_uint ? napi_uint32_array : napi_float32_array;
  if (!value.IsTypedArray() || array.TypedArrayType() != wanted) {
    throw Napi::TypeError::New(value.Env(), is_uint ? "Uint32Array wanted" : "Float32Array wanted");
  }
  if (array.ElementLength() < length_min) throw Napi::TypeError::New(value.Env(), "array shorter than its window");
  return is_uint ? static_cast<void*>(array.As<Napi::Uint32Array>().Data())
                 : static_cast<void*>(array.As<Napi::Float32Array>().Data());
}

ChannelToWrite channelFromJs(const Napi::Object& object, size_t pixel_count) {
  ChannelToWrite channel{text(object, "name"), pixelType(object.Env(), text(object, "type")), nullptr,
                         size_t(number(object, "stride"))};
  const size_t offset = size_t(number(object, "offset"));
  const size_t length_min = offset + (pixel_count - 1) * channel.stride + 1;
  channel.first = static_cast<const char*>(elements(object.Get("values"), channel.type == Imf::UINT, length_min)) +
                  offset * sizeof(float);
  return channel;
}

AttributeToWrite attributeFromJs(const Napi::Object& object) {
  const std::string name = text(object, "name"), kind = text(object, "t");
  const Napi::Value value = object.Get("value");
  if (kind == "string") return {name, value.As<Napi::String>().Utf8Value()};
  if (kind == "int") return {name, value.As<Napi::Number>().Int32Value()};
  if (kind == "float") return {name, value.As<Napi::Number>().FloatValue()};
  if (kind == "double") return {name, value.As<Napi::Number>().DoubleValue()};
  const size_t count = value.As<Napi::Array>().Length();
  const std::vector<double> v = numbers(value, count);
  const std::vector<float> f(v.begin(), v.end());
  if (kind == "v2i" && count == 2) return {name, Imath::V2i(int(v[0]), int(v[1]))};
  if (kind == "v2f" && count == 2) return {name, Imath::V2f(f[0], f[1])};
  if (kind == "v3f" && count == 3) return {name, Imath::V3f(f[0], f[1], f[2])};
  if (kind == "chromaticities" && count == 8) {
    return {name, Imf::Chromaticities({f[0], f[1]}, {f[2], f[3]}, {f[4], f[5]}, {f[6], f[7]})};
  }
  if (kind == "m44f" && count == 16) {
    Imath::M44f matrix;
    std::copy(f.begin(), f.end(), matrix.getValue());
    return {name, matrix};
  }
  throw Napi::TypeError::New(object.Env(), "attribute " + name + ": unknown kind or length of " + kind);
}

PartToWrite partFromJs(const Napi::Object& object) {
  PartToWrite part{text(object, "name"),
                   uint32_t(number(object, "tileSizePx")),
                   compression(object.Env(), text(object, "compression")),
                   boxFromJs(object.Get("dataWindow")),
                   boxFromJs(object.Get("displayWindow")),
                   float(number(object, "pixelAspectRatio")),
                   float(number(object, "dwaLevel")),
                   {},
                   {}};
  if (part.data_window.isEmpty()) throw Napi::TypeError::New(object.Env(), "empty data window");
  const auto channels = object.Get("channels").As<Napi::Array>();
  const size_t pixel_count = size_t(part.width() * part.height());
  for (uint32_t i = 0; i < channels.Length(); ++i) {
    part.channels.push_back(channelFromJs(channels.Get(i).As<Napi::Object>(), pixel_count));
  }
  const auto attributes = object.Get("attributes").As<Napi::Array>();
  for (uint32_t i = 0; i < attributes.Length(); ++i) {
    part.attributes.push_back(attributeFromJs(attributes.Get(i).As<Napi::Object>()));
  }
  return part;
}

}  // namespace

Imath::Box2i boxFromJs(const Napi::Value& value) {
  const std::vector<double> v = numbers(value, 4);
  return {{int(v[0]), int(v[1])}, {int(v[2]), int(v[3])}};
}

std::vector<PartToWrite> partsFromJs(const Napi::Array& parts) {
  std::vector<PartToWrite> out;
  for (uint32_t i = 0; i < parts.Length(); ++i) out.push_back(partFromJs(parts.Get(i).As<Napi::Object>()));
  return out;
}

std::vector<PlaneToFill> planesFromJs(const Napi::Array& planes, size_t value_count) {
  std::vector<PlaneToFill> out;
  for (uint32_t i = 0; i < planes.Length(); ++i) {
    const auto plane = planes.Get(i).As<Napi::Object>();
    const bool is_uint = text(plane, "type") == "uint";
    out.push_back({text(plane, "name"), is_uint ? Imf::UINT : Imf::FLOAT, elements(plane.Get("values"), is_uint, value_count)});
  }
  return out;
}

}  // namespace arras
