// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A sliding window around the query's position.
def Attn_WindowAttr : Attn_Mask<"Window", "window", ["limitKeys", "limitRow"]> {
  let summary = "visible: -left ≤ distance ≤ right";
  let description = [{
    A side that is not given is unbounded. Constraints:
    1. left and right are in [-2^24, 2^24] and -left ≤ right: the window holds at least one distance.
  }];
  let parameters = (ins OptionalParameter<"std::optional<int64_t>">:$left, OptionalParameter<"std::optional<int64_t>">:$right);
  let assemblyFormat = "(`<` struct($left, $right)^ `>`)?";
  let genVerifyDecl = 1;
}
