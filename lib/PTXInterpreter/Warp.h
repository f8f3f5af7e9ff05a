// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The state of a warp: registers with a record of which are defined, and where its lanes are.
#ifndef CAMBER_PTXINTERPRETER_WARP_H
#define CAMBER_PTXINTERPRETER_WARP_H

#include "AsyncQueue.h"
#include "MBarrier.h"
#include "Program.h"
#include "Races.h"
#include <cstring>
#include <deque>
#include <memory>

namespace camber::ptx {

struct Block;
class Machine;

inline constexpr uint32_t kAllLanes = 0xffffffffu;

/// Lanes that are at the same instruction. The group with the lowest one runs first, so that groups which part at a
/// branch meet again where their ways join; then they become one.
struct Group {
  uint32_t mask = 0;
  int pc = 0;
  bool waiting = false; ///< for the rest of its warp, at a collective instruction
};

/// Bytes in memory and their Memory::State; null where the access failed and was reported.
struct View {
  uint8_t *bytes = nullptr;
  uint8_t *state = nullptr;
  explicit operator bool() const { return bytes != nullptr; }
};

enum class Use : uint8_t {
  Read,
  Write,
  Atomic,    ///< reads and writes, or writes, so that others' atomics may come at the same time
  StrongRead ///< relaxed, volatile or acquire
};
inline bool isWrite(Use use) { return use == Use::Write || use == Use::Atomic; }
inline bool isAtomic(Use use) { return use == Use::Atomic || use == Use::StrongRead; }

/// Whether `bytes` states are all the same; a few at a time.
inline bool allAre(const uint8_t *state, unsigned bytes, Memory::State wanted) {
  unsigned i = 0;
  for (; i + 8 <= bytes; i += 8) {
    uint64_t eight;
    std::memcpy(&eight, state + i, sizeof(eight));
    if (eight != wanted * uint64_t(0x0101010101010101))
      return false;
  }
  for (; i < bytes; ++i)
    if (state[i] != wanted)
      return false;
  return true;
}

struct Warp {
  Machine *machine = nullptr;
  Block *block = nullptr;
  int index = 0; ///< within its block
  int agent = 0; ///< within its cluster, for Races
  uint32_t alive = 0;
  uint8_t *shared = nullptr, *sharedState = nullptr; ///< of its block
  uint64_t plainShared = 0; ///< bytes from kSharedBase on that need no further checks: 0 with race checks or mbarriers
  std::vector<Group> groups;
  std::vector<uint32_t> cells;     ///< 32 of each slot
  std::vector<uint32_t> undefined; ///< per slot, a bit per lane
  int barrier = -1;                ///< that it waits at
  bool clusterWaiting = false;     ///< at barrier.cluster.wait
  uint32_t clusterPhase = 0;       ///< barrier.cluster.arrive: the phase that it waits for next
  bool yields = false;             ///< set by a handler: somebody else must run first
  bool highestFirst = false;       ///< its lanes spin: others of them go first
  Clock clock;                     ///< what of every agent's past it has seen
  Clock release;                   ///< clock at its last fence: what a relaxed write publishes
  Clock acquired;                  ///< seen through relaxed reads, and taken over by its next fence
  CopyQueue copies;                ///< cp.async

  // wgmma (Wgmma.cpp): the registers written since its last fence, and the groups that have not been waited for.
  std::shared_ptr<struct Matrices> matrices;
  std::deque<BulkCopy> bulkStores; ///< cp.async.bulk to global memory that have not been waited for
  uint32_t bulkCommitted = 0;      ///< groups of them

  template <typename T> T *row(int slot) { return reinterpret_cast<T *>(cells.data() + size_t(slot) * 32); }
  uint32_t &predicate(int slot) { return cells[size_t(slot) * 32]; }
  /// A source predicate, `!` applied.
  uint32_t predicateSource(const Inst &inst, int index) {
    const uint32_t value = predicate(inst.s[index]);
    return inst.negated >> index & 1 ? ~value : value;
  }
  void setPredicate(int slot, uint32_t mask, uint32_t value) {
    uint32_t &cell = predicate(slot);
    cell = (cell & ~mask) | (value & mask);
  }
  void setUndefined(int slot, uint32_t mask, uint32_t lanes) {
    undefined[slot] = (undefined[slot] & ~mask) | (lanes & mask);
    if (matrices)
      noteWrite(slot);
  }
  void noteWrite(int slot); // Wgmma.cpp

  /// Reports where a source of some lanes is undefined. `what`: "the address".
  void require(const Inst &inst, int slot, uint32_t mask, const char *what);
  void reportUndefined(const Inst &inst, uint32_t lanes, const char *what);
  void report(Finding::Kind kind, const Inst &inst, int lane, std::string message, std::string advice = "");

  /// Address of a lane: source `which` plus the offset.
  uint64_t address(const Inst &inst, int lane) {
    return (inst.narrowAddress ? row<uint32_t>(inst.s[0])[lane] : row<uint64_t>(inst.s[0])[lane]) +
           static_cast<uint64_t>(inst.offset);
  }
  /// Memory for an access by a lane, after every check of it. Access.cpp.
  View access(const Inst &inst, Space space, uint64_t address, unsigned bytes, Use use, int lane) {
    // Shared memory where nothing but bounds and alignment is to be checked.
    if (space == Space::Shared && address - kSharedBase < plainShared &&
        bytes <= plainShared - (address - kSharedBase) && !(address & (bytes - 1)))
      return {shared + address, sharedState + address};
    return checkedAccess(inst, space, address, bytes, use, lane);
  }
  View checkedAccess(const Inst &inst, Space space, uint64_t address, unsigned bytes, Use use, int lane);
  /// Whether bytes of global memory may be read; reported where not.
  bool accessRange(const Inst &inst, uint64_t address, uint64_t bytes, int lane);
  /// What follows a read: false, and reported, where bytes are still to be written by an asynchronous copy.
  bool checkArrived(const Inst &inst, const uint8_t *state, unsigned bytes, uint64_t address, int lane);
  /// Whether bytes that are read are defined; those that have not arrived are reported.
  bool checkRead(const Inst &inst, const uint8_t *state, unsigned bytes, uint64_t address, int lane) {
    if (allAre(state, bytes, Memory::Defined))
      return true;
    checkArrived(inst, state, bytes, address, lane);
    return false;
  }

private:
  View sharedAccess(const Inst &inst, Block &owner, uint64_t address, unsigned bytes, Use use, int lane);
  View globalAccess(const Inst &inst, uint64_t address, unsigned bytes, Use use, int lane);
  View localAccess(const Inst &inst, uint64_t address, unsigned bytes, Use use, int lane);
  View parameterAccess(const Inst &inst, uint64_t address, unsigned bytes, Use use, int lane);
};

/// Whether all bytes of a view are defined. Pending ones count as defined: checkArrived has reported them.
inline bool allDefined(const uint8_t *state, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i)
    if (state[i] == Memory::Undefined || state[i] == Memory::Unneeded)
      return false;
  return true;
}

} // namespace camber::ptx

#endif
