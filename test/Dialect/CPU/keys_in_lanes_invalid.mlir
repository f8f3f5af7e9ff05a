// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func private @c1_group() attributes {
  // expected-error @below {{sizes must be in 1 … 64 and width a power of two}}
  schedule = #cpu.keys_in_lanes<width = 8, streams = 4, rows = 1, value_keys = 4, value_vectors = 8, group_rows = 0>}

// -----

func.func private @c2_streams() attributes {
  // expected-error @below {{streams must be a power of two that divides width}}
  schedule = #cpu.keys_in_lanes<width = 8, streams = 6, rows = 1, value_keys = 4, value_vectors = 8, group_rows = 8>}

// -----

func.func private @c2_more_streams_than_lanes() attributes {
  // expected-error @below {{streams must be a power of two that divides width}}
  schedule = #cpu.keys_in_lanes<width = 4, streams = 8, rows = 1, value_keys = 4, value_vectors = 8, group_rows = 8>}

// -----

func.func private @c3_far_prefetch() attributes {
  // expected-error @below {{prefetch must be in 0 … 1048576, got 1048577}}
  schedule = #cpu.keys_in_lanes<width = 8, streams = 4, rows = 1, value_keys = 4, value_vectors = 8, group_rows = 8, prefetch = 1048577>}

// -----

func.func private @c3_negative_prefetch() attributes {
  // expected-error @below {{prefetch must be in 0 … 1048576, got -1}}
  schedule = #cpu.keys_in_lanes<width = 8, streams = 4, rows = 1, value_keys = 4, value_vectors = 8, group_rows = 8, prefetch = -1>}
