// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operands of the command line.
#include "Operands.h"
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

using namespace camber;
using namespace camber::ptx;

static Result<std::vector<uint64_t>> numbers(const std::string &text) {
  std::vector<uint64_t> result;
  const char *at = text.c_str();
  while (*at) {
    char *end;
    errno = 0;
    const bool isDigit = *at >= '0' && *at <= '9'; // strtoull takes signs and blanks
    result.push_back(std::strtoull(at, &end, 10));
    if (!isDigit || (*end && *end != 'x' && *end != ','))
      return Failure{"'" + text + "' is no list of sizes like 4x64"};
    if (errno == ERANGE || result.back() > Memory::kMaxBytes)
      return Failure{"'" + text + "' has a size above " + std::to_string(Memory::kMaxBytes)};
    at = *end ? end + 1 : end;
  }
  return result;
}

Result<std::array<uint32_t, 3>> parseSizes(const std::string &text) {
  const auto list = numbers(text);
  if (!list)
    return Failure{list.error()};
  if (list->empty() || list->size() > 3)
    return Failure{"'" + text + "' is not up to three sizes like 4,2,1"};
  std::array<uint32_t, 3> sizes = {1, 1, 1};
  for (size_t i = 0; i < list->size(); ++i)
    sizes[i] = static_cast<uint32_t>((*list)[i]);
  return sizes;
}

/// FILE.npy=2x64:f4
static Status parseShape(const std::string &text, std::string &path, NpyArray &array) {
  const size_t equals = text.find('='), colon = text.rfind(':');
  if (equals == std::string::npos || colon == std::string::npos || colon < equals)
    return Failure{"'" + text + "' should be FILE.npy=SHAPE:TYPE, like o.npy=2x64:f4"};
  path = text.substr(0, equals);
  array.type = text.substr(colon + 1);
  if (array.type.size() != 2 || !std::strchr("1248", array.type[1]) || !std::strchr("fiuV", array.type[0]))
    return Failure{"'" + array.type + "' is no NumPy type like f4, f2 or i4"};
  const auto shape = numbers(text.substr(equals + 1, colon - equals - 1));
  if (!shape)
    return Failure{shape.error()};
  array.shape = *shape;
  const auto bytes = arrayBytes(array);
  if (!bytes)
    return Failure{"'" + text + "': " + bytes.error()};
  array.bytes.resize(*bytes);
  return Done{};
}

/// Integers and floating-point numbers by their type; the bits.
static Result<uint64_t> parseScalar(const std::string &type, const std::string &text) {
  char *end = nullptr;
  uint64_t bits = 0;
  errno = 0;
  if (type == "f32") {
    const float value = std::strtof(text.c_str(), &end);
    uint32_t narrow;
    std::memcpy(&narrow, &value, sizeof(narrow));
    bits = narrow;
  } else if (type == "f64") {
    const double value = std::strtod(text.c_str(), &end);
    std::memcpy(&bits, &value, sizeof(bits));
  } else if (type == "i32" || type == "i64") {
    bits = static_cast<uint64_t>(std::strtoll(text.c_str(), &end, 0));
    if (type == "i32" && bits + 0x80000000 > 0xffffffff)
      errno = ERANGE;
  } else if (type == "u32" || type == "u64") {
    bits = std::strtoull(text.c_str(), &end, 0);
    if (text.find('-') != std::string::npos || (type == "u32" && bits > 0xffffffff))
      errno = ERANGE;
  } else {
    return Failure{"'" + type + ":' is no kind of operand"};
  }
  if (end == text.c_str() || *end)
    return Failure{"'" + text + "' is no " + type};
  if (errno == ERANGE && type[0] != 'f') // a float that is too large is infinite
    return Failure{"'" + text + "' is out of the range of " + type};
  return bits;
}

Result<Operand> Operand::parse(const std::string &text) {
  Operand operand;
  operand.text = text;
  std::string rest = text;
  if (rest.compare(0, 4, "map:") == 0) {
    operand.isMap = true;
    rest = rest.substr(4);
    const size_t swizzle = rest.find(",swizzle=");
    if (swizzle != std::string::npos) {
      operand.swizzle = static_cast<uint32_t>(std::strtoul(rest.c_str() + swizzle + 9, nullptr, 10));
      rest = rest.substr(0, swizzle);
    }
    const size_t box = rest.find(",box=");
    if (box == std::string::npos)
      return Failure{"'" + text + "' lacks ,box=SIZES (innermost first)"};
    const auto sizes = numbers(rest.substr(box + 5));
    if (!sizes)
      return Failure{sizes.error()};
    operand.box = *sizes;
    rest = rest.substr(0, box);
  }
  const size_t colon = rest.find(':');
  if (colon == std::string::npos)
    return Failure{"'" + text + "' is no operand; see --help"};
  const std::string type = rest.substr(0, colon);
  rest = rest.substr(colon + 1);
  operand.name = rest.substr(0, rest.find('='));
  if (type == "in" || type == "inout") {
    operand.kind = type == "in" ? Kind::Input : Kind::Update;
    if (type == "inout")
      operand.outputPath = rest.find('=') == std::string::npos ? operand.name : rest.substr(rest.find('=') + 1);
    Result<NpyArray> array = readNpyFile(operand.name);
    if (!array)
      return Failure{array.error()};
    operand.array = std::move(*array);
  } else if (type == "out") {
    operand.kind = Kind::Output;
    const Status parsed = parseShape(rest, operand.outputPath, operand.array);
    if (!parsed)
      return Failure{parsed.error()};
  } else if (type == "scratch") {
    operand.kind = Kind::Scratch;
    operand.array.type = "u1";
    const Result<uint64_t> bytes = parseScalar("u64", rest);
    if (!bytes || *bytes > Memory::kMaxBytes)
      return Failure{"'" + text + "' should be scratch:BYTES with 0 to " + std::to_string(Memory::kMaxBytes) +
                     " bytes"};
    operand.array.bytes.resize(*bytes);
  } else {
    const Result<uint64_t> bits = parseScalar(type, rest);
    if (!bits)
      return Failure{bits.error()};
    operand.scalar = *bits;
  }
  return operand;
}

Status Operand::bind(Memory &memory, Arguments &arguments, size_t index, const Parameter &parameter) {
  if (kind == Kind::Scalar) {
    arguments.set(index, &scalar, std::min<uint64_t>(sizeof(scalar), parameter.bytes));
    return Done{};
  }
  const Access access = kind == Kind::Input ? Access::Read : kind == Kind::Output ? Access::Output : Access::ReadWrite;
  const bool defined = kind == Kind::Input || kind == Kind::Update;
  address = memory.allocate(name, array.bytes.size(), access, defined ? array.bytes.data() : nullptr);
  if (!isMap) {
    if (parameter.bytes != 8)
      return Failure{"parameter '" + parameter.name + "' has " + std::to_string(parameter.bytes) +
                     " bytes and cannot be '" + text + "'"};
    arguments.set(index, address);
    return Done{};
  }
  TensorMap map;
  map.address = address;
  map.elementBytes = static_cast<uint32_t>(array.elementBytes());
  map.rank = static_cast<uint32_t>(array.shape.size());
  if (map.rank < 1 || map.rank > 5 || box.size() != map.rank || parameter.bytes < 128)
    return Failure{"'" + text +
                   "': a tensor map has 1 to 5 dimensions, as many in its box, and a parameter of 128 bytes"};
  uint64_t stride = map.elementBytes;
  for (uint32_t i = 0; i < map.rank; ++i) {
    map.size[i] = array.shape[map.rank - 1 - i];
    map.stride[i] = stride;
    stride *= map.size[i];
    map.box[i] = static_cast<uint32_t>(box[i]);
  }
  map.swizzleBytes = swizzle;
  const auto bytes = map.encode();
  arguments.set(index, bytes.data(), bytes.size());
  return Done{};
}

NpyArray Operand::result(Memory &memory) const {
  NpyArray result = array;
  if (!array.bytes.empty())
    std::copy_n(memory.bytesAt(address), array.bytes.size(), result.bytes.begin());
  return result;
}
