// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table that passes choose from.
#ifndef CAMBER_LIB_TARGET_READSCHEDULES_H
#define CAMBER_LIB_TARGET_READSCHEDULES_H

#include "camber/Target/Target.h"

namespace camber {

/// The entries of the file, if there is a path, and then those of the target, if there is one. A file that cannot be
/// used is reported at `op`.
inline mlir::FailureOr<ScheduleTable> readSchedules(mlir::Operation *op, llvm::StringRef path, const Target *target) {
  ScheduleTable all;
  if (!path.empty()) {
    llvm::Expected<ScheduleTable> table = ScheduleTable::read(path);
    if (!table)
      return op->emitError() << llvm::toString(table.takeError());
    all = std::move(*table);
  }
  if (target) {
    llvm::append_range(all.tiles, target->getSchedules().tiles);
    llvm::append_range(all.schedules, target->getSchedules().schedules);
  }
  return all;
}

} // namespace camber

#endif
