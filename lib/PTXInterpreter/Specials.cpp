// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Special registers.
#include "Machine.h"
#include <unordered_map>

namespace camber::ptx {

namespace {

struct Context {
  const Machine &machine;
  const Block &block;
  const Warp &warp;
  int lane;
  uint64_t instructions;
  const LaunchShape &shape() const { return machine.launch.shape; }
  uint32_t thread(int axis) const {
    const uint32_t linear = static_cast<uint32_t>(warp.index * 32 + lane);
    const auto &size = shape().block;
    return axis == 0 ? linear % size[0] : axis == 1 ? linear / size[0] % size[1] : linear / size[0] / size[1];
  }
};

using Value = uint64_t (*)(const Context &);
struct Special {
  int bits;
  Value value;
};

#define PER_AXIS(NAME, EXPRESSION)                                                                                     \
  {"%" NAME ".x",                                                                                                      \
   {32,                                                                                                                \
    [](const Context &c) -> uint64_t {                                                                                 \
      constexpr int axis = 0;                                                                                          \
      return EXPRESSION;                                                                                               \
    }}},                                                                                                               \
      {"%" NAME ".y",                                                                                                  \
       {32,                                                                                                            \
        [](const Context &c) -> uint64_t {                                                                             \
          constexpr int axis = 1;                                                                                      \
          return EXPRESSION;                                                                                           \
        }}},                                                                                                           \
  {                                                                                                                    \
    "%" NAME ".z", {                                                                                                   \
      32, [](const Context &c) -> uint64_t {                                                                           \
        constexpr int axis = 2;                                                                                        \
        return EXPRESSION;                                                                                             \
      }                                                                                                                \
    }                                                                                                                  \
  }
#define VALUE(BITS, EXPRESSION)                                                                                        \
  {                                                                                                                    \
    BITS, [](const Context &c) -> uint64_t {                                                                           \
      (void)c;                                                                                                         \
      return EXPRESSION;                                                                                               \
    }                                                                                                                  \
  }

const std::unordered_map<std::string, Special> &specials() {
  static const std::unordered_map<std::string, Special> table = {
      PER_AXIS("tid", c.thread(axis)),
      PER_AXIS("ntid", c.shape().block[axis]),
      PER_AXIS("ctaid", c.block.index[axis]),
      PER_AXIS("nctaid", c.shape().grid[axis]),
      PER_AXIS("cluster_ctaid", c.block.index[axis] % c.shape().cluster[axis]),
      PER_AXIS("cluster_nctaid", c.shape().cluster[axis]),
      PER_AXIS("clusterid", c.block.index[axis] / c.shape().cluster[axis]),
      PER_AXIS("nclusterid", c.shape().grid[axis] / c.shape().cluster[axis]),
      {"%cluster_ctarank", VALUE(32, c.block.rank)},
      {"%cluster_nctarank", VALUE(32, c.machine.blocks.size())},
      {"%is_explicit_cluster", VALUE(1, c.machine.blocks.size() > 1)},
      {"%carry", VALUE(1, 0)}, // CC.CF, which has no name in PTX: add.cc and its kin write and read it (Integer.cpp)
      {"%laneid", VALUE(32, static_cast<uint64_t>(c.lane))},
      {"%warpid", VALUE(32, static_cast<uint64_t>(c.warp.index))},
      {"%nwarpid", VALUE(32, c.block.warps.size())},
      {"%smid", VALUE(32, 0)},
      {"%nsmid", VALUE(32, 1)},
      {"%gridid", VALUE(64, 1)},
      {"%lanemask_eq", VALUE(32, uint64_t(1) << c.lane)},
      {"%lanemask_lt", VALUE(32, (uint64_t(1) << c.lane) - 1)},
      {"%lanemask_le", VALUE(32, (uint64_t(2) << c.lane) - 1)},
      {"%lanemask_gt", VALUE(32, ~((uint64_t(2) << c.lane) - 1) & 0xffffffff)},
      {"%lanemask_ge", VALUE(32, ~((uint64_t(1) << c.lane) - 1) & 0xffffffff)},
      {"%dynamic_smem_size", VALUE(32, c.shape().dynamicSharedBytes)},
      {"%total_smem_size", VALUE(32, c.block.shared.size() - kSharedBase)},
      {"%aggr_smem_size", VALUE(32, c.block.shared.size() - kSharedBase)},
      {"%clock", VALUE(32, c.instructions)},
      {"%clock_hi", VALUE(32, c.instructions >> 32)},
      {"%clock64", VALUE(64, c.instructions)},
      {"%globaltimer", VALUE(64, c.instructions)},
      {"%globaltimer_lo", VALUE(32, c.instructions)},
      {"%globaltimer_hi", VALUE(32, c.instructions >> 32)},
  };
  return table;
}

} // namespace

int specialBits(const std::string &name) {
  const auto found = specials().find(name);
  return found == specials().end() ? 0 : found->second.bits;
}

uint64_t Machine::specialValue(const std::string &name, const Block &block, const Warp &warp, int lane) const {
  return specials().at(name).value({*this, block, warp, lane, warpInstructions});
}

} // namespace camber::ptx
