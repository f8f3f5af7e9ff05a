// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @exp2_element(%x: vector<8xf64>) {
  // expected-error @below {{operand #0 must be vector of 32-bit float values of ranks 1}}
  %p = "cpu.exp2"(%x) : (vector<8xf64>) -> vector<8xf64>
  return
}

// -----

func.func @exp2_result(%x: vector<8xf32>) {
  // expected-error @below {{failed to verify that all of {x, result} have same type}}
  %p = "cpu.exp2"(%x) : (vector<8xf32>) -> vector<16xf32>
  return
}
