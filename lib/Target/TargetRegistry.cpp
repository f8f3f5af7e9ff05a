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
  return op->emitError() << "unknown target '" << name << "'; there are " << join(getTargetNames(), ", ");
}

static std::string namesInWords() { return join(getTargetNames(), ", ") + ", native"; }

/// Null where no target describes this machine.
static const camber::Target *findNative() {
  std::pair<const camber::Target *, int> best = {nullptr, 0};
  for (const auto &target : registry())
    if (TargetDesc desc = cantFail(target->describe({})); desc.width > best.second && hostCanRun(desc))
      best = {target.get(), desc.width};
  return best.first;
}

Expected<TargetDesc> camber::lookupTarget(StringRef name) {
  SmallVector<StringRef> features;
  // A '+' without a name leaves no trace.
  name.split(features, '+', -1, /*KeepEmpty=*/false);
  StringRef base = name.split('+').first;
  if (!base.empty())
    features.erase(features.begin());
  std::string exists = "known targets: " + namesInWords();
  const Target *target = base == "native" ? findNative() : findTarget(base);
  if (!target)
    return createStringError(inconvertibleErrorCode(), base == "native"
                                                           ? "this machine is none of the targets; " + exists
                                                           : ("unknown target '" + base + "'; " + exists).str());
  return target->describe(features);
}

Expected<std::vector<TargetDesc>> camber::lookupTargets(StringRef commaSeparated) {
  SmallVector<StringRef> names;
  commaSeparated.split(names, ',', -1, /*KeepEmpty=*/false);
  if (names.empty())
    return createStringError(inconvertibleErrorCode(), "no target given; known targets: " + namesInWords());
  std::vector<TargetDesc> targets;
  for (StringRef name : names) {
    Expected<TargetDesc> target = lookupTarget(name.trim());
    if (!target)
      return target.takeError();
    for (const TargetDesc &other : targets) {
      if (other.name == target->name)
        return createStringError(inconvertibleErrorCode(), "target '" + target->name + "' is given twice");
      if (other.arch != target->arch)
        return createStringError(inconvertibleErrorCode(), "targets '" + other.name + "' and '" + target->name +
                                                               "' are of different architectures; a bundle has one");
    }
    targets.push_back(std::move(*target));
  }
  return targets;
}
