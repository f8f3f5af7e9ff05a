// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func private @c1() attributes {
  // expected-error @below {{sizes must be in 1 … 64 and width a power of two}}
  schedule = #cpu.rows_in_lanes<width = 12, score_keys = 6, row_vectors = 4, value_rows = 6, value_vectors = 4, panels = 1>}

// -----

func.func private @c1_zero() attributes {
  // expected-error @below {{sizes must be in 1 … 64 and width a power of two}}
  schedule = #cpu.rows_in_lanes<width = 8, score_keys = 0, row_vectors = 4, value_rows = 6, value_vectors = 4, panels = 1>}

// -----

func.func private @c1_large() attributes {
  // expected-error @below {{sizes must be in 1 … 64 and width a power of two}}
  schedule = #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 65, value_rows = 6, value_vectors = 4, panels = 1>}
