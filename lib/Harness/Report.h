// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What camber-check prints.
#ifndef CAMBER_LIB_HARNESS_REPORT_H
#define CAMBER_LIB_HARNESS_REPORT_H

#include "Bench.h"

namespace camber::harness {

/// One line of JSON. `bench` is nullptr where the kernel was not timed.
std::string jsonLine(const KernelReport &report, const BenchReport *bench, const CheckOptions &options);

/// How far the kernels are from the reference.
std::string checkTable(const std::vector<KernelReport> &reports);

/// One table for each sizes and number of threads.
std::string benchTables(const std::vector<BenchReport> &reports, const CheckOptions &options);

} // namespace camber::harness

#endif
