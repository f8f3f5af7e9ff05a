// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The form of task functions that a kernel interface is built around.
#include "CheckTask.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "camber/Target/Arguments.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace camber;

/// Batch, kv head, row block, split and number of splits, then the workspaces: partial results, norms, the thread's.
static SmallVector<Type> extraArguments(MLIRContext *context) {
  SmallVector<Type> types(5, IndexType::get(context));
  types.append(3, MemRefType::get({ShapedType::kDynamic}, IntegerType::get(context, 8)));
  return types;
}

LogicalResult cpu::checkTask(func::FuncOp task, func::FuncOp combine, func::FuncOp prepare) {
  SmallVector<Type> extra = extraArguments(task.getContext());
  SmallVector<func::FuncOp> functions = {task, combine};
  if (prepare)
    functions.push_back(prepare);
  for (func::FuncOp function : functions)
    if (function.isExternal() || function.getNumArguments() < extra.size() || function.getNumResults() ||
        !llvm::equal(function.getArgumentTypes().take_back(extra.size()), extra))
      return function.emitOpError("must end with the arguments of a task: five index and three workspaces; "
                                  "run convert-tile-to-cpu first");
  for (func::FuncOp function : functions)
    if (task.getArgumentTypes() != function.getArgumentTypes())
      return function.emitOpError("must take the arguments of the task");
  if (!isa<tile::GeometryAttr>(task->getAttr("camber.geometry")))
    return task.emitOpError("camber.geometry must be a #tile.geometry");
  for (StringRef fact : {"camber.thread_bytes", "camber.partial_bytes"})
    if (!task->getAttrOfType<IntegerAttr>(fact))
      return task.emitOpError() << "lacks " << fact << "; run convert-tile-to-cpu first";
  for (StringRef bound :
       {"camber.q_len_max", "camber.kv_len_max", "camber.prepare_q_len_min", "camber.not_finite_offset"})
    if (Attribute most = task->getAttr(bound); most && !isa<IntegerAttr>(most))
      return task.emitOpError() << bound << " must be an integer, got " << most;
  if (prepare && !task->hasAttr("camber.prepare_q_len_min"))
    return task.emitOpError("lacks camber.prepare_q_len_min, and comes with a function to prepare; "
                            "run convert-tile-to-cpu first");
  for (unsigned number = 0; number < task.getNumArguments() - extra.size(); ++number)
    if (failed(checkOperand(task, number)))
      return failure();
  return success();
}
