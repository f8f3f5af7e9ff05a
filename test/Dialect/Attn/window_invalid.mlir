// RUN: camber-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{window from -2 to -3 holds no distance}}
func.func private @window_c1() attributes {mask = #attn.window<left = 2, right = -3>}

// -----

// expected-error @below {{window left = 16777217 is not in -2^24 … 2^24}}
func.func private @window_c1_left() attributes {mask = #attn.window<left = 16777217>}

// -----

// expected-error @below {{window right = -16777217 is not in -2^24 … 2^24}}
func.func private @window_c1_right() attributes {mask = #attn.window<right = -16777217>}
