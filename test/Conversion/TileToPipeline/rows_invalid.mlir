// RUN: camber-opt %s --attn-to-tile='target=sm_80 rows=32' --choose-schedule='target=sm_80 schedule=#pipeline.schedule<warps=4>' --convert-tile-to-pipeline \
// RUN:   --convert-pipeline-to-threads=machine=#nvptx.ampere --verify-diagnostics

!t = memref<1x2x128x64xf16>
// expected-error @below {{rows, keys and head dim must be multiples of 64, 16 and 8 for #pipeline.schedule<warps = 4>}}
func.func @rows(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}
