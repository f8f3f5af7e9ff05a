// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func private @schedule_c1() attributes {
  // expected-error @below {{schedule sizes must be in 1 … 64 and width a power of two}}
  schedule = #cpu.schedule<width = 12, score_keys = 6, row_vectors = 4, value_rows = 6, value_vectors = 4, panels = 1>}

// -----

func.func private @schedule_c1_zero() attributes {
  // expected-error @below {{schedule sizes must be in 1 … 64 and width a power of two}}
  schedule = #cpu.schedule<width = 8, score_keys = 0, row_vectors = 4, value_rows = 6, value_vectors = 4, panels = 1>}

// -----

func.func private @schedule_c1_large() attributes {
  // expected-error @below {{schedule sizes must be in 1 … 64 and width a power of two}}
  schedule = #cpu.schedule<width = 8, score_keys = 6, row_vectors = 65, value_rows = 6, value_vectors = 4, panels = 1>}

// -----

func.func private @schedule_c2() attributes {
  // expected-error @below {{copy_values does not go with keys_in_lanes}}
  schedule = #cpu.schedule<width = 8, score_keys = 4, row_vectors = 1, value_rows = 4, value_vectors = 8, panels = 8, keys_in_lanes = true, copy_values = true>}
