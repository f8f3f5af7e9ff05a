// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK: schedule = #cpu.rows_in_lanes<width = 16, score_keys = 6, row_vectors = 4, value_rows = 6, value_vectors = 4, panels = 1>
func.func private @sizes() attributes {schedule = #cpu.rows_in_lanes<width = 16, score_keys = 6, row_vectors = 4, value_rows = 6,
                                                                      value_vectors = 4, panels = 1>}

// CHECK: schedule = #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 2, copy_values = true>
func.func private @copies() attributes {schedule = #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6,
                                                                       value_vectors = 2, panels = 2, copy_values = true>}
