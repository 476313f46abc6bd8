// Windows, channels and those attributes that have a JavaScript form; the others are named with their type only.
#include "to_js.h"

#include <ImfChannelList.h>
#include <ImfChromaticitiesAttribute.h>
#include <ImfDoubleAttribute.h>
#include <ImfFloatAttribute.h>
#include <ImfIntAttribute.h>
#include <ImfMatrixAttribute.h>
#include <ImfPartType.h>
#include <ImfStringAttribute.h>
#include <ImfVecAttribute.h>

#include <initializer_list>
#include <string>

namespace arras {
namespace {

Napi::Array numbersToJs(Napi::Env env, std::initializer_list<double> values) {
  Napi::Array out = Napi::Array::New(env);
  for (double value : values) out.Set(out.Length(), value);
  return out;
}

Napi::Array boxToJs(Napi::Env env, const Imath::Box2i& box) {
  return numbersToJs(env, {double(box.min.x), double(box.min.y), double(box.max.x), double(box.max.y)});
}

const char* compressionName(Imf::Compression compression) {
  static const char* const names[] = {"none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab"};
  return compression >= 0 && compression < 10 ? names[compression] : "unknown";
}

const char* typeName(Imf::PixelType type) {
  return type == Imf::HALF ? "half" : type == Imf::FLOAT ? "float" : "uint";
}

/// Undefined for a type that has no form here.
Napi::Value attributeToJs(Napi::Env env, const Imf::Attribute& attribute) {
  if (auto a = dynamic_cast<const Imf::StringAttribute*>(&attribute)) return Napi::String::New(env, a->value());
  if (auto a = dynamic_cast<const Imf::IntAttribute*>(&attribute)) return Napi::Number::New(env, a->value());
  if (auto a = dynamic_cast<const Imf::FloatAttribute*>(&attribute)) return Napi::Number::New(env, a->value());
  if (auto a = dynamic_cast<const Imf::DoubleAttribute*>(&attribute)) return Napi::Number::New(env, a->value());
  if (auto a = dynamic_cast<const Imf::V2iAttribute*>(&attribute)) {
    return numbersToJs(env, {double(a->value().x), double(a->value().y)});
  }
  if (auto a = dynamic_cast<const Imf::V2fAttribute*>(&attribute)) return numbersToJs(env, {a->value().x, a->value().y});
  if (auto a = dynamic_cast<const Imf::V3fAttribute*>(&attribute)) {
    return numbersToJs(env, {a->value().x, a->value().y, a->value().z});
  }
  if (auto a = dynamic_cast<const Imf::ChromaticitiesAttribute*>(&attribute)) {
    const Imf::Chromaticities& c = a->value();
    return numbersToJs(env, {c.red.x, c.red.y, c.green.x, c.green.y, c.blue.x, c.blue.y, c.white.x, c.white.y});
  }
  if (auto a = dynamic_cast<const Imf::M44fAttribute*>(&attribute)) {
    Napi::Array out = Napi::Array::New(env);
    for (uint32_t i = 0; i < 16; ++i) out.Set(i, a->value().getValue()[i]);
    return out;
  }
  return env.Undefined();
}

bool isStructural(const std::string& name) {
  static const char* const names[] = {"channels",          "compression",      "dataWindow",         "displayWindow",
                                      "lineOrder",         "name",             "pixelAspectRatio",   "tiles",
                                      "screenWindowWidth", "screenWindowCenter", "type", "chunkCount", "version"};
  for (const char* structural : names) {
    if (name == structural) return true;
  }
  return false;
}

Napi::Array channelsToJs(Napi::Env env, const Imf::ChannelList& channels) {
  Napi::Array out = Napi::Array::New(env);
  for (auto c = channels.begin(); c != channels.end(); ++c) {
    Napi::Object channel = Napi::Object::New(env);
    channel.Set("name", c.name());
    channel.Set("type", typeName(c.channel().type));
    channel.Set("xSampling", c.channel().xSampling);
    channel.Set("ySampling", c.channel().ySampling);
    out.Set(out.Length(), channel);
  }
  return out;
}

}  // namespace

Napi::Object headerToJs(Napi::Env env, const Imf::Header& header) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("name", header.hasName() ? header.name() : std::string());
  out.Set("deep", header.hasType() && Imf::isDeepData(header.type()));
  out.Set("tileSizePx", header.hasTileDescription() ? header.tileDescription().xSize : 0);
  out.Set("compression", compressionName(header.compression()));
  out.Set("dataWindow", boxToJs(env, header.dataWindow()));
  out.Set("displayWindow", boxToJs(env, header.displayWindow()));
  out.Set("pixelAspectRatio", header.pixelAspectRatio());
  out.Set("channels", channelsToJs(env, header.channels()));
  Napi::Array attributes = Napi::Array::New(env);
  for (auto a = header.begin(); a != header.end(); ++a) {
    if (isStructural(a.name())) continue;
    Napi::Object attribute = Napi::Object::New(env);
    attribute.Set("name", a.name());
    attribute.Set("t", a.attribute().typeName());
    attribute.Set("value", attributeToJs(env, a.attribute()));
    attributes.Set(attributes.Length(), attribute);
  }
  out.Set("attributes", attributes);
  return out;
}

}  // namespace arras
