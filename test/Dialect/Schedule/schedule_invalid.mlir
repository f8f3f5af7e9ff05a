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
  // expected-error @below {{prefetch must be in 0 … 64, and 0 where lanes are rows, got 65}}
  schedule = #cpu.schedule<width = 8, score_keys = 1, row_vectors = 4, value_rows = 8, value_vectors = 8, panels = 8, keys_in_lanes = true, prefetch = 65>}

// -----

func.func private @schedule_c2_rows() attributes {
  // expected-error @below {{prefetch must be in 0 … 64, and 0 where lanes are rows, got 8}}
  schedule = #cpu.schedule<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1, prefetch = 8>}

// -----

func.func private @schedule_c3() attributes {
  // expected-error @below {{streams must be 1 where lanes are rows, got 4}}
  schedule = #cpu.schedule<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1, streams = 4>}
