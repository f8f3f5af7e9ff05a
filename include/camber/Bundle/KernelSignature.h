// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a caller of a kernel must know: one entry of "kernels" in manifest.json (lib/Bundle/README.md), as C++.
#ifndef CAMBER_BUNDLE_KERNELCONTRACT_H
#define CAMBER_BUNDLE_KERNELCONTRACT_H

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <cstdint>
#include <string>
#include <vector>

namespace camber {

/// A query or key length: exactly `value`, at most `value`, or anything.
struct LengthSpec {
  enum Kind { Static, Bounded, Dynamic };
  Kind kind = Dynamic;
  int64_t value = 0; ///< unused for Any
};

/// One dimension of an operand: a number, or the run-time size that `symbol` names.
struct OperandDim {
  int64_t size = 0;   ///< used when symbol is empty
  std::string symbol; ///< "", "batch", "q_len", "kv_len" or "key_blocks", ⌈kv_len/64⌉
  static OperandDim fixed(int64_t size) { return {size, ""}; }
  static OperandDim runtime(std::string symbol) { return {0, std::move(symbol)}; }
};

/// One camber_tensor of the argument struct.
struct KernelOperand {
  std::string name;    ///< a C identifier, unique in the kernel
  std::string role;    ///< query key value output lse sink key_begin key_end query_offset key_offset query_segment
                       ///< key_segment key_norms parameter
  std::string element; ///< f32 f16 bf16 i32
  std::vector<OperandDim> dims; ///< outermost first; at most CAMBER_MAX_RANK
};

struct KernelSignature {
  std::string name;    ///< the C symbol prefix
  std::string storage; ///< f32 f16 bf16
  int64_t heads = 0, kvHeads = 0, headDim = 0;
  int64_t headOffset = 0; ///< added to the head that the score body sees (tensor-parallel shards)
  LengthSpec qLen, kvLen;
  bool offsetPositions = false;
  std::vector<KernelOperand> operands; ///< in the order of the argument struct
  llvm::json::Array masks;             ///< [{"kind": "attn.causal"}, …]
  llvm::json::Object score;            ///< {"nodes": […], "tables": […], "result": id}
  /// Where the user wrote each node, "file.mlir:12:5" or empty. The manifest has them for messages; they are no part of
  /// the promise, so toJSON() and the fingerprint leave them out: a comment in a file changes no code.
  std::vector<std::string> scoreLocations;
  bool checkable = true;
  bool skips = false; ///< skips keys that a falling bias has made negligible

  /// The signature as the manifest writes it, without "fingerprint" and "targets". Keys are in the README's order when
  /// written by `writeSignatureMembers`; this value is for comparison and hashing.
  llvm::json::Object toJSON() const;

  /// XXH3-64 of the signature and Camber's version. K_plan stores it in the plan, K_fingerprint exports it and the
  /// manifest records it. Two kernels that promise the same have the same fingerprint.
  uint64_t fingerprint() const;
};

/// Checks what the writers rely on: names are C identifiers and unique, roles, elements and dimensions are the
/// README's, there is one query, key, value and output. Error: the first violation, naming kernel and operand.
llvm::Error validateSignature(const KernelSignature &signature);

/// Writes the members of toJSON() in the README's order into an object that `out` has open.
void writeSignatureMembers(llvm::json::OStream &out, const KernelSignature &signature);

/// Error: a name that cannot be the C symbol prefix of a kernel.
llvm::Error validateKernelName(llvm::StringRef name);

/// A C identifier that is no keyword of C11 or C++17.
bool isCIdentifier(llvm::StringRef name);

} // namespace camber

#endif
