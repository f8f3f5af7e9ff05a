// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Several documents packed into one sequence.
def Attn_DocumentsAttr : Attn_Mask<"Documents", "documents", ["verifyUse", "readsDocuments"]> {
  let summary = "visible: query_doc[b, i] = key_doc[b, j]";
  let description = [{
    The ids are read by index (not position) from the attention's operands `query_doc` [B,Lq] and `key_doc` [B,Lk], i32.
    Constraints:
    1. both operands are given.
  }];
}
