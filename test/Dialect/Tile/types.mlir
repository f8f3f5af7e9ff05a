// RUN: camber-opt %s --verify-roundtrip | FileCheck %s
// RUN: camber-opt %s --mlir-print-op-generic | camber-opt | FileCheck %s
// RUN: camber-opt %s --emit-bytecode | camber-opt | FileCheck %s

// CHECK: func.func private @types(!tile.tile<64xf32>, !tile.tile<64x32xf32>, !tile.rows<16>)
func.func private @types(!tile.tile<64xf32>, !tile.tile<64x32xf32>, !tile.rows<16>)
// CHECK: shape = #tile.shape<rows = 16, keys = 64, pack_max = 0>
func.func private @shape() attributes {shape = #tile.shape<rows = 16, keys = 64, pack_max = 0>}
// CHECK: geometry = #tile.geometry<heads = 32, kv_heads = 8, head_dim = 128, rows = 64, keys = 32, packed = true, head_offset = 4>
func.func private @geometry() attributes {geometry = #tile.geometry<heads = 32, kv_heads = 8, head_dim = 128, rows = 64,
                                                                    keys = 32, packed = true, head_offset = 4>}
