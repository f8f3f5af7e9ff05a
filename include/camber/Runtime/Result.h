// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A value or a message: how the LLVM-free libraries report what is wrong with their input.
#ifndef CAMBER_RUNTIME_RESULT_H
#define CAMBER_RUNTIME_RESULT_H

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace camber {

/// What went wrong, for people: it names the file, the field or operand, and what to do.
struct Failure {
  std::string message;
};

/// A T, or the Failure that kept it from being made. Nothing of Camber's interface throws.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : value(std::move(value)) {}
  Result(Failure failure) : failure(std::move(failure)) {}

  explicit operator bool() const { return value.has_value(); }
  T &operator*() {
    assert(value && "the failure must be handled first");
    return *value;
  }
  const T &operator*() const {
    assert(value && "the failure must be handled first");
    return *value;
  }
  T *operator->() { return &**this; }
  const T *operator->() const { return &**this; }
  /// Only where operator bool is false.
  const std::string &error() const { return failure.message; }

private:
  std::optional<T> value;
  Failure failure;
};

/// Nothing, or why it failed.
struct Done {};
using Status = Result<Done>;

} // namespace camber

#endif
