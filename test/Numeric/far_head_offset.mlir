// REQUIRES: avx2
// RUN: camber-run %s --target=x86-64-v3

// The largest head offset that the dialect takes is one that manifests take.
!q = memref<?x2x40x64xf32>
!kv = memref<?x2x70x64xf32>

func.func @far(%q: !q, %k: !kv, %v: !kv, %m: memref<2xf32> {attn.name = "m"}, %o: !q) {
  attn.attention query(%q : !q) key(%k : !kv) value(%v : !kv) params(%m : memref<2xf32>) head_offset = 16777213 outs(%o : !q) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes: memref<2xf32>):
    %0 = attn.scale %s, 0.125
    %1 = attn.alibi_symmetric %0 at(%h, %p, %j) slopes(%slopes : memref<2xf32>) {head_offset = 16777213}
    attn.yield %1
  }
  return
}
