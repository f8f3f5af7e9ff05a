!t = memref<1x4x128x128xf16>
func.func @k(%q: !t, %k: !t, %v: !t, %o: !t) {
  attn.attention query(%q : !t) key(%k : !t) value(%v : !t) outs(%o : !t)
      attributes {tile.shape = #tile.shape<rows = 64, keys = 48, pack_max = 32>} scores {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    attn.yield %s
  }
  return
}
