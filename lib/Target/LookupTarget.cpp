// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Targets as users write them: "native", "x86-64-v4+avx512bf16", lists.
#include "camber/Target/Target.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace camber;

static std::string namesInWords() { return join(getTargetNames(), ", ") + ", native"; }

/// Null where no target describes this machine.
static const camber::Target *findNative() {
  const camber::Target *best = nullptr;
  for (StringRef name : camber::getTargetNames()) {
    const camber::Target *target = camber::findTarget(name);
    TargetDesc desc = cantFail(target->describe({}));
    if (hostCanRun(desc) && (!best || desc.isPreferredTo(cantFail(best->describe({})))))
      best = target;
  }
  return best;
}

Expected<TargetDesc> camber::lookupTarget(StringRef name) {
  registerAllTargets();
  SmallVector<StringRef> parts;
  name.split(parts, '+');
  StringRef base = parts.front();
  // The name says which code a bundle holds, so the same features have one spelling.
  SmallVector<StringRef> features(llvm::drop_begin(parts));
  llvm::sort(features);
  if (std::adjacent_find(features.begin(), features.end()) != features.end() || llvm::is_contained(features, ""))
    return createStringError(inconvertibleErrorCode(),
                             "'" + name + "' names a CPU feature twice, or has a '+' without one");
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
  commaSeparated.split(names, ',');
  if (llvm::any_of(names, [](StringRef name) { return name.trim().empty(); }))
    return createStringError(
        inconvertibleErrorCode(),
        (commaSeparated.trim().empty() ? "no target given" : "'" + commaSeparated + "' holds an empty name") +
            "; known targets: " + namesInWords());
  std::vector<TargetDesc> targets;
  for (StringRef name : names) {
    Expected<TargetDesc> target = lookupTarget(name.trim());
    if (!target)
      return target.takeError();
    for (const TargetDesc &other : targets) {
      if (other.name == target->name)
        return createStringError(inconvertibleErrorCode(), "target '" + target->name + "' is given twice");
      if (other.arch != target->arch && !other.device && !target->device)
        return createStringError(inconvertibleErrorCode(), "targets '" + other.name + "' and '" + target->name +
                                                               "' are of different architectures; a bundle has "
                                                               "libraries for one");
    }
    targets.push_back(std::move(*target));
  }
  return targets;
}
