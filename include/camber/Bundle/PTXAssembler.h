// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// PTX text to machine code, where NVIDIA's assembler is installed; nothing needs it.
#ifndef CAMBER_BUNDLE_PTXASSEMBLER_H
#define CAMBER_BUNDLE_PTXASSEMBLER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace camber::bundle {

/// The cubin of `ptx` for `chip` ("sm_80"); empty where no ptxas is in PATH, or the one that is knows nothing of the
/// chip or of this version of PTX. Error: what ptxas says against the text.
llvm::Expected<std::string> assemblePTX(llvm::StringRef ptx, llvm::StringRef chip);

/// Path, size and time of the assembler that assemblePTX would run; empty where there is none.
std::string describeAssembler();

} // namespace camber::bundle

#endif
