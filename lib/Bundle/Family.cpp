// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "camber/Bundle/Family.h"
#include "HeaderText.h"
#include "camber/Bundle/Writers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;
using namespace camber;

static Error failure(const Twine &message) { return createStringError(inconvertibleErrorCode(), message); }

static const CompiledKernel *findKernel(ArrayRef<CompiledKernel> kernels, StringRef name) {
  auto found = find_if(kernels, [&](const CompiledKernel &kernel) { return kernel.signature.name == name; });
  return found == kernels.end() ? nullptr : &*found;
}

std::vector<const CompiledKernel *> camber::membersOf(const KernelFamily &family, ArrayRef<CompiledKernel> kernels) {
  std::vector<const CompiledKernel *> members;
  for (const std::string &name : family.kernels)
    members.push_back(findKernel(kernels, name));
  return members;
}

/// The signature without what may differ in a family.
static json::Object commonPart(const KernelSignature &signature) {
  json::Object common = signature.toJSON();
  for (StringRef key : {"name", "storage", "q_len", "kv_len", "skips"})
    common.erase(key);
  for (json::Value &operand : *common.getArray("operands"))
    if (bundle::isStored(*operand.getAsObject()->getString("role")))
      operand.getAsObject()->erase("element");
  return common;
}

Error camber::validateFamilies(ArrayRef<KernelFamily> families, ArrayRef<CompiledKernel> kernels) {
  StringSet<> names;
  for (const KernelFamily &family : families) {
    if (Error error = validateKernelName(family.name))
      return error;
    auto bad = [&](const Twine &message) { return failure("family '" + family.name + "': " + message); };
    if (!names.insert(family.name).second || findKernel(kernels, family.name))
      return bad("a kernel or another family has the same name");
    if (family.kernels.empty())
      return bad("there is no kernel in it");
    StringSet<> members;
    for (const std::string &name : family.kernels) {
      const CompiledKernel *kernel = findKernel(kernels, name), *first = findKernel(kernels, family.kernels.front());
      if (!kernel)
        return bad("there is no kernel '" + name + "'");
      if (!members.insert(name).second)
        return bad("kernel '" + name + "' is named twice");
      if (commonPart(kernel->signature) != commonPart(first->signature))
        return bad("kernels '" + first->signature.name + "' and '" + name +
                   "' differ in more than storage type and lengths");
    }
  }
  return Error::success();
}
