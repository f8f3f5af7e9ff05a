// RUN: camber-opt %s --cpu-emit-kernel-abi --split-input-file --verify-diagnostics
// RUN: not camber-opt %s --cpu-emit-kernel-abi=arch=riscv64 --split-input-file 2>&1 | FileCheck %s --check-prefix=ARCH
// ARCH: error: the FP control register of architecture 'riscv64' is not known; arch must be x86_64 or aarch64

// expected-error @below {{must be called k_task and come with k_combine; run convert-tile-to-cpu first}}
func.func private @alone_task(%b: index, %g: index, %block: index, %split: index, %splits: index, %partials: memref<?xi8>, %norms: memref<?xi8>, %thread: memref<?xi8>) attributes {camber.geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>, camber.thread_bytes = 64 : i64, camber.partial_bytes = 64 : i64} {
  return
}

// -----

// expected-error @below {{must be called k_task and come with k_combine}}
func.func private @name(%b: index, %g: index, %block: index, %split: index, %splits: index, %partials: memref<?xi8>, %norms: memref<?xi8>, %thread: memref<?xi8>) attributes {camber.geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>, camber.thread_bytes = 64 : i64, camber.partial_bytes = 64 : i64} {
  return
}

// -----

// expected-error @below {{must end with the arguments of a task: five index and three workspaces}}
func.func private @few_task(%b: index) attributes {camber.geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>, camber.thread_bytes = 64 : i64, camber.partial_bytes = 64 : i64} {
  return
}
func.func private @few_combine(%b: index) {
  return
}

// -----

// expected-error @below {{lacks camber.thread_bytes; run convert-tile-to-cpu first}}
func.func private @config_task(%b: index, %g: index, %block: index, %split: index, %splits: index, %partials: memref<?xi8>, %norms: memref<?xi8>, %thread: memref<?xi8>) attributes {camber.geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>} {
  return
}
func.func private @config_combine(%b: index, %g: index, %block: index, %split: index, %splits: index, %partials: memref<?xi8>, %norms: memref<?xi8>, %thread: memref<?xi8>) {
  return
}

// -----

// expected-error @below {{camber.q_len_max must be an integer, got "7"}}
func.func private @bound_task(%b: index, %g: index, %block: index, %split: index, %splits: index, %partials: memref<?xi8>, %norms: memref<?xi8>, %thread: memref<?xi8>) attributes {camber.geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>, camber.thread_bytes = 64 : i64, camber.partial_bytes = 64 : i64, camber.q_len_max = "7"} {
  return
}
func.func private @bound_combine(%b: index, %g: index, %block: index, %split: index, %splits: index, %partials: memref<?xi8>, %norms: memref<?xi8>, %thread: memref<?xi8>) {
  return
}

// -----

// expected-error @below {{camber.geometry must be a #tile.geometry}}
func.func private @geometry_task(%b: index, %g: index, %block: index, %split: index, %splits: index, %partials: memref<?xi8>, %norms: memref<?xi8>, %thread: memref<?xi8>) attributes {camber.geometry = 1 : i64, camber.thread_bytes = 64 : i64, camber.partial_bytes = 64 : i64} {
  return
}
func.func private @geometry_combine(%b: index, %g: index, %block: index, %split: index, %splits: index, %partials: memref<?xi8>, %norms: memref<?xi8>, %thread: memref<?xi8>) {
  return
}

// -----

// expected-error @below {{argument 0 is not described; run attn-annotate-kernels first}}
func.func private @roles_task(%q: memref<1x2x8x64xf32>, %b: index, %g: index, %block: index, %split: index, %splits: index, %partials: memref<?xi8>, %norms: memref<?xi8>, %thread: memref<?xi8>) attributes {camber.geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>, camber.thread_bytes = 64 : i64, camber.partial_bytes = 64 : i64} {
  return
}
func.func private @roles_combine(%q: memref<1x2x8x64xf32>, %b: index, %g: index, %block: index, %split: index, %splits: index, %partials: memref<?xi8>, %norms: memref<?xi8>, %thread: memref<?xi8>) {
  return
}

// -----

// expected-error @below {{argument 0 ('memref<1x2x8x64xf32>') has 1 dims}}
func.func private @dims_task(%q: memref<1x2x8x64xf32> {attn.role = "query", attn.name = "q", attn.dims = ["batch"]}, %b: index, %g: index, %block: index, %split: index, %splits: index, %partials: memref<?xi8>, %norms: memref<?xi8>, %thread: memref<?xi8>) attributes {camber.geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>, camber.thread_bytes = 64 : i64, camber.partial_bytes = 64 : i64} {
  return
}
func.func private @dims_combine(%q: memref<1x2x8x64xf32> {attn.role = "query", attn.name = "q", attn.dims = ["batch"]}, %b: index, %g: index, %block: index, %split: index, %splits: index, %partials: memref<?xi8>, %norms: memref<?xi8>, %thread: memref<?xi8>) {
  return
}

// -----

// expected-error @below {{argument 0 has a dimension that is neither a number nor batch, q_len, kv_len or key_blocks}}
func.func private @symbol_task(%q: memref<1x2x8x64xf32> {attn.role = "query", attn.name = "q", attn.dims = ["batch", 2, "length", 64]}, %b: index, %g: index, %block: index, %split: index, %splits: index, %partials: memref<?xi8>, %norms: memref<?xi8>, %thread: memref<?xi8>) attributes {camber.geometry = #tile.geometry<heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false>, camber.thread_bytes = 64 : i64, camber.partial_bytes = 64 : i64} {
  return
}
func.func private @symbol_combine(%q: memref<1x2x8x64xf32> {attn.role = "query", attn.name = "q", attn.dims = ["batch", 2, "length", 64]}, %b: index, %g: index, %block: index, %split: index, %splits: index, %partials: memref<?xi8>, %norms: memref<?xi8>, %thread: memref<?xi8>) {
  return
}
