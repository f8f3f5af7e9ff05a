// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK: schedule = #cpu.keys_in_lanes<width = 16, streams = 4, rows = 4, value_keys = 4, value_vectors = 16, group_rows = 16, prefetch = 2048>
func.func private @prefetch() attributes {schedule = #cpu.keys_in_lanes<width = 16, streams = 4, rows = 4, value_keys = 4,
    value_vectors = 16, group_rows = 16, prefetch = 2048>}
