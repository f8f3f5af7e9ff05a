// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Targets by name.
#include "camber/Target/Target.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
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

mlir::LogicalResult camber::requireTarget(mlir::Operation *op, StringRef name, const Target *&target) {
  target = findTarget(name);
  if (target)
    return mlir::success();
  std::string known = join(getTargetNames(), ", ");
  if (name.empty())
    return op->emitError() << "no target is given; set the option target to one of " << known;
  return op->emitError() << "unknown target '" << name << "'; there are " << known;
}
