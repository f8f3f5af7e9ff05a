# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints a loop over keys whose score, and the limit of whose distances, are sums of as many terms as asked for.

usage: long_body.py TERMS
"""
import sys

terms = int(sys.argv[1])
print("""!state = !tile.tile<64xf32>
func.func @long(%t: !tile.tile<64x64xf32>, %n: index, %limit: i32) {
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 64, rows = 64, keys = 64, packed = false> {
  ^bb0(%batch: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
    %init = "foo.state"() : () -> !state
    %r = tile.for_keys %g to %n step 64 iter(%init : !state) -> (!state) {
    ^bb0(%first: index, %count: index, %x: !state):
      %scores = tile.score %t rows %rows batch %batch kv_head %g query_base %g keys %first key_base %g params(%limit : i32)
             : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
      ^bb0(%s0: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %c0: i32):""")
for k in range(terms):
    print("        %%s%d = arith.addf %%s%d, %%s0 : f32\n        %%c%d = arith.addi %%c%d, %%h : i32" % (k + 1, k, k + 1, k))
print("""        %%visible = tile.visible %%s%d at(%%p, %%j) max %%c%d
        tile.yield %%visible : f32
      }
      %%p2, %%max, %%sum, %%rescale = tile.softmax_update %%scores, %%x, %%x
        : !tile.tile<64x64xf32>, !state, !state -> !tile.tile<64x64xf32>, !state, !state, !state
      tile.yield %%sum : !state
    }
  }
  return
}""" % (terms, terms))
