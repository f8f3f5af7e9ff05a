// Head weights whose values stand at the end of the file.
!t = memref<1x2x8x16xf32>
func.func @k(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) outs(%o : !t) scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    %w = arith.constant dense_resource<w> : tensor<2xf32>
    %x = attn.lookup %w[%h] : tensor<2xf32> -> f32
    %y = arith.mulf %s, %x : f32
    attn.yield %y
  }
  return
}
{-#
  dialect_resources: { builtin: { w: "BLOB" } }
#-}
