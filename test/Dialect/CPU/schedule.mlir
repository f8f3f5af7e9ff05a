// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK: schedule = #cpu.schedule<width = 16, score_keys = 6, row_vectors = 4, value_rows = 6, value_vectors = 4, panels = 1>
func.func private @schedule() attributes {schedule = #cpu.schedule<width = 16, score_keys = 6, row_vectors = 4, value_rows = 6,
                                                                   value_vectors = 4, panels = 1>}

// CHECK: schedule = #cpu.schedule<width = 16, score_keys = 4, row_vectors = 4, value_rows = 4, value_vectors = 16, panels = 16, keys_in_lanes = true, prefetch = 2048>
func.func private @prefetch() attributes {schedule = #cpu.schedule<width = 16, score_keys = 4, row_vectors = 4, value_rows = 4,
    value_vectors = 16, panels = 16, keys_in_lanes = true, prefetch = 2048>}
