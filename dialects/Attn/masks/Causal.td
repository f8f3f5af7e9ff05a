// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A query sees keys at its own position and before.
def Attn_CausalAttr : Attn_Mask<"Causal", "causal", ["limitKeys", "limitRow"]> {
  let summary = "visible: distance ≤ 0";
}
