// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The schedules that tuning tries on a CPU.
#ifndef CAMBER_LIB_TARGET_CPU_ALTERNATIVES_H
#define CAMBER_LIB_TARGET_CPU_ALTERNATIVES_H

#include "Processors.h"
#include "camber/Target/Target.h"

namespace camber::cpu {

/// Choices that differ from `choice` in one respect and fit the processor's registers; `choice` is not among them.
std::vector<ScheduleChoice> getAlternatives(const ScheduleChoice &choice, int64_t group, const Processor &processor);

} // namespace camber::cpu

#endif
