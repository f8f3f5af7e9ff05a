// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @scale_c1(%s: f32) -> f32 {
  // expected-error @below {{factor must be finite in float32}}
  %0 = attn.scale %s, 0x7FF0000000000000
  return %0 : f32
}

// -----

// Finite as an attribute, not as the float32 that kernels compute with.
func.func @scale_c1_f32(%s: f32) -> f32 {
  // expected-error @below {{factor must be finite in float32}}
  %0 = attn.scale %s, 1.0e300
  return %0 : f32
}

// -----

func.func @scale_c2(%s: f32) -> f32 {
  // expected-error @below {{factor must be 0 or normal in float32}}
  %0 = attn.scale %s, 1.0e-39
  return %0 : f32
}

// -----

func.func @scale_c3(%s: f32) -> f32 {
  // expected-error @below {{factor must be below 2^128 / log2(e), which scores are multiplied by}}
  %0 = attn.scale %s, 3.0e38
  return %0 : f32
}
