// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes of a microkernel: the check that they have in common, and the collection of others for tuning.
#ifndef CAMBER_LIB_DIALECT_CPU_MICROKERNELS_SIZES_H
#define CAMBER_LIB_DIALECT_CPU_MICROKERNELS_SIZES_H

#include "camber/Dialect/CPU/Microkernel.h"
#include "mlir/IR/Diagnostics.h"

namespace camber::cpu {

/// Constraint 1 of every microkernel. The first of the sizes is the width.
inline mlir::LogicalResult verifySizes(llvm::function_ref<mlir::InFlightDiagnostic()> emitError,
                                       llvm::ArrayRef<int64_t> sizes) {
  auto isSize = [](int64_t size) { return size >= 1 && size <= 64; };
  if (llvm::all_of(sizes, isSize) && llvm::isPowerOf2_64(sizes.front()))
    return mlir::success();
  return emitError() << "sizes must be in 1 … 64 and width a power of two";
}

/// Choices in the order in which they were added, each once, and not the one that they are alternatives to.
class Alternatives {
public:
  Alternatives(tile::ShapeAttr tiles, mlir::Attribute microkernel) : now{tiles, microkernel} {}

  void add(int64_t rows, int64_t keys, mlir::Attribute microkernel) {
    ScheduleChoice next = {tile::ShapeAttr::get(now.tiles.getContext(), rows, keys, now.tiles.getPackMax()),
                           microkernel};
    if (!(next == now) && !llvm::is_contained(all, next))
      all.push_back(next);
  }
  std::vector<ScheduleChoice> take() { return std::move(all); }

private:
  ScheduleChoice now;
  std::vector<ScheduleChoice> all;
};

} // namespace camber::cpu

#endif
