// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Targets as users write them: "native", "x86-64-v4+avx512bf16", lists.
#include "camber/Target/Target.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace camber;

static std::string namesInWords() { return join(getTargetNames(), ", ") + ", native"; }

/// Null where no target describes this machine.
static const camber::Target *findNative() {
  std::pair<const camber::Target *, int> best = {nullptr, 0};
  for (StringRef name : camber::getTargetNames()) {
    const camber::Target *target = camber::findTarget(name);
    if (TargetDesc desc = cantFail(target->describe({})); desc.width > best.second && hostCanRun(desc))
      best = {target, desc.width};
  }
  return best.first;
}

Expected<TargetDesc> camber::lookupTarget(StringRef name) {
  registerAllTargets();
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
  registerAllTargets();
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
