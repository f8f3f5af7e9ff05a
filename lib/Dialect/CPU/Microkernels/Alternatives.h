// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Collects what tuning tries.
#ifndef CAMBER_LIB_DIALECT_CPU_MICROKERNELS_ALTERNATIVES_H
#define CAMBER_LIB_DIALECT_CPU_MICROKERNELS_ALTERNATIVES_H

#include "camber/Dialect/CPU/Microkernel.h"

namespace camber::cpu {

/// Choices in the order in which they were added, each once, and not the one that they are alternatives to.
class Alternatives {
public:
  Alternatives(tile::ShapeAttr tiles, mlir::Attribute microkernel) : now{tiles, microkernel} {}

  void add(int64_t rows, int64_t keys, mlir::Attribute microkernel) {
    Choice next = {tile::ShapeAttr::get(now.tiles.getContext(), rows, keys, now.tiles.getPackMax()), microkernel};
    if (!isSame(next, now) && llvm::none_of(all, [&](const Choice &other) { return isSame(next, other); }))
      all.push_back(next);
  }
  std::vector<Choice> take() { return std::move(all); }

private:
  static bool isSame(const Choice &a, const Choice &b) {
    return a.tiles == b.tiles && a.microkernel == b.microkernel;
  }

  Choice now;
  std::vector<Choice> all;
};

} // namespace camber::cpu

#endif
