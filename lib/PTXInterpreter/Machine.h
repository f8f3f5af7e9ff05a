// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs the blocks of a launch, one cluster at a time: warps in turn, each until it must wait.
#ifndef CAMBER_PTXINTERPRETER_MACHINE_H
#define CAMBER_PTXINTERPRETER_MACHINE_H

#include "MBarrier.h"
#include "Warp.h"
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>

namespace camber::ptx {

/// A barrier of a block, by number.
struct NamedBarrier {
  int arrived = 0, expected = 0; ///< threads; expected 0: nobody has come yet
  bool everyone = false;         ///< no count was given: all warps that have not exited
  struct Waiting {
    Warp *warp;
    const Inst *inst;
    uint32_t mask;
  };
  std::vector<Waiting> waiting;
  Clock clock;
  uint32_t trueThreads = 0, falseThreads = 0; ///< barrier.red: by their predicate
};

struct Block {
  std::array<uint32_t, 3> index{};
  uint32_t number = 0; ///< over the grid
  uint32_t rank = 0;   ///< in its cluster
  std::vector<Warp> warps;
  std::vector<uint8_t> shared, sharedState;
  RaceMap races;
  std::vector<uint8_t> local, localState; ///< of each thread Program::localBytes
  std::map<int, NamedBarrier> barriers;
  std::map<uint64_t, MBarrier> mbarriers; ///< by shared address
};

/// What the machines of all threads of a launch share.
struct Launch {
  std::shared_ptr<const Program> program;
  LaunchShape shape;
  LaunchOptions options;
  std::vector<uint8_t> parameters;
  Memory *memory = nullptr;
  std::map<std::string, uint64_t> globals; ///< addresses of module variables
  std::mutex mutex;                        ///< of everything below
  std::mutex atomics;                      ///< of atomics, where blocks run on several threads
  Report report;
  std::vector<uint64_t> counts;               ///< per instruction of the program
  std::map<std::pair<int, int>, size_t> seen; ///< (kind, line) to index in report.findings

  // Order between blocks, where races are checked: accesses to each allocation, and what atomics on an address have
  // published (Sync.cpp).
  std::map<uint64_t, std::unique_ptr<RaceMap>> races; ///< by index of the allocation
  struct Sync {
    uint32_t block = 0;
    Clock clock;               ///< of that block
    std::set<uint32_t> blocks; ///< whose past is published here
  };
  std::map<uint64_t, Sync> syncs;
  /// Returns how many there are.
  uint64_t add(Finding finding);
  std::atomic<uint64_t> findings{0};
};

/// Ends the block that runs: nothing in it can go on.
struct AbortBlock {};

class Machine {
public:
  Machine(Launch &launch, uint64_t seed);
  /// Runs the cluster that begins at a block.
  void runCluster(std::array<uint32_t, 3> first);
  /// Adds what was executed to the launch's report.
  void finish();

  Launch &launch;
  const Program &program;
  const LaunchOptions &options;
  std::vector<std::unique_ptr<Block>> blocks; ///< of the cluster that runs
  std::vector<BulkCopy> tensorCopies;         ///< to shared memory, under way
  std::vector<Clock> proxyClocks;             ///< per warp, what it had seen at its last fence.proxy.async
  std::set<uint32_t> orderedBlocks;           ///< earlier blocks whose past this cluster has acquired
  std::set<uint32_t> observedBlocks;          ///< seen by relaxed reads: ordered from the next fence on
  uint64_t progress = 0;                      ///< advances with whatever could wake somebody
  uint32_t tensorTime = 0;
  uint32_t mbarrierCount = 0;
  int warpCount = 0; ///< of the cluster: agents [0, n) are warps, [n, 2n) their copies, then mbarriers' copies

  uint32_t random() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<uint32_t>(state >> 32);
  }
  bool races() const { return options.checkRaces; }
  int agents() const { return 2 * warpCount + kMaxMBarriers; }
  /// What a warp has done so far is published: its time advances.
  void tick(Warp &warp) {
    if (races())
      ++warp.clock[warp.agent];
  }
  std::string describeAgent(uint32_t block, int agent) const;
  const Inst &inst(int pc) const { return program.code[static_cast<size_t>(pc)]; }
  void report(Finding::Kind kind, const Warp *warp, const Inst *inst, int lane, std::string message,
              std::string advice = "");
  /// Records an access for the race checks and reports what it collides with.
  void checkRace(RaceMap &map, uint64_t offset, unsigned bytes, Warp &warp, const Inst &inst, int lane, bool write,
                 bool atomic, int agent, const Clock &clock, const std::string &where, bool asyncProxy = false);

  // Barriers.cpp.
  void arriveAtBarrier(Warp &warp, const Inst &inst, uint32_t mask);
  void arriveAtClusterBarrier(Warp &warp);
  void waitAtClusterBarrier(Warp &warp);
  /// A warp has exited: those that wait for all warps may be waiting for nobody else.
  void warpExited(Block &block);

private:
  bool runWarp(Warp &warp);
  /// Runs one group until it parts, meets another or must wait. False where it could not move.
  bool runGroup(Warp &warp, size_t which);
  void branch(Warp &warp, size_t which, uint32_t taken, int target);
  bool rendezvous(Warp &warp, size_t which, int pc, uint32_t mask, const Inst &inst);
  [[noreturn]] void stuck(Warp &warp);
  void completeBarrier(Block &block, int number);
  void completeClusterBarrier();
  void startBlock(Block &block, std::array<uint32_t, 3> index, uint32_t rank, int firstAgent);
  void startWarp(Block &block, Warp &warp, int threads);
  void fillConstants(std::vector<uint32_t> &cells, std::vector<uint32_t> &undefined);
  uint64_t specialValue(const std::string &name, const Block &block, const Warp &warp, int lane) const;
  void schedule();
  bool runAsyncOperations(bool idle); // AsyncCopy.cpp
  bool runTensorCopies(bool idle);    // BulkCopy.cpp
  [[noreturn]] void deadlock();
  bool finished() const;
  void checkFinished();

  std::vector<uint64_t> counts;
  uint64_t warpInstructions = 0, threadInstructions = 0, blockInstructions = 0;
  uint64_t state;
  std::vector<uint32_t> initialCells, initialUndefined;
  int budget = 0; ///< instructions until it is another warp's turn
  size_t clusterArrived = 0;
  uint32_t clusterPhase = 0;
  Clock clusterClock;
};

} // namespace camber::ptx

#endif
