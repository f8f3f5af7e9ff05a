// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @softcap_c1(%s: f32) -> f32 {
  // expected-error @below {{cap must be greater than 0}}
  %0 = attn.softcap %s, 0.0
  return %0 : f32
}

// -----

func.func @softcap_c1_nan(%s: f32) -> f32 {
  // expected-error @below {{cap must be greater than 0}}
  %0 = attn.softcap %s, 0x7FF8000000000000
  return %0 : f32
}

// -----

func.func @softcap_c1_inverse(%s: f32) -> f32 {
  // expected-error @below {{like 1/cap, normal in float32}}
  %0 = attn.softcap %s, 1.0e-300
  return %0 : f32
}

// -----

// 1/cap is subnormal: tanh would be of 0.
func.func @softcap_c1_large(%s: f32) -> f32 {
  // expected-error @below {{cap must be greater than 0 and, like 1/cap, normal in float32 (from 2^-126 to 2^126)}}
  %0 = attn.softcap %s, 8.6e37
  return %0 : f32
}

// -----

func.func @softcap_c1_subnormal(%s: f32) -> f32 {
  // expected-error @below {{cap must be greater than 0 and, like 1/cap, normal in float32}}
  %0 = attn.softcap %s, 5.0e-39
  return %0 : f32
}
