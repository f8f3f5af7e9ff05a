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

// -----

func.func private @schedule_c3_streams() attributes {
  // expected-error @below {{with keys_in_lanes, score_keys must be a power of two that divides width}}
  schedule = #cpu.schedule<width = 8, score_keys = 6, row_vectors = 1, value_rows = 4, value_vectors = 8, panels = 8, keys_in_lanes = true>}

// -----

func.func private @schedule_c3_more_streams_than_lanes() attributes {
  // expected-error @below {{with keys_in_lanes, score_keys must be a power of two that divides width}}
  schedule = #cpu.schedule<width = 4, score_keys = 8, row_vectors = 1, value_rows = 4, value_vectors = 8, panels = 8, keys_in_lanes = true>}

// -----

func.func private @schedule_c3_far_prefetch() attributes {
  // expected-error @below {{prefetch must be in 0 … 1048576, and goes with keys_in_lanes}}
  schedule = #cpu.schedule<width = 8, score_keys = 4, row_vectors = 1, value_rows = 4, value_vectors = 8, panels = 8, keys_in_lanes = true, prefetch = 1048577>}

// -----

func.func private @schedule_c3_prefetch_of_rows_in_lanes() attributes {
  // expected-error @below {{prefetch must be in 0 … 1048576, and goes with keys_in_lanes}}
  schedule = #cpu.schedule<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 2, prefetch = 2048>}
