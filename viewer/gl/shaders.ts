// The picture's shader: film numbers → colours on the page. Tone curves are those of proto/display-transform.ts, so that
// the page and a saved PNG look the same.

export const vertexShader = `#version 300 es
// One triangle that covers the page.
void main() {
  gl_Position = vec4(vec2((gl_VertexID & 1) << 2, (gl_VertexID & 2) << 1) - 1.0, 0.0, 1.0);
}`;

export const fragmentShader = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;

uniform sampler2D u_left;
uniform sampler2D u_right;
// See kindIndex in picture-canvas.ts.
uniform int u_leftKind;
uniform int u_rightKind;
// 1 where a texel is no light but sRGB codes: it was exposed and toned before it was sent.
uniform sampler2D u_leftCodes;
uniform sampler2D u_rightCodes;
uniform bool u_leftMayHaveCodes;
uniform bool u_rightMayHaveCodes;
// Device pixels, from the left; right of it u_right is shown.
uniform float u_wipe;
// Device pixels: the film's corner, from the upper left.
uniform vec2 u_origin;
// Device pixels for each film pixel.
uniform float u_scale;
uniform float u_pageHeight;
// Film pixels: x, y, width, height of what is rendered.
uniform ivec4 u_window;
uniform vec2 u_filmSize;
uniform float u_gain;
uniform float u_inverseGamma;
// 0 sRGB, 1 filmic, 2 false colour.
uniform int u_tone;
// 0 all, 1 to 4 one of them, 5 luminance.
uniform int u_channel;
uniform float u_samplesMax;
out vec4 o_color;

const vec3 weights = vec3(0.2126, 0.7152, 0.0722);

float encoded1(float v) {
  return v <= 0.0031308 ? 12.92 * v : 1.055 * pow(v, 1.0 / 2.4) - 0.055;
}

vec3 encoded(vec3 v) {
  v = clamp(v, 0.0, 1.0);
  return vec3(encoded1(v.r), encoded1(v.g), encoded1(v.b));
}

vec3 decoded(vec3 v) {
  return mix(v / 12.92, pow((v + 0.055) / 1.055, vec3(2.4)), greaterThan(v, vec3(0.04045)));
}

// Black, blue, cyan, green, yellow, red, white at equal steps.
vec3 ramp(float at) {
  float v = clamp(at, 0.0, 1.0) * 6.0;
  if (v < 1.0) return mix(vec3(0.02), vec3(0.1, 0.15, 0.6), v);
  if (v < 2.0) return mix(vec3(0.1, 0.15, 0.6), vec3(0.0, 0.55, 0.65), v - 1.0);
  if (v < 3.0) return mix(vec3(0.0, 0.55, 0.65), vec3(0.15, 0.65, 0.2), v - 2.0);
  if (v < 4.0) return mix(vec3(0.15, 0.65, 0.2), vec3(0.9, 0.85, 0.1), v - 3.0);
  if (v < 5.0) return mix(vec3(0.9, 0.85, 0.1), vec3(0.85, 0.15, 0.1), v - 4.0);
  return mix(vec3(0.85, 0.15, 0.1), vec3(1.0), v - 5.0);
}

vec3 filmicCurve(vec3 v) {
  return max(vec3(0.0), (v * (v + 0.0245786) - 0.000090537) / (v * (0.983729 * v + 0.432951) + 0.238081));
}

vec3 filmic(vec3 color) {
  vec3 v = color * (0.26314703 / 0.18);
  v = filmicCurve(vec3(
    dot(v, vec3(0.59719, 0.35458, 0.04823)),
    dot(v, vec3(0.076, 0.90834, 0.01566)),
    dot(v, vec3(0.0284, 0.13383, 0.83777))));
  return vec3(
    dot(v, vec3(1.60475, -0.53108, -0.07367)),
    dot(v, vec3(-0.10208, 1.10813, -0.00605)),
    dot(v, vec3(-0.00327, -0.07276, 1.07602)));
}

vec3 withGamma(vec3 linear) {
  return encoded(pow(clamp(linear, 0.0, 1.0), vec3(u_inverseGamma)));
}

vec3 toned(vec4 value) {
  vec3 v = value.rgb;
  if (u_channel == 5) v = vec3(dot(v, weights));
  else if (u_channel > 0) v = vec3(value[u_channel - 1]);
  // Coverage is no light.
  if (u_channel != 4) v *= u_gain;
  // Not a number and less than nothing are black; a bound keeps infinity ÷ infinity away.
  v = vec3(v.r > 0.0 ? min(v.r, 1e9) : 0.0, v.g > 0.0 ? min(v.g, 1e9) : 0.0, v.b > 0.0 ? min(v.b, 1e9) : 0.0);
  if (u_tone == 2) return ramp((log2(max(dot(v, weights), 1e-9) / 0.18) + 6.0) / 12.0);
  return withGamma(u_tone == 1 ? filmic(v) : v);
}

vec3 identified(float id) {
  if (id < 0.5) return vec3(0.0);
  uint hash = uint(id + 0.5) * 2654435761u;
  hash ^= hash >> 15;
  return 0.2 + 0.8 * vec3(hash & 255u, (hash >> 8) & 255u, (hash >> 16) & 255u) / 255.0;
}

vec3 shownCodes(vec3 codes) {
  return u_inverseGamma == 1.0 ? codes : withGamma(decoded(codes));
}

vec3 shown(vec4 value, int kind) {
  if (kind == 0) return toned(value);
  vec3 one = u_channel > 0 && u_channel < 4 ? vec3(value[u_channel - 1]) : value.rgb;
  // Zero everywhere: no tile yet, or nothing there.
  if (value.rgb == vec3(0.0)) return vec3(0.0);
  if (kind == 1) return one * 0.5 + 0.5;
  if (kind == 2) return fract(one);
  // Near is bright; one metre is half at exposure 0.
  if (kind == 3) return vec3(1.0 / (1.0 + value.r / u_gain));
  if (kind == 4) return identified(value.r);
  if (kind == 5) return ramp(value.r / u_samplesMax);
  return ramp((log2(max(value.r * u_gain, 1e-9)) + 10.0) / 10.0);
}

vec4 texel(bool isRight, ivec2 at) {
  return isRight ? texelFetch(u_right, at, 0) : texelFetch(u_left, at, 0);
}

bool isCode(bool isRight, ivec2 at) {
  if (isRight) return u_rightMayHaveCodes && texelFetch(u_rightCodes, at, 0).r > 0.5;
  return u_leftMayHaveCodes && texelFetch(u_leftCodes, at, 0).r > 0.5;
}

void main() {
  vec2 page = vec2(gl_FragCoord.x, u_pageHeight - gl_FragCoord.y);
  vec2 film = (page - u_origin) / u_scale;
  if (any(lessThan(film, vec2(0.0))) || any(greaterThanEqual(film, u_filmSize))) {
    o_color = vec4(vec3(0.086), 1.0);
    return;
  }
  bool isRight = page.x >= u_wipe;
  int kind = isRight ? u_rightKind : u_leftKind;
  vec2 inside = film - vec2(u_window.xy);
  if (any(lessThan(inside, vec2(0.0))) || any(greaterThanEqual(inside, vec2(u_window.zw)))) {
    o_color = vec4(vec3(0.13), 1.0);
    return;
  }
  ivec2 last = u_window.zw - 1;
  // Smaller than the film: the mean of what a device pixel covers, of light where it is light. An id has no mean.
  int count = kind == 4 ? 1 : clamp(int(ceil(1.0 / u_scale - 0.001)), 1, 8);
  vec4 light = vec4(0.0);
  vec3 codes = vec3(0.0);
  float lightCount = 0.0;
  float codeCount = 0.0;
  for (int y = 0; y < count; y++) {
    for (int x = 0; x < count; x++) {
      vec2 offset = count == 1 ? vec2(0.0) : ((vec2(x, y) + 0.5) / float(count) - 0.5) / u_scale;
      ivec2 at = clamp(ivec2(floor(inside + offset)), ivec2(0), last);
      vec4 value = texel(isRight, at);
      if (isCode(isRight, at)) {
        codes += value.rgb;
        codeCount += 1.0;
      } else {
        light += value;
        lightCount += 1.0;
      }
    }
  }
  vec3 color = vec3(0.0);
  if (lightCount > 0.0) color += lightCount * shown(light / lightCount, kind);
  if (codeCount > 0.0) color += codeCount * shownCodes(codes / codeCount);
  o_color = vec4(color / (lightCount + codeCount), 1.0);
}`;
