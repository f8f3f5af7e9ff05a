// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// PTX text to machine code, where NVIDIA's assembler is installed; nothing needs it.
#ifndef CAMBER_BUNDLE_PTXASSEMBLER_H
#define CAMBER_BUNDLE_PTXASSEMBLER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace camber::bundle {

struct AssembledPTX {
  std::string
      cubin; ///< empty where no ptxas is in PATH, or the one that is knows nothing of the chip or of PTX like this
  int64_t spilledBytes = 0; ///< that a thread stores because it has too few registers, of all functions together
};

/// What ptxas makes of `ptx` for `chip` ("sm_80"). Error: what it says against the text.
llvm::Expected<AssembledPTX> assemblePTX(llvm::StringRef ptx, llvm::StringRef chip);

/// Path, size and time of the assembler that assemblePTX would run; empty where there is none.
std::string describeAssembler();

} // namespace camber::bundle

#endif
