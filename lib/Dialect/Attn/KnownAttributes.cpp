// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Messages on attributes that nobody reads.
#include "camber/Dialect/KnownAttributes.h"

using namespace mlir;

LogicalResult camber::verifyKnownAttribute(Operation *op, StringRef name, ArrayRef<StringRef> known,
                                           const Twine &holder) {
  if (llvm::is_contained(known, name))
    return success();
  InFlightDiagnostic error = op->emitOpError() << "'" << name << "' is no attribute of " << holder.str();
  StringRef nearest;
  // Half of a name is another name.
  unsigned distance = std::max<unsigned>(name.size() / 2, 1) + 1;
  for (StringRef candidate : known)
    if (unsigned d = name.edit_distance(candidate, /*AllowReplacements=*/true, distance); d < distance) {
      distance = d;
      nearest = candidate;
    }
  if (!nearest.empty())
    error << "; did you mean '" << nearest << "'?";
  if (known.empty())
    return error << "; it takes none";
  error << (nearest.empty() ? "; " : " ") << "known are ";
  for (auto [i, candidate] : llvm::enumerate(known))
    error << (i == 0 ? "" : i + 1 == known.size() ? " and " : ", ") << candidate;
  return error;
}

LogicalResult camber::verifyDeclaredAttributes(Operation *op) {
  SmallVector<StringRef> known;
  for (StringAttr name : op->getName().getAttributeNames())
    if (name != "operandSegmentSizes")
      known.push_back(name);
  for (NamedAttribute attribute : op->getDiscardableAttrs())
    if (!attribute.getName().getValue().contains('.'))
      if (failed(verifyKnownAttribute(op, attribute.getName(), known, "this operation")))
        return failure();
  return success();
}
