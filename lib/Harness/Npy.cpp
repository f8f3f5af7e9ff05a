// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Dense arrays and NumPy's .npy format (numpy.lib.format, versions 1 to 3).
#include "camber/Harness/Tensor.h"
#include "camber/Runtime/Manifest.h"
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>

namespace camber::harness {

static int64_t product(const std::vector<int64_t> &shape) {
  int64_t size = 1;
  for (int64_t dim : shape)
    size *= dim;
  return size;
}

Tensor::Tensor(Element element, std::vector<int64_t> dims)
    : element(element), shape(std::move(dims)), bytes(product(shape) * elementBytes(element)) {}

int64_t Tensor::size() const { return product(shape); }

void Tensor::set(int64_t index, double value) {
  uint8_t *at = bytes.data() + index * elementBytes(element);
  if (element == Element::F32) {
    const float narrow = static_cast<float>(value);
    std::memcpy(at, &narrow, sizeof(narrow));
  } else if (element == Element::I32) {
    const int32_t narrow = static_cast<int32_t>(value);
    std::memcpy(at, &narrow, sizeof(narrow));
  } else {
    const uint16_t narrow = element == Element::F16 ? doubleToHalf(value) : doubleToBfloat(value);
    std::memcpy(at, &narrow, sizeof(narrow));
  }
}

std::string shapeText(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

namespace {

struct NpyFile {
  std::string type; // e.g. "<f4"
  std::vector<int64_t> shape;
  std::string data;
};

/// The text after 'key': in the header's Python dictionary.
std::string headerValue(const std::string &header, const std::string &key) {
  size_t at = header.find("'" + key + "':");
  if (at == std::string::npos)
    return "";
  at = header.find_first_not_of(' ', at + key.size() + 3);
  if (at == std::string::npos)
    return "";
  const char open = header[at];
  if (open == '(')
    return header.substr(at + 1, header.find(')', at) - at - 1);
  if (open == '\'')
    return header.substr(at + 1, header.find('\'', at + 1) - at - 1);
  return header.substr(at, header.find_first_of(",}", at) - at);
}

Result<NpyFile> load(const std::string &path) {
  const Result<std::string> bytes = readBytes(path);
  if (!bytes)
    return Failure{bytes.error()};
  const std::string &text = *bytes;
  if (text.size() < 12 || text.compare(0, 6, "\x93NUMPY") != 0)
    return Failure{path + ": is not a .npy file; write it with numpy.save"};
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<uint8_t>(text[i])); };
  const size_t lengthBytes = byte(6) == 1 ? 2 : 4;
  size_t headerLength = byte(8) | byte(9) << 8;
  if (lengthBytes == 4)
    headerLength |= byte(10) << 16 | byte(11) << 24;
  const size_t dataAt = 8 + lengthBytes + headerLength;
  if (dataAt > text.size())
    return Failure{path + ": is truncated"};
  const std::string header = text.substr(8 + lengthBytes, headerLength);
  NpyFile file;
  file.type = headerValue(header, "descr");
  if (headerValue(header, "fortran_order") != "False")
    return Failure{path + ": is in Fortran order; write numpy.ascontiguousarray(array)"};
  const std::string shape = headerValue(header, "shape");
  int64_t size = 1;
  for (size_t at = shape.find_first_of("0123456789"); at != std::string::npos;
       at = shape.find_first_of("0123456789", shape.find(',', at))) {
    const int64_t dim = std::strtoll(shape.c_str() + at, nullptr, 10);
    if (dim > 0 && size > (int64_t(1) << 48) / dim)
      return Failure{path + ": its shape is too large"};
    file.shape.push_back(dim);
    size *= dim;
    if (shape.find(',', at) == std::string::npos)
      break;
  }
  const int64_t width = file.type.size() == 3 ? file.type[2] - '0' : 0;
  if (width < 1 || width > 8)
    return Failure{path + ": has the unsupported type '" + file.type + "'"};
  if (file.type[0] == '>')
    return Failure{path + ": is big-endian; write array.astype('<f4') or the like"};
  if (static_cast<int64_t>(text.size() - dataAt) != size * width)
    return Failure{fmt::format("{}: has {} bytes of data, its shape {} of '{}' needs {}; it is truncated or damaged",
                               path, text.size() - dataAt, shapeText(file.shape), file.type, size * width)};
  file.data = text.substr(dataAt);
  return file;
}

template <typename T> double readAs(const char *at) {
  T value;
  std::memcpy(&value, at, sizeof(value));
  return static_cast<double>(value);
}

using Reader = double (*)(const char *);

/// How to read one value of a type; nullptr for types that are no numbers. `element` resolves what two raw bytes are.
Reader readerOf(const std::string &type, Element element) {
  const std::string kind = type.substr(1);
  if (element == Element::BF16 && (kind == "V2" || kind == "u2"))
    return [](const char *at) {
      uint16_t bits;
      std::memcpy(&bits, at, sizeof(bits));
      return bfloatToDouble(bits);
    };
  if (kind == "f2")
    return [](const char *at) {
      uint16_t bits;
      std::memcpy(&bits, at, sizeof(bits));
      return halfToDouble(bits);
    };
  return kind == "f4"                   ? readAs<float>
         : kind == "f8"                 ? readAs<double>
         : kind == "i1"                 ? readAs<int8_t>
         : kind == "i2"                 ? readAs<int16_t>
         : kind == "i4"                 ? readAs<int32_t>
         : kind == "i8"                 ? readAs<int64_t>
         : kind == "u1" || kind == "b1" ? readAs<uint8_t>
         : kind == "u2"                 ? readAs<uint16_t>
         : kind == "u4"                 ? readAs<uint32_t>
         : kind == "u8"                 ? readAs<uint64_t>
                                        : nullptr;
}

} // namespace

Result<Tensor> readNpy(const std::string &path, Element element) {
  Result<NpyFile> file = load(path);
  if (!file)
    return Failure{file.error()};
  const Reader reader = readerOf(file->type, element);
  if (!reader)
    return Failure{path + ": has the unsupported type '" + file->type + "'"};
  const size_t width = file->type[2] - '0';
  Tensor tensor(element, file->shape);
  for (int64_t i = 0; i < tensor.size(); ++i) {
    const double value = reader(file->data.data() + i * width);
    const bool fits = element == Element::I32 ? value >= -0x1p31 && value < 0x1p31 && value == std::trunc(value)
                                              : std::isnan(value) || roundTo(element, value) == value;
    if (!fits)
      return Failure{
          fmt::format("{}: element {} is {}, which is no {}; convert the array in NumPy, so that it is clear "
                      "how it is rounded",
                      path, i, value, elementName(element))};
    tensor.set(i, value);
  }
  return tensor;
}

Result<std::vector<int64_t>> readNpyShape(const std::string &path) {
  Result<NpyFile> file = load(path);
  if (!file)
    return Failure{file.error()};
  return file->shape;
}

Result<DoubleArray> readNpyDoubles(const std::string &path) {
  Result<NpyFile> file = load(path);
  if (!file)
    return Failure{file.error()};
  const Reader reader = readerOf(file->type, Element::F32);
  if (!reader)
    return Failure{path + ": has the unsupported type '" + file->type + "'"};
  const size_t width = file->type[2] - '0';
  DoubleArray array{file->shape, {}};
  for (size_t at = 0; at < file->data.size(); at += width)
    array.values.push_back(reader(file->data.data() + at));
  return array;
}

Status writeNpy(const std::string &path, const Tensor &tensor) {
  const char *type = tensor.element == Element::I32 ? "<i4" : tensor.element == Element::F16 ? "<f2" : "<f4";
  std::string shape;
  for (int64_t dim : tensor.shape)
    shape += std::to_string(dim) + ", ";
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, shape);
  header.resize((header.size() + 11 + 63) / 64 * 64 - 10, ' '); // the data begins at a multiple of 64
  header.back() = '\n';
  std::string text = std::string("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size() & 0xff);
  text += static_cast<char>(header.size() >> 8);
  text += header;
  if (tensor.element == Element::BF16)
    for (int64_t i = 0; i < tensor.size(); ++i) {
      const float wide = static_cast<float>(tensor.get(i));
      text.append(reinterpret_cast<const char *>(&wide), sizeof(wide));
    }
  else
    text.append(reinterpret_cast<const char *>(tensor.bytes.data()), tensor.bytes.size());

  // A file appears whole or not at all; a device or a pipe stays what it is and is written to.
  std::error_code code;
  const bool replace = !std::filesystem::exists(path, code) || std::filesystem::is_regular_file(path, code);
  const std::string target = replace ? path + ".part" : path;
  std::ofstream stream(target, std::ios::binary);
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
  stream.close();
  if (!stream) {
    if (replace)
      std::remove(target.c_str());
    return Failure{path + ": cannot be written; does the directory exist and have room?"};
  }
  if (replace && std::rename(target.c_str(), path.c_str()) != 0) {
    std::remove(target.c_str());
    return Failure{path + ": cannot be written"};
  }
  return Done{};
}

} // namespace camber::harness
