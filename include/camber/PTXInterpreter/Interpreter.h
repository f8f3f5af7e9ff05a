// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Executes PTX text without a GPU and finds mistakes in it: the way in. lib/PTXInterpreter/README.md has an example.
#ifndef CAMBER_PTXINTERPRETER_INTERPRETER_H
#define CAMBER_PTXINTERPRETER_INTERPRETER_H

#include "camber/PTXInterpreter/Memory.h"
#include "camber/PTXInterpreter/Report.h"
#include "camber/Runtime/Result.h"

namespace camber::ptx {

struct ModuleSyntax;
struct Program;

/// A parameter of a kernel.
struct Parameter {
  std::string name, type; ///< type without its dot: `u64`
  uint64_t offset = 0, bytes = 0, alignment = 1;
};

/// A kernel whose instructions are known to the interpreter. May be launched any number of times.
class Kernel {
public:
  const std::string &name() const;
  const std::vector<Parameter> &parameters() const;
  uint64_t parameterBytes() const;
  uint64_t staticSharedBytes() const;
  /// `.reqntid` and `.reqnctapercluster`, or zeros.
  std::array<uint32_t, 3> requiredBlock() const, requiredCluster() const;
  uint32_t maxThreads() const; ///< `.maxntid`, or 1024

private:
  friend class Module;
  friend Result<Report> launch(const Kernel &, const struct LaunchShape &, const std::vector<uint8_t> &, Memory &,
                               const struct LaunchOptions &);
  explicit Kernel(std::shared_ptr<const Program> program) : program(std::move(program)) {}
  std::shared_ptr<const Program> program;
};

/// PTX text.
class Module {
public:
  /// Fails with "line N: …" where the text is not PTX.
  static Result<Module> parse(const std::string &text);
  const std::string &version() const; ///< "8.0"
  const std::string &target() const;  ///< "sm_80"
  std::vector<std::string> kernels() const;
  /// Fails naming the line and the token of the first instruction that the interpreter does not know; nothing is
  /// ignored.
  Result<Kernel> kernel(const std::string &name) const;
  /// Every instruction of a kernel that the interpreter does not know, as kernel() would report it.
  std::vector<std::string> unknownInstructions(const std::string &kernel) const;

private:
  std::shared_ptr<const ModuleSyntax> syntax;
};

/// When asynchronous copies and matrix products take effect.
enum class Async {
  Late,   ///< not before they are waited for: a missing wait shows
  Early,  ///< at once
  Random, ///< in between, by LaunchOptions::seed; warps take turns at random too
};

/// What instructions without a specified last bit return: `.approx`, and sums of tensor cores.
enum class Approx {
  Exact,  ///< rounded to nearest; sums of float32 products in order
  Worst,  ///< off by their documented bound, to either side by a hash of the operand; sums truncated
  Random, ///< off by up to that, by LaunchOptions::seed
};

struct LaunchShape {
  std::array<uint32_t, 3> grid{1, 1, 1}, block{32, 1, 1}, cluster{1, 1, 1};
  uint64_t dynamicSharedBytes = 0;
};

struct LaunchOptions {
  Async async = Async::Late;
  Approx approx = Approx::Exact;
  uint64_t seed = 0;
  bool checkRaces = true;
  bool checkUndefined = true;
  bool checkUnwritten = true; ///< off where a later launch writes the rest of the outputs
  /// Blocks (clusters) run on so many threads, where checkRaces is off: it compares blocks with each other.
  int threads = 1;
  size_t maxFindings = 20;                      ///< kept in the report, at different instructions or of different kinds
  uint64_t stopAfterFindings = 10000;           ///< the launch ends early once there are so many, repetitions included
  uint64_t maxInstructions = uint64_t(1) << 28; ///< of warps, per cluster of blocks
};

/// Sets both modes from what users write: "late", "early" or "random:SEED", and "exact", "worst" or "random:SEED".
Status setModes(LaunchOptions &options, const std::string &async, const std::string &approx);

/// Runs a kernel to its end. `parameters` are its parameter bytes (Arguments makes them). Fails where the launch itself
/// is not possible; what goes wrong inside the kernel is in the report.
Result<Report> launch(const Kernel &kernel, const LaunchShape &shape, const std::vector<uint8_t> &parameters,
                      Memory &memory, const LaunchOptions &options = {});

/// The parameter bytes of a kernel, filled one by one.
class Arguments {
public:
  explicit Arguments(const Kernel &kernel) : list(kernel.parameters()), data(kernel.parameterBytes()) {}
  /// Copies as many bytes as the parameter has from `value`; missing ones are zero.
  void set(size_t index, const void *value, size_t bytes);
  template <typename T> void set(size_t index, const T &value) { set(index, &value, sizeof(value)); }
  const std::vector<uint8_t> &bytes() const { return data; }

private:
  std::vector<Parameter> list;
  std::vector<uint8_t> data;
};

/// A tensor map (CUtensorMap) for TMA, in the interpreter's own layout: the real one is not documented.
struct TensorMap {
  uint64_t address = 0;
  uint32_t rank = 0, elementBytes = 0;
  uint64_t size[5] = {};     ///< elements, innermost first
  uint64_t stride[5] = {};   ///< bytes; that of the innermost dimension is elementBytes
  uint32_t box[5] = {};      ///< elements
  uint32_t swizzleBytes = 0; ///< 0, 32, 64 or 128
  /// The 128 bytes that a kernel takes as its parameter.
  std::array<uint8_t, 128> encode() const;
};

} // namespace camber::ptx

#endif
