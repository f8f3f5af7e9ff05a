// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Typed reading of JSON members in which the first error is kept with the path of the field it is in.
#ifndef CAMBER_LIB_RUNTIME_JSONREADER_H
#define CAMBER_LIB_RUNTIME_JSONREADER_H

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace camber {

/// A JSON value and the path to it. After the first error every reader returns a default, so that callers check once.
class JsonReader {
public:
  using Json = nlohmann::ordered_json;

  JsonReader(const Json &value, std::string path, std::string &error)
      : value(value), path(std::move(path)), error(error) {}

  void fail(const std::string &what) const {
    if (error.empty())
      error = path + ": " + what;
  }
  bool failed() const { return !error.empty(); }
  const Json &json() const { return value; }

  bool has(const char *name) const { return value.is_object() && value.contains(name); }

  JsonReader member(const char *name) const {
    static const Json null;
    if (!value.is_object())
      fail("must be an object");
    else if (!value.contains(name))
      fail(std::string("has no \"") + name + "\"");
    else
      return {value.at(name), path + "." + name, error};
    return {null, path + "." + name, error};
  }

  template <typename F> void forEach(F &&visit) const {
    if (!value.is_array())
      return fail("must be a list");
    for (size_t i = 0; i < value.size() && !failed(); ++i)
      visit(JsonReader(value[i], path + "[" + std::to_string(i) + "]", error));
  }

  std::string string() const {
    if (value.is_string())
      return value.get<std::string>();
    fail("must be a string");
    return "";
  }
  bool boolean() const {
    if (value.is_boolean())
      return value.get<bool>();
    fail("must be true or false");
    return false;
  }
  int64_t integer(int64_t low, int64_t high = std::numeric_limits<int64_t>::max()) const {
    const bool fits =
        value.is_number_integer() &&
        (!value.is_number_unsigned() || value.get<uint64_t>() <= uint64_t(std::numeric_limits<int64_t>::max()));
    const int64_t number = fits ? value.get<int64_t>() : 0;
    if (fits && number >= low && number <= high)
      return number;
    fail("must be an integer of at least " + std::to_string(low) +
         (high < std::numeric_limits<int64_t>::max() ? " and at most " + std::to_string(high) : ""));
    return low;
  }
  double number() const {
    if (value.is_number())
      return value.get<double>();
    fail("must be a number");
    return 0;
  }
  /// 16 hexadecimal digits.
  uint64_t hash() const {
    const std::string text = string();
    if (text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string::npos)
      return std::stoull(text, nullptr, 16);
    fail("must be 16 lower-case hexadecimal digits");
    return 0;
  }

private:
  const Json &value;
  std::string path;
  std::string &error;
};

} // namespace camber

#endif
