// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which sizes a check uses.
#include "CheckKernel.h"
#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <unistd.h>

namespace camber::harness {

Result<std::vector<NamedFile>> namedFiles(const Kernel &kernel, const std::vector<std::string> &texts, bool outputs) {
  std::vector<NamedFile> files;
  for (const std::string &text : texts) {
    const size_t equals = text.find('='); // there is one: validate() has seen to it
    const std::string name = text.substr(0, equals);
    const Operand *operand = kernel.find(name);
    if (!operand || isWritten(operand->role) != outputs) {
      std::string known;
      for (const Operand &variant : kernel.operands)
        if (isWritten(variant.role) == outputs)
          known += (known.empty() ? "" : ", ") + variant.name;
      return Failure{fmt::format("kernel '{}' has no {} named '{}'; it has {}", kernel.name,
                                 outputs ? "output" : "input", name, known)};
    }
    for (const NamedFile &other : files)
      if (other.operand == operand)
        return Failure{fmt::format("'{}' is given twice: {} and {}", name, other.path, text.substr(equals + 1))};
    files.push_back({operand, text.substr(equals + 1)});
  }
  return files;
}

namespace {

/// A size, and who decided it, for messages about contradictions.
struct Decided {
  std::optional<int64_t> value;
  std::string by;
};

Status decide(Decided &size, const char *name, int64_t value, const std::string &by) {
  if (size.value && *size.value != value)
    return Failure{fmt::format("{} is {} by {}, but {} by {}", name, *size.value, size.by, value, by)};
  size = {value, by};
  return Done{};
}

/// Refuses what could not be allocated, or what products of sizes would overflow on.
Status checkExtent(const Kernel &kernel, const Sizes &sizes) {
  if (sizes.batch < 0 || sizes.qLen < 0 || sizes.kvLen < 0)
    return Failure{"--batch, --q-len and --kv-len must not be negative"};
  if (sizes.qLen >= kMaxLength || sizes.kvLen >= kMaxLength)
    return Failure{fmt::format("q_len = {} and kv_len = {}: lengths must be below 2^24 ({})", sizes.qLen, sizes.kvLen,
                               kMaxLength)};
  if (sizes.batch > INT32_MAX)
    return Failure{fmt::format("batch = {}: it must be below 2^31", sizes.batch)};
  double bytes = 0;
  for (const Operand &operand : kernel.operands) {
    double operandBytes = static_cast<double>(elementBytes(operand.element));
    for (int64_t dim : operand.shape(sizes))
      operandBytes *= static_cast<double>(dim);
    bytes += operandBytes;
  }
  const double memory = double(::sysconf(_SC_PHYS_PAGES)) * double(::sysconf(_SC_PAGESIZE));
  if (bytes > memory)
    return Failure{fmt::format("batch = {}, q_len = {}, kv_len = {}: the operands of kernel '{}' take {:.3g} GB, this "
                               "machine has {:.3g} GB",
                               sizes.batch, sizes.qLen, sizes.kvLen, kernel.name, bytes * 1e-9, memory * 1e-9)};
  return Done{};
}

const char *lengthKind(Length::Kind kind) {
  return kind == Length::Static ? "exactly" : kind == Length::Bounded ? "at most" : "any";
}

} // namespace

Result<Sizes> chooseSizes(const Kernel &kernel, const CheckOptions &options) {
  Decided batch, qLen, kvLen;
  if (options.batch)
    batch = {options.batch, "--batch"};
  if (options.qLen)
    qLen = {options.qLen, "--q-len"};
  if (options.kvLen)
    kvLen = {options.kvLen, "--kv-len"};
  const std::string contract = "the kernel's contract";
  if (kernel.qLen.kind == Length::Static)
    if (Status status = decide(qLen, "q_len", kernel.qLen.value, contract); !status)
      return Failure{status.error()};
  if (kernel.kvLen.kind == Length::Static)
    if (Status status = decide(kvLen, "kv_len", kernel.kvLen.value, contract); !status)
      return Failure{status.error()};
  for (const Operand &operand : kernel.operands)
    if (operand.role != Role::Parameter && operand.role != Role::Sink && !operand.dims.empty() &&
        operand.dims[0].kind == Dim::Fixed)
      if (Status status = decide(batch, "batch", operand.dims[0].value, contract); !status)
        return Failure{status.error()};

  Result<std::vector<NamedFile>> files = namedFiles(kernel, options.inputFiles, false);
  if (!files)
    return Failure{files.error()};
  for (const NamedFile &file : *files) {
    Result<std::vector<int64_t>> shape = readNpyShape(file.path);
    if (!shape)
      return Failure{shape.error()};
    if (shape->size() != file.operand->dims.size())
      return Failure{fmt::format("{}: has shape {}; operand '{}' has {} dimensions", file.path, shapeText(*shape),
                                 file.operand->name, file.operand->dims.size())};
    for (size_t i = 0; i < shape->size(); ++i) {
      const Dim::Kind kind = file.operand->dims[i].kind;
      if (kind == Dim::Fixed)
        continue;
      Status status = kind == Dim::Batch  ? decide(batch, "batch", (*shape)[i], file.path)
                      : kind == Dim::QLen ? decide(qLen, "q_len", (*shape)[i], file.path)
                                          : decide(kvLen, "kv_len", (*shape)[i], file.path);
      if (!status)
        return Failure{status.error()};
    }
  }

  // Odd default lengths meet partial tiles.
  auto byDefault = [](const Length &length, int64_t preferred) {
    return length.kind == Length::Bounded ? std::min(length.value, std::max<int64_t>(preferred, 333)) : preferred;
  };
  Sizes sizes;
  sizes.kvLen = kvLen.value.value_or(std::max(
      byDefault(kernel.kvLen, 201), kernel.kvLen.kind == Length::Dynamic && qLen.value ? *qLen.value : int64_t(0)));
  sizes.qLen = qLen.value.value_or(std::min(byDefault(kernel.qLen, 131), std::max<int64_t>(sizes.kvLen, 1)));
  const bool ranged = kernel.find(Role::KeyBegin) || kernel.find(Role::KeyEnd);
  const bool small = double(kernel.heads) * sizes.qLen * sizes.kvLen * kernel.headDim <= 0x1p28;
  sizes.batch = batch.value.value_or(ranged ? 3 : small ? 2 : 1);
  if (Status status = checkExtent(kernel, sizes); !status)
    return Failure{status.error()};
  for (const auto &[name, length, value] :
       {std::make_tuple("q_len", kernel.qLen, sizes.qLen), std::make_tuple("kv_len", kernel.kvLen, sizes.kvLen)})
    if (!length.accepts(value))
      return Failure{fmt::format("{} = {}: kernel '{}' was compiled for {} {}", name, value, kernel.name,
                                 lengthKind(length.kind), length.value)};
  return sizes;
}

} // namespace camber::harness
