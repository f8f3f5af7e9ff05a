// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// .npy files as they are: the interpreter's operands are bytes, whatever their type. (lib/Harness converts element
// types, which a kernel's operands must not be.)
#ifndef CAMBER_TOOLS_PTX_NPY_H
#define CAMBER_TOOLS_PTX_NPY_H

#include "camber/Runtime/Result.h"
#include <cstdint>
#include <string>
#include <vector>

struct NpyArray {
  std::string type; ///< without byte order: "f4"
  std::vector<uint64_t> shape;
  std::vector<uint8_t> bytes;
  uint64_t elementBytes() const { return static_cast<uint64_t>(type[1] - '0'); }
};

/// The whole of a file. Fails, saying why, where it is none: a directory, say.
camber::Result<std::string> readFile(const std::string &path);
/// What the elements of its shape need. Fails where an allocation of the interpreter cannot be so large.
camber::Result<uint64_t> arrayBytes(const NpyArray &array);
camber::Result<NpyArray> readNpyFile(const std::string &path);
camber::Status writeNpyFile(const std::string &path, const NpyArray &array);

#endif
