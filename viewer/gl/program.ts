// A WebGL2 program, and the places of its uniforms.

export interface Program {
  readonly program: WebGLProgram;
  at(name: string): WebGLUniformLocation | null;
}

/** Throws Error with the compiler's words. */
export function linkProgram(gl: WebGL2RenderingContext, vertex: string, fragment: string): Program {
  const program = gl.createProgram();
  for (const [type, text] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(type);
    if (shader === null) throw new Error("WebGL makes no shaders: the context is lost");
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    // Kept by the program for as long as it is.
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    const texts = (gl.getAttachedShaders(program) ?? []).map((shader) => gl.getShaderInfoLog(shader) ?? "");
    throw new Error(`the picture's shader: ${[...texts, gl.getProgramInfoLog(program) ?? ""].join(" ").trim()}`);
  }
  const places = new Map<string, WebGLUniformLocation | null>();
  return {
    program,
    at(name) {
      if (!places.has(name)) places.set(name, gl.getUniformLocation(program, name));
      return places.get(name) ?? null;
    },
  };
}
