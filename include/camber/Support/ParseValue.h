// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values that users give as text. Numbers are parsed in full: "12abc" is no number.
#ifndef CAMBER_SUPPORT_PARSEVALUE_H
#define CAMBER_SUPPORT_PARSEVALUE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Error.h"

namespace camber {

/// "--flag=text: takes …".
inline llvm::Error invalidValue(llvm::StringRef flag, llvm::StringRef text, const llvm::Twine &takes) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), "--" + flag + "=" + text + ": " + takes);
}

/// A decimal integer.
inline llvm::Expected<int64_t> parseInteger(llvm::StringRef flag, llvm::StringRef text) {
  int64_t value;
  if (text.getAsInteger(10, value))
    return invalidValue(flag, text, "takes an integer");
  return value;
}

/// A decimal or scientific real number.
inline llvm::Expected<double> parseReal(llvm::StringRef flag, llvm::StringRef text) {
  double value;
  if (text.getAsDouble(value))
    return invalidValue(flag, text, "takes a number");
  return value;
}

/// The index of `text` in `known`.
inline llvm::Expected<size_t> parseChoice(llvm::StringRef flag, llvm::StringRef text,
                                          llvm::ArrayRef<llvm::StringRef> known) {
  const auto *found = llvm::find(known, text);
  if (found == known.end())
    return invalidValue(flag, text, "unknown; known: " + llvm::join(known, ", "));
  return static_cast<size_t>(found - known.begin());
}

} // namespace camber

#endif
