// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builds kernels' contracts and score graphs in C++, for tests.
#ifndef CAMBER_TEST_REFERENCE_SCOREBUILDER_H
#define CAMBER_TEST_REFERENCE_SCOREBUILDER_H

#include "camber/Runtime/Manifest.h"

namespace camber::test {

/// Appends nodes to a kernel's score graph. Values are ids.
class ScoreBuilder {
public:
  using Value = int64_t;
  static constexpr Value score = 0, batch = 1, head = 2, query = 3, key = 4;

  explicit ScoreBuilder(Kernel &kernel) : kernel(kernel) {}

  Value node(const std::string &op, std::vector<Value> args, Attributes attrs = {},
             std::vector<std::string> params = {}, ScalarType type = ScalarType::F32) {
    ScoreNode node{op, {}, std::move(params), std::move(attrs), type, ""};
    for (Value arg : args)
      node.args.push_back({arg, ""});
    kernel.scores.push_back(std::move(node));
    return kernel.scoreResult = kScoreInputs + static_cast<int64_t>(kernel.scores.size()) - 1;
  }
  Value integer(const std::string &op, std::vector<Value> args, Attributes attrs = {}) {
    return node(op, std::move(args), std::move(attrs), {}, ScalarType::I32);
  }
  Value constant(double value) { return node("arith.constant", {}, {{"value", value}}); }
  Value index(int64_t value) { return integer("arith.constant", {}, {{"value", value}}); }
  Value lookup(const std::string &table, std::vector<Value> indices) {
    return node("attn.lookup", std::move(indices), {}, {table});
  }
  Value add(Value a, Value b) { return node("arith.addf", {a, b}); }
  Value sub(Value a, Value b) { return node("arith.subf", {a, b}); }
  Value mul(Value a, Value b) { return node("arith.mulf", {a, b}); }
  Value div(Value a, Value b) { return node("arith.divf", {a, b}); }
  Value unary(const std::string &op, Value a) { return node(op, {a}); }
  Value toReal(Value a) { return node("arith.sitofp", {a}); }
  /// Key position − query position.
  Value distance() { return integer("arith.subi", {key, query}); }
  Value absDistance() { return unary("math.absf", toReal(distance())); }

private:
  Kernel &kernel;
};

/// A float32 kernel with its q, k, v, o and lse operands and no modifiers. Its dimensions are batch, q_len and kv_len.
inline Kernel plainKernel(int64_t heads, int64_t kvHeads, int64_t headDim) {
  Kernel kernel;
  kernel.name = "kernel";
  kernel.heads = heads;
  kernel.kvHeads = kvHeads;
  kernel.headDim = headDim;
  const Dim batch{Dim::Batch, 0}, qLen{Dim::QLen, 0}, kvLen{Dim::KvLen, 0}, d{Dim::Fixed, headDim};
  kernel.operands = {{"q", Role::Query, Element::F32, {batch, {Dim::Fixed, heads}, qLen, d}},
                     {"k", Role::Key, Element::F32, {batch, {Dim::Fixed, kvHeads}, kvLen, d}},
                     {"v", Role::Value, Element::F32, {batch, {Dim::Fixed, kvHeads}, kvLen, d}},
                     {"o", Role::Output, Element::F32, {batch, {Dim::Fixed, heads}, qLen, d}},
                     {"lse", Role::Lse, Element::F32, {batch, {Dim::Fixed, heads}, qLen}}};
  return kernel;
}

} // namespace camber::test

#endif
