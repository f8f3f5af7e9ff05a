// RUN: camber-opt %s --choose-tiles=target=x86-64-v3 --attn-to-tile --tile-to-schedule=target=x86-64-v3 | FileCheck %s

// Decoding: keys and values are read as they are stored.
// CHECK-LABEL: func.func private @decode_task(
// CHECK-NOT: cpu.copy_keys
// CHECK: %[[KEYS:.*]] = memref.subview %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}, 0] [1, 1, %{{.*}}, 64]
// CHECK: %[[VALUES:.*]] = memref.subview %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}, 0] [1, 1, %{{.*}}, 64]
// CHECK: cpu.scores %{{.*}}, %[[KEYS]] {{.*}} scratch %{{.*}} : memref<8x2x8xf32> schedule(#cpu.keys_in_lanes<
// CHECK: cpu.accumulate %{{.*}}, %[[VALUES]]
func.func @decode(%q: memref<1x8x1x64xf16>, %k: memref<1x2x500x64xf16>, %v: memref<1x2x500x64xf16>,
                  %o: memref<1x8x1x64xf16>) {
  attn.attention query(%q : memref<1x8x1x64xf16>) key(%k : memref<1x2x500x64xf16>) value(%v : memref<1x2x500x64xf16>)
    outs(%o : memref<1x8x1x64xf16>) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}
