// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Targets by name.
#include "camber/Target/Target.h"

using namespace mlir;
using namespace camber;

static std::vector<std::unique_ptr<Target>> &registry() {
  static std::vector<std::unique_ptr<Target>> targets;
  return targets;
}

void camber::registerTarget(std::unique_ptr<Target> target) {
  if (!findTarget(target->getName()))
    registry().push_back(std::move(target));
}

const Target *camber::findTarget(StringRef name) {
  for (const auto &target : registry())
    if (target->getName() == name)
      return target.get();
  return nullptr;
}

std::vector<StringRef> camber::getTargetNames() {
  std::vector<StringRef> names;
  for (const auto &target : registry())
    names.push_back(target->getName());
  return names;
}
