// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pipeline part of the schedule level.
#ifndef CAMBER_DIALECT_PIPELINE_PIPELINEDIALECT_H
#define CAMBER_DIALECT_PIPELINE_PIPELINEDIALECT_H

#include "camber/Dialect/Tile/TileDialect.h"

namespace camber::pipeline {
/// The memory space of memrefs in shared memory.
inline constexpr int64_t kSharedMemory = 3;

/// What ops on stages and tables read and write.
struct SharedMemory : mlir::SideEffects::Resource::Base<SharedMemory> {
  llvm::StringRef getName() final { return "SharedMemory"; }
};
} // namespace camber::pipeline

#include "camber/Dialect/Pipeline/PipelineDialect.h.inc"
#define GET_TYPEDEF_CLASSES
#include "camber/Dialect/Pipeline/PipelineTypes.h.inc"
#define GET_ATTRDEF_CLASSES
#include "camber/Dialect/Pipeline/PipelineAttributes.h.inc"
#define GET_OP_CLASSES
#include "camber/Dialect/Pipeline/PipelineOps.h.inc"

#endif
