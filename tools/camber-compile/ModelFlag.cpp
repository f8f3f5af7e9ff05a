// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --model=NAME.
#include "ModelFlag.h"

using namespace llvm;

namespace camber::tools {

Error applyModelPreset(StringRef name, KernelSpec &) {
  return createStringError(inconvertibleErrorCode(), "unknown model '" + name + "'; no presets are built in");
}

} // namespace camber::tools
