// RUN: camber-opt %s --pipeline-emit-kernel-abi --split-input-file --verify-diagnostics

#geometry = #tile.geometry<heads = 1, kv_heads = 1, head_dim = 64, rows = 64, keys = 64, packed = false>
// expected-error @below {{must be one block without results and end with the arguments of a thread block: index, memref<?xf32> and memref<?xi8>; run convert-tile-to-pipeline first}}
func.func @arguments(%k: memref<1x2x?x64xf16>) attributes {
    camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>, camber.shared_bytes = 0} {
  return
}

// -----

#geometry = #tile.geometry<heads = 1, kv_heads = 1, head_dim = 64, rows = 64, keys = 64, packed = false>
// expected-error @below {{argument 0 is not described; run attn-annotate-kernels first}}
func.func @dims(%k: memref<1x2x?x64xf16>, %n: index, %partials: memref<?xf32>, %norms: memref<?xi8>) attributes {
    camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>, camber.shared_bytes = 0} {
  return
}

// -----

#geometry = #tile.geometry<heads = 1, kv_heads = 1, head_dim = 64, rows = 64, keys = 64, packed = false>
// expected-error @below {{argument 0 ('memref<1x2x?x64xf16>') has 3 dims, and must be a number or a memref of numbers with as many dimensions}}
func.func @rank(%k: memref<1x2x?x64xf16> {attn.dims = ["batch", 2, "kv_len"], attn.name = "k", attn.role = "key"},
                %n: index, %partials: memref<?xf32>, %norms: memref<?xi8>) attributes {
    camber.geometry = #geometry, camber.schedule = #pipeline.schedule<warps = 4>, camber.shared_bytes = 0} {
  return
}

// -----

// expected-error @below {{argument 0 has 5 dimensions, more than 4, which is what camber_tensor has strides for}}
func.func @large_rank(%k: memref<1x1x1x1x1xf32> {attn.dims = [1, 1, 1, 1, 1], attn.name = "x", attn.role = "parameter"},
                      %n: index, %partials: memref<?xf32>, %norms: memref<?xi8>) attributes {
    camber.geometry = #tile.geometry<heads = 1, kv_heads = 1, head_dim = 64, rows = 64, keys = 64, packed = false>,
    camber.schedule = #pipeline.schedule<warps = 4>, camber.shared_bytes = 0} {
  return
}

// -----

// expected-error @below {{must have a #tile.geometry as camber.geometry and a #pipeline.schedule as camber.schedule}}
func.func @facts(%n: index, %partials: memref<?xf32>, %norms: memref<?xi8>) attributes {camber.shared_bytes = 0} {
  return
}

// -----

// expected-error @below {{camber.shared_bytes must be a 64-bit integer, got "many"}}
func.func @bytes(%n: index, %partials: memref<?xf32>, %norms: memref<?xi8>) attributes {
    camber.geometry = #tile.geometry<heads = 1, kv_heads = 1, head_dim = 64, rows = 64, keys = 64, packed = false>,
    camber.schedule = #pipeline.schedule<warps = 4>, camber.shared_bytes = "many"} {
  return
}
