// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Several segments packed into one sequence.
def Attn_SegmentsAttr : Attn_Mask<"Segments", "segments", ["verifyUse", "readsSegments"]> {
  let summary = "visible: query_segment[b, i] = key_segment[b, j]";
  let description = [{
    The ids are read by index (not position) from the attention's operands `query_segment` [B,Lq] and `key_segment` [B,Lk], i32.
    Constraints:
    1. both operands are given.
  }];
}
