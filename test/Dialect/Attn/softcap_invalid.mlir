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
  // expected-error @below {{like 1/cap, finite in float32}}
  %0 = attn.softcap %s, 1.0e-300
  return %0 : f32
}
