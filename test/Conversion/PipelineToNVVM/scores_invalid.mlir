// RUN: camber-opt %s --attn-to-tile=target=sm_80 --tile-to-schedule=target=sm_80 --convert-pipeline-to-nvvm --verify-diagnostics

!t = memref<1x2x128x64xf16>
func.func @tanh(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32):
    // expected-error @below {{'math.tanh' op has no form in the score bodies of accelerators yet}}
    %0 = math.tanh %s : f32
    attn.yield %0
  }
  return
}
