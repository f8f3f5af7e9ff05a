// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs one instruction on many operands and compares each result with a model of a single lane.
//
// The models are written from the PTX ISA's text. A test is a table; an instruction is a line of it:
//
//     {"add.u32", "u32 u32 u32", MODEL(a + b)},
#ifndef CAMBER_TEST_PTXINTERPRETER_INSTRUCTION_H
#define CAMBER_TEST_PTXINTERPRETER_INSTRUCTION_H

#include "camber/PTXInterpreter/Interpreter.h"
#include <cmath>
#include <cstring>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace camber::test {

/// Operands and results as bits. An operand's bits beyond its type are zero; a result's are not compared.
using Model = std::function<uint64_t(uint64_t a, uint64_t b, uint64_t c)>;
#define MODEL(...)                                                                                                     \
  [](uint64_t a, uint64_t b, uint64_t c) -> uint64_t {                                                                 \
    (void)a, (void)b, (void)c;                                                                                         \
    return __VA_ARGS__;                                                                                                \
  }

struct InstructionCase {
  std::string opcode;
  std::string types; ///< of the result and the operands: "u32 f32 f32"; "f32~" are operands of moderate magnitude; "p"
                     ///< a predicate
  Model model;
  std::string extra = ""; ///< operands that are written as they are, after the others
};

/// Runs it over a grid of special values and random ones and compares. NaNs are equal.
void checkInstruction(const InstructionCase &test);

/// Interprets bits as a type.
template <typename T> T as(uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof(value)); // little-endian
  return value;
}
inline float f32(uint64_t bits) { return as<float>(bits); }
inline double f64(uint64_t bits) { return as<double>(bits); }
inline int32_t s32(uint64_t bits) { return as<int32_t>(bits); }
inline int64_t s64(uint64_t bits) { return as<int64_t>(bits); }
inline int16_t s16(uint64_t bits) { return as<int16_t>(bits); }
inline uint64_t bits(float value) {
  uint32_t result;
  std::memcpy(&result, &value, sizeof(result));
  return result;
}
inline uint64_t bits(double value) {
  uint64_t result;
  std::memcpy(&result, &value, sizeof(result));
  return result;
}

/// f16 and bf16 from their definition: the nearest of all values, found by looking through them.
double halfValue(uint64_t bits);
double bfloatValue(uint64_t bits);
/// direction: 0 nearest (ties to even), 1 towards zero.
uint64_t nearestHalf(double value, int direction = 0);
uint64_t nearestBfloat(double value, int direction = 0);
float flushed(float value);

// Whole kernels.

/// A module with one kernel `k`. `head`: what stands before it (.shared variables).
std::string kernelText(const std::string &parameters, const std::string &body, const std::string &head = "");

struct Buffer {
  std::string name;
  std::vector<uint8_t> bytes;
  ptx::Access access;
};
template <typename T> Buffer input(const std::string &name, const std::vector<T> &values) {
  Buffer buffer{name, std::vector<uint8_t>(values.size() * sizeof(T)), ptx::Access::Read};
  std::memcpy(buffer.bytes.data(), values.data(), buffer.bytes.size());
  return buffer;
}
inline Buffer output(const std::string &name, size_t bytes) {
  return {name, std::vector<uint8_t>(bytes), ptx::Access::Output};
}
inline Buffer scratch(const std::string &name, size_t bytes) {
  return {name, std::vector<uint8_t>(bytes), ptx::Access::ReadWrite};
}

/// Runs kernel `k` (or another) whose parameters are the buffers' addresses; their bytes become what it leaves there. A
/// test failure where the text is not accepted.
ptx::Report runKernel(const std::string &text, std::vector<Buffer> &buffers, const ptx::LaunchShape &shape = {},
                      const ptx::LaunchOptions &options = {}, const std::string &name = "k");

template <typename T> std::vector<T> contents(const Buffer &buffer) {
  std::vector<T> values(buffer.bytes.size() / sizeof(T));
  std::memcpy(values.data(), buffer.bytes.data(), values.size() * sizeof(T));
  return values;
}

std::string readFile(const std::string &path);

} // namespace camber::test

#endif
