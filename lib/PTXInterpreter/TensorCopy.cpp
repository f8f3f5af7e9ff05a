// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// TMA: bulk and tensor copies.
#include "Machine.h"

namespace camber::ptx {

std::array<uint8_t, 128> TensorMap::encode() const {
  std::array<uint8_t, 128> bytes = {};
  return bytes;
}

bool Machine::runTensorCopies(bool idle) { return false; }

} // namespace camber::ptx
