// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the files of #nvptx.ampere share.
#ifndef CAMBER_LIB_TARGET_NVPTX_MACHINES_AMPERE_H
#define CAMBER_LIB_TARGET_NVPTX_MACHINES_AMPERE_H

#include "NVPTXDialect.h"

namespace camber::nvptx::ampere {

/// Of the ids that `emitThreadIds` gives: tid, lane, warp, lane / 4, lane mod 4.
enum Id { kThread, kLane, kWarp, kLaneGroup, kLanePair };

/// Fragments of 16 rows that a warp has.
inline int64_t countRowFragments(const pipeline::BlockShape &block) {
  return block.geometry.getRows() / (16 * block.schedule.getWarps());
}

} // namespace camber::nvptx::ampere

#endif
