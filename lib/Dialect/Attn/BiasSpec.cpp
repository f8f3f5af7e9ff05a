// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The registry of biases that may be asked for, filled from the ops of the dialect.
#include "camber/Dialect/Attn/BiasSpec.h"
#include "camber/Dialect/Attn/AttnBiases.h"

using namespace llvm;
using namespace camber;
using namespace camber::attn;

BiasSpec::~BiasSpec() = default;

void BiasFieldVisitor::visitSwitch(StringRef name, StringRef description, bool &field) {
  visit(name, "", description, [&](StringRef text) {
    return assign(parseChoice(name, text, {"false", "true"}), field);
  });
}

void BiasFieldVisitor::visitInteger(StringRef name, StringRef description, int64_t &field) {
  visit(name, "N", description, [&](StringRef text) { return assign(parseInteger(name, text), field); });
}

void BiasFieldVisitor::visitReal(StringRef name, StringRef description, double &field) {
  visit(name, "X", description, [&](StringRef text) { return assign(parseReal(name, text), field); });
}

using Registry = std::vector<std::shared_ptr<const BiasSpec>>;

template <typename OpTy> using SpecOf = decltype(OpTy::createSpec());

/// Those of the ops that have one.
template <typename... Ops> static Registry createSpecs() {
  Registry all;
  auto add = [&](auto op) {
    using OpTy = decltype(op);
    if constexpr (is_detected<SpecOf, OpTy>::value)
      all.push_back(OpTy::createSpec());
  };
  (add(Ops()), ...);
  return all;
}

static Registry &getRegistry() {
  static Registry registry = createSpecs<
#define GET_OP_LIST
#include "camber/Dialect/Attn/AttnBiases.cpp.inc"
      >();
  return registry;
}

ArrayRef<std::shared_ptr<const BiasSpec>> camber::attn::getBiasSpecs() { return getRegistry(); }

std::shared_ptr<const BiasSpec> camber::attn::findBiasSpec(StringRef name) {
  for (const std::shared_ptr<const BiasSpec> &spec : getRegistry())
    if (spec->getName() == name)
      return spec;
  return nullptr;
}

void camber::attn::registerBias(std::unique_ptr<BiasSpec> spec) {
  assert(!findBiasSpec(spec->getName()) && "two biases have one name");
  getRegistry().push_back(std::move(spec));
}
