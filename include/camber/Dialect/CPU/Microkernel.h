// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// MicrokernelAttrInterface (dialects/CPU/CPUInterfaces.td), and what it speaks of.
#ifndef CAMBER_DIALECT_CPU_MICROKERNEL_H
#define CAMBER_DIALECT_CPU_MICROKERNEL_H

#include "camber/Dialect/Tile/ScheduleChoice.h"
#include <vector>

namespace camber::cpu {

class AccumulateOp;
class PackQueriesOp;
class ScoresOp;
class SoftmaxUpdateOp;
class VectorBuilder; // camber/Dialect/CPU/VectorBuilder.h

/// What the lanes of a vector of scores are.
enum class Lanes { rows, keys };

} // namespace camber::cpu

#include "camber/Dialect/CPU/CPUAttrInterfaces.h.inc"

#endif
