// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Allocations of global memory.
#include "camber/PTXInterpreter/Memory.h"
#include <algorithm>
#include <cassert>
#include <cstring>

namespace camber::ptx {

uint64_t Memory::allocate(const std::string &name, uint64_t bytes, Access access, const void *contents,
                          uint64_t alignment) {
  std::vector<uint8_t> owned(bytes, 0xff); // as floating-point numbers, NaNs
  if (contents && bytes)
    std::memcpy(owned.data(), contents, bytes);
  const uint64_t address = adopt(name, owned.data(), bytes, access, contents != nullptr, alignment);
  Allocation &allocation = *allocations.back();
  allocation.owned = std::move(owned); // moves no bytes
  return address;
}

uint64_t Memory::adopt(const std::string &name, void *bytes, uint64_t count, Access access, bool defined,
                       uint64_t alignment) {
  assert(count < (uint64_t(1) << 32) - alignment && alignment && (alignment & (alignment - 1)) == 0);
  auto allocation = std::make_unique<Allocation>();
  allocation->name = name;
  allocation->access = access;
  allocation->address = (uint64_t(allocations.size()) + 1) << 32 | alignment;
  allocation->size = count;
  allocation->bytes = static_cast<uint8_t *>(bytes);
  allocation->state.assign(count, defined ? Defined : Undefined);
  allocations.push_back(std::move(allocation));
  return allocations.back()->address;
}

uint8_t *Memory::bytesAt(uint64_t address) {
  Allocation *allocation = find(address);
  return allocation && address - allocation->address < allocation->size
             ? allocation->bytes + (address - allocation->address)
             : nullptr;
}

void Memory::allowUnwritten(uint64_t address, uint64_t bytes) {
  Allocation *allocation = find(address);
  assert(allocation && address - allocation->address + bytes <= allocation->size);
  std::fill_n(allocation->state.begin() + static_cast<int64_t>(address - allocation->address), bytes, Unneeded);
}

void Memory::undefine(uint64_t address, uint64_t bytes) {
  Allocation *allocation = find(address);
  assert(allocation && address - allocation->address + bytes <= allocation->size);
  std::fill_n(allocation->state.begin() + static_cast<int64_t>(address - allocation->address), bytes, Undefined);
}

} // namespace camber::ptx
