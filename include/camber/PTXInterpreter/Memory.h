// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Global memory of the interpreted device: allocations with bounds, access rights and a record of which bytes are
// defined.
#ifndef CAMBER_PTXINTERPRETER_MEMORY_H
#define CAMBER_PTXINTERPRETER_MEMORY_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace camber::ptx {

/// What a kernel may do with an allocation.
enum class Access {
  Read,      ///< it is a mistake to write to it
  ReadWrite, ///< a workspace, or an operand that is updated
  Output,    ///< every byte is expected to be written; those that are not are reported
};

/// Allocations are 4 GiB apart, so that no address of one is near another, and begin at an address that is a multiple
/// of their alignment and of nothing larger: a kernel that relies on more than it was promised is found.
class Memory {
public:
  static constexpr uint64_t kAlignment = 256; ///< what cudaMalloc promises
  static constexpr uint64_t kMaxAlignment = 65536;
  /// Of an allocation, at any alignment.
  static constexpr uint64_t kMaxBytes = (uint64_t(1) << 32) - 2 * kMaxAlignment;

  /// Makes an allocation and returns its address on the device. It holds a copy of `contents`, or undefined bytes where
  /// that is null. At most kMaxBytes.
  uint64_t allocate(const std::string &name, uint64_t bytes, Access access, const void *contents = nullptr,
                    uint64_t alignment = kAlignment);
  /// The same over bytes of the caller's, which are used in place and must outlive this; `defined`: they hold
  /// something.
  uint64_t adopt(const std::string &name, void *bytes, uint64_t count, Access access, bool defined,
                 uint64_t alignment = kAlignment);
  /// Bytes of an Output that need not be written: gaps between rows.
  void allowUnwritten(uint64_t address, uint64_t bytes);
  /// Bytes that hold nothing a kernel may use: keys outside the range, padding.
  void undefine(uint64_t address, uint64_t bytes);

  /// Where the byte at a device address lies in this process; nullptr outside every allocation.
  uint8_t *bytesAt(uint64_t address);

  /// For the interpreter.
  enum State : uint8_t { Undefined = 0, Defined = 1, Pending = 2, Unneeded = 3 };
  struct Allocation {
    std::string name;
    Access access;
    uint64_t address, size;
    uint8_t *bytes;
    std::vector<uint8_t> state; ///< a State per byte; Unneeded counts as Undefined
    std::vector<uint8_t> owned;
    const void *variable = nullptr; ///< of a module, whose value outlives a launch
  };
  Allocation *find(uint64_t address) {
    const uint64_t index = (address >> 32) - 1; // wraps round for the addresses below 4 GiB
    return index < allocations.size() ? allocations[index].get() : nullptr;
  }
  const std::vector<std::unique_ptr<Allocation>> &all() const { return allocations; }

private:
  std::vector<std::unique_ptr<Allocation>> allocations;
};

} // namespace camber::ptx

#endif
