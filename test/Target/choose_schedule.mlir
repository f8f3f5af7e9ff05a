// RUN: camber-opt %s --choose-schedule=target=x86-64-v3 | FileCheck %s --check-prefix=V3
// RUN: camber-opt %s --choose-schedule=target=x86-64-v4 | FileCheck %s --check-prefix=V4
// RUN: camber-opt %s --choose-schedule=target=aarch64 | FileCheck %s --check-prefix=ARM
// RUN: not camber-opt %s --choose-schedule=target=pentium 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not camber-opt %s --tile-to-schedule=target=pentium 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// As many lanes as the target's registers, and accumulators that fit 16 or 32 of them.
// V3: schedule #cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 2, copy_values = true>
// V4: schedule #cpu.rows_in_lanes<width = 16, score_keys = 6, row_vectors = 4, value_rows = 6, value_vectors = 4, panels = 1, copy_values = true>
// ARM: schedule #cpu.rows_in_lanes<width = 4, score_keys = 6, row_vectors = 4, value_rows = 6, value_vectors = 4, panels = 2, copy_values = true>
// UNKNOWN: unknown target 'pentium'; there are x86-64-v3, x86-64-v4, aarch64
func.func @kernel(%n: index) {
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
  }
  return
}

// Fewer rows than a panel: lanes are keys.
// V3: schedule #cpu.keys_in_lanes<width = 8, streams = 4, rows = 1, value_keys = 4, value_vectors = 8, group_rows = 8>
// V4: schedule #cpu.keys_in_lanes<width = 16, streams = 4, rows = 1, value_keys = 4, value_vectors = 16, group_rows = 16>
func.func @decode(%n: index) {
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 8, keys = 64, packed = false> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
  }
  return
}

// Heads of a group share what is loaded, two at a time.
// V3: schedule #cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 4, value_vectors = 8, group_rows = 8, prefetch = 2048>
func.func @grouped(%n: index) {
  tile.kernel batch(%n) q_len(%n) <heads = 6, kv_heads = 2, head_dim = 64, rows = 8, keys = 32, packed = true> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<8>, %split: index, %splits: index):
  }
  return
}
