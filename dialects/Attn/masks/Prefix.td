// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A prefix everyone sees, causal after it (prefix language models).
def Attn_PrefixAttr : Attn_Mask<"Prefix", "prefix", ["limitKeys", "limitRow", "verifyUse"]> {
  let summary = "visible: distance ≤ 0 or key position < length; replaces causal";
  let description = [{
    Constraints:
    1. 0 ≤ length < 2^24.
    2. not combined with #attn.causal, which would undo it.
  }];
  let parameters = (ins "int64_t":$length);
  let assemblyFormat = "`<` `length` `=` $length `>`";
  let genVerifyDecl = 1;
}
