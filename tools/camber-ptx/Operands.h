// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The operands of a kernel as the command line gives them.
#ifndef CAMBER_TOOLS_PTX_OPERANDS_H
#define CAMBER_TOOLS_PTX_OPERANDS_H

#include "Npy.h"
#include "camber/PTXInterpreter/Interpreter.h"
#include <string>
#include <vector>

/// in:FILE.npy · inout:FILE.npy=OUT.npy · out:FILE.npy=2x64:f4 · scratch:BYTES · u32:V i32:V u64:V i64:V f32:V f64:V ·
/// map:in|out…,box=64x64,swizzle=128: a tensor map over an operand.
class Operand {
public:
  static camber::Result<Operand> parse(const std::string &text);
  /// Allocates what it needs and sets the parameter.
  camber::Status bind(camber::ptx::Memory &memory, camber::ptx::Arguments &arguments, size_t index,
                      const camber::ptx::Parameter &parameter);
  /// What the kernel has left in an output; nothing for other operands.
  bool isOutput() const { return !outputPath.empty(); }
  NpyArray result(camber::ptx::Memory &memory) const;
  const std::string &path() const { return outputPath; }

private:
  enum class Kind { Scalar, Input, Output, Update, Scratch } kind = Kind::Scalar;
  std::string text, name, outputPath;
  NpyArray array; ///< contents, or the shape of an output
  uint64_t scalar = 0, address = 0;
  bool isMap = false;
  std::vector<uint64_t> box;
  uint32_t swizzle = 0;
};

/// "4,2,1" or "4x2" as three numbers, the missing ones 1.
camber::Result<std::array<uint32_t, 3>> parseSizes(const std::string &text);

#endif
