// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fields of a specification, set as flags set them.
#ifndef CAMBER_TEST_COMPILER_SETFIELDS_H
#define CAMBER_TEST_COMPILER_SETFIELDS_H

#include "camber/Compiler/ValueParsers.h"

namespace camber::test {

inline void setFields(KernelSpec &spec,
                      std::initializer_list<std::pair<llvm::StringRef, llvm::StringRef>> fieldsAndValues) {
  for (auto [field, value] : fieldsAndValues)
    llvm::cantFail(setField(spec, field, value));
}

} // namespace camber::test

#endif
