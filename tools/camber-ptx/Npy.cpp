// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads and writes .npy files (numpy.lib.format), little-endian and in C order.
#include "Npy.h"
#include "camber/PTXInterpreter/Memory.h"
#include "camber/Runtime/Manifest.h"
#include <cstdlib>
#include <fstream>

using namespace camber;

static std::string valueOf(const std::string &header, const std::string &key) {
  const size_t at = header.find("'" + key + "':");
  if (at == std::string::npos)
    return "";
  const size_t begin = header.find_first_not_of(' ', at + key.size() + 3);
  if (begin == std::string::npos)
    return "";
  const char open = header[begin];
  if (open == '(')
    return header.substr(begin + 1, header.find(')', begin) - begin - 1);
  if (open == '\'')
    return header.substr(begin + 1, header.find('\'', begin + 1) - begin - 1);
  return header.substr(begin, header.find_first_of(",}", begin) - begin);
}

Result<std::string> readFile(const std::string &path) { return readBytes(path); }

Result<uint64_t> arrayBytes(const NpyArray &array) {
  uint64_t bytes = array.elementBytes();
  for (uint64_t size : array.shape) {
    if (size && bytes > ptx::Memory::kMaxBytes / size)
      return Failure{"its shape needs more than " + std::to_string(ptx::Memory::kMaxBytes) + " bytes"};
    bytes *= size;
  }
  return bytes;
}

Result<NpyArray> readNpyFile(const std::string &path) {
  const Result<std::string> bytes = readBytes(path);
  if (!bytes)
    return Failure{bytes.error()};
  const std::string &text = *bytes;
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<uint8_t>(text[i])); };
  if (text.size() < 12 || text.compare(0, 6, "\x93NUMPY") != 0)
    return Failure{path + ": is not a .npy file; write it with numpy.save"};
  const size_t prefix = byte(6) == 1 ? 10 : 12;
  const size_t length = byte(8) | byte(9) << 8 | (prefix == 12 ? byte(10) << 16 | byte(11) << 24 : 0);
  if (prefix + length > text.size())
    return Failure{path + ": is truncated"};
  const std::string header = text.substr(prefix, length);
  const std::string type = valueOf(header, "descr");
  if (type.size() != 3 || type[0] == '>' || type[2] < '1' || type[2] > '8')
    return Failure{path + ": has the unsupported type '" + type + "'"};
  if (valueOf(header, "fortran_order") != "False")
    return Failure{path + ": is in Fortran order; write numpy.ascontiguousarray(array)"};
  NpyArray array;
  array.type = type.substr(1);
  const std::string shape = valueOf(header, "shape");
  for (size_t at = shape.find_first_of("0123456789"); at != std::string::npos;) {
    array.shape.push_back(std::strtoull(shape.c_str() + at, nullptr, 10));
    const size_t comma = shape.find(',', at);
    at = comma == std::string::npos ? comma : shape.find_first_of("0123456789", comma);
  }
  const Result<uint64_t> needed = arrayBytes(array);
  if (!needed)
    return Failure{path + ": " + needed.error()};
  array.bytes.assign(text.begin() + static_cast<long>(prefix + length), text.end());
  if (array.bytes.size() != *needed)
    return Failure{path + ": its data does not fit its shape; it is truncated or damaged"};
  return array;
}

Status writeNpyFile(const std::string &path, const NpyArray &array) {
  std::string shape;
  for (uint64_t size : array.shape)
    shape += std::to_string(size) + ", ";
  const std::string order = array.elementBytes() == 1 ? "|" : "<";
  std::string header = "{'descr': '" + order + array.type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.resize((header.size() + 11 + 63) / 64 * 64 - 10, ' '); // the data begins at a multiple of 64
  header.back() = '\n';
  std::ofstream stream(path, std::ios::binary);
  stream.write("\x93NUMPY\x01\x00", 8);
  stream.put(static_cast<char>(header.size() & 0xff)).put(static_cast<char>(header.size() >> 8));
  stream << header;
  stream.write(reinterpret_cast<const char *>(array.bytes.data()), static_cast<long>(array.bytes.size()));
  stream.close();
  if (!stream)
    return Failure{path + ": cannot be written; does the directory exist and have room?"};
  return Done{};
}
