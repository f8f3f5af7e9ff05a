// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// llvm::Statistic as the LLVM library was built with it. Included before everything else (the CMakeLists.txt beside
// it).
//
// It has other members where assertions are on, which they are in Camber and not in Debian's LLVM: its constructor
// would leave ours uninitialised. A library without assertions counts nothing, and `--mlir-pass-statistics` prints no
// numbers.
#ifndef CAMBER_LIB_LLVM_LIBRARYSTATISTIC_H
#define CAMBER_LIB_LLVM_LIBRARYSTATISTIC_H

#define NDEBUG
#include "llvm/ADT/Statistic.h"
#undef NDEBUG

#endif
