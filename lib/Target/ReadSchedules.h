// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of schedules that a pass option names.
#ifndef CAMBER_LIB_TARGET_READSCHEDULES_H
#define CAMBER_LIB_TARGET_READSCHEDULES_H

#include "camber/Target/ScheduleTable.h"
#include "mlir/IR/Operation.h"

namespace camber {

/// Without a path, a table that knows nothing. A file that cannot be used is reported at `op`.
inline mlir::FailureOr<ScheduleTable> readSchedules(mlir::Operation *op, llvm::StringRef path) {
  if (path.empty())
    return ScheduleTable();
  llvm::Expected<ScheduleTable> table = ScheduleTable::read(path);
  if (!table)
    return op->emitError() << llvm::toString(table.takeError());
  return std::move(*table);
}

} // namespace camber

#endif
