// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What lanes of a warp do together: shuffles, votes, reductions. The scheduler has brought them together.
#include "Decode.h"
#include "Machine.h"
#include <algorithm>
#include <fmt/format.h>

namespace camber::ptx {

namespace {

enum ShuffleMode : uint8_t { Up, Down, Butterfly, Index };

void shuffle(Warp &warp, const Inst &inst, uint32_t mask) {
  warp.require(inst, inst.s[1], mask, "the lane operand");
  warp.require(inst, inst.s[2], mask, "the clamp operand");
  const uint32_t *a = warp.row<uint32_t>(inst.s[0]), *b = warp.row<uint32_t>(inst.s[1]),
                 *c = warp.row<uint32_t>(inst.s[2]);
  const uint32_t sourceUndefined = warp.undefined[inst.s[0]];
  uint32_t results[32], inRange = 0, undefined = 0;
  forEachLane(mask, [&](int lane) {
    // Bits 8 to 12 of c cut the warp into segments; its low bits are the last lane of one that may be read.
    const int segment = static_cast<int>(c[lane] >> 8 & 31), clamp = static_cast<int>(c[lane] & 31),
              by = static_cast<int>(b[lane] & 31);
    const int last = (lane & segment) | (clamp & ~segment);
    int from = 0;
    bool valid = false;
    switch (static_cast<ShuffleMode>(inst.flags)) {
    case Up:
      from = lane - by;
      valid = from >= last;
      break;
    case Down:
      from = lane + by;
      valid = from <= last;
      break;
    case Butterfly:
      from = lane ^ by;
      valid = from <= last;
      break;
    case Index:
      from = (lane & segment) | (by & ~segment);
      valid = from <= last;
    }
    if (!valid)
      from = lane;
    if (!(mask >> from & 1))
      warp.report(Finding::Shuffle, inst, lane, fmt::format("reads lane {}, which does not take part", from),
                  "its value is undefined: it has exited, or is not in the member mask");
    results[lane] = a[from];
    inRange |= uint32_t(valid) << lane;
    undefined |= (sourceUndefined >> from & 1) << lane;
  });
  if (inst.d >= 0) {
    uint32_t *d = warp.row<uint32_t>(inst.d);
    forEachLane(mask, [&](int lane) { d[lane] = results[lane]; });
    warp.setUndefined(inst.d, mask, undefined);
  }
  if (inst.d2 >= 0) {
    warp.setPredicate(inst.d2, mask, inRange);
    warp.setUndefined(inst.d2, mask, 0);
  }
}

/// d or d|p.
void destinations(Decode &form, int bits) {
  const Operand &to = form.operand(0);
  if (to.kind == Operand::Pair) {
    form.inst.d = form.destination(to.parts[0], bits);
    form.inst.d2 = form.destination(to.parts[1], 1);
  } else {
    form.inst.d = form.destination(to, bits);
  }
}

/// The member mask is source 3, which the scheduler reads.
void collective(Decode &form, const Operand &members) {
  form.inst.flow = Flow::Collective;
  form.inst.s[3] = form.source(members, 32);
}

void shuffleForm(Decode &form) {
  form.expectOperands(5, 5);
  destinations(form, 32);
  for (int i = 0; i < 3; ++i)
    form.inst.s[i] = form.source(form.operand(static_cast<size_t>(i) + 1), 32);
  collective(form, form.operand(4));
  form.inst.flags = form.has("up") ? Up : form.has("down") ? Down : form.has("bfly") ? Butterfly : Index;
  form.inst.handler = shuffle;
}

enum VoteMode : uint8_t { All, Any, Uniform, Ballot };

void vote(Warp &warp, const Inst &inst, uint32_t mask) {
  warp.require(inst, inst.s[0], mask, "the vote");
  const uint32_t votes = warp.predicateSource(inst, 0) & mask;
  if (inst.flags == Ballot) {
    uint32_t *d = warp.row<uint32_t>(inst.d);
    forEachLane(mask, [&](int lane) { d[lane] = votes; });
  } else {
    const bool result = inst.flags == All   ? votes == mask
                        : inst.flags == Any ? votes != 0
                                            : votes == mask || votes == 0;
    warp.setPredicate(inst.d, mask, result ? kAllLanes : 0);
  }
  warp.setUndefined(inst.d, mask, 0);
}

void voteForm(Decode &form) {
  form.expectOperands(3, 3);
  form.inst.flags = form.has("all") ? All : form.has("any") ? Any : form.has("uni") ? Uniform : Ballot;
  form.inst.d = form.destination(form.operand(0), form.inst.flags == Ballot ? 32 : 1);
  form.predicate(form.operand(1), 0);
  collective(form, form.operand(2));
  form.inst.handler = vote;
}

template <typename Cell> void match(Warp &warp, const Inst &inst, uint32_t mask) {
  warp.require(inst, inst.s[0], mask, "the value");
  Cell a[32];
  std::copy_n(warp.row<Cell>(inst.s[0]), 32, a);
  uint32_t *d = inst.d >= 0 ? warp.row<uint32_t>(inst.d) : nullptr;
  bool all = true;
  forEachLane(mask, [&](int lane) { all &= a[lane] == a[__builtin_ctz(mask)]; });
  if (d)
    forEachLane(mask, [&](int lane) {
      uint32_t same = 0;
      forEachLane(mask, [&](int other) { same |= uint32_t(a[other] == a[lane]) << other; });
      d[lane] = inst.flags ? (all ? mask : 0) : same;
    });
  if (d)
    warp.setUndefined(inst.d, mask, 0);
  if (inst.d2 >= 0) {
    warp.setPredicate(inst.d2, mask, all ? kAllLanes : 0);
    warp.setUndefined(inst.d2, mask, 0);
  }
}

void matchForm(Decode &form) {
  form.expectOperands(3, 3);
  const int bits = typeBits(form.type());
  destinations(form, 32);
  form.inst.s[0] = form.source(form.operand(1), bits);
  collective(form, form.operand(2));
  form.inst.flags = form.has("all");
  form.inst.handler = bits == 64 ? match<uint64_t> : match<uint32_t>;
}

struct Add {
  uint32_t operator()(uint32_t a, uint32_t b) const { return a + b; }
};
struct Minimum {
  template <typename T> T operator()(T a, T b) const { return std::min(a, b); }
};
struct Maximum {
  template <typename T> T operator()(T a, T b) const { return std::max(a, b); }
};
struct And {
  uint32_t operator()(uint32_t a, uint32_t b) const { return a & b; }
};
struct Or {
  uint32_t operator()(uint32_t a, uint32_t b) const { return a | b; }
};
struct Xor {
  uint32_t operator()(uint32_t a, uint32_t b) const { return a ^ b; }
};

template <typename T, typename Operation> void reduce(Warp &warp, const Inst &inst, uint32_t mask) {
  const T *a = warp.row<T>(inst.s[0]);
  T result = a[__builtin_ctz(mask)];
  forEachLane(mask & (mask - 1), [&](int lane) { result = Operation()(result, a[lane]); });
  const uint32_t undefined = warp.undefined[inst.s[0]] & mask;
  T *d = warp.row<T>(inst.d);
  forEachLane(mask, [&](int lane) { d[lane] = result; });
  warp.setUndefined(inst.d, mask, undefined ? kAllLanes : 0);
}

template <typename T, typename Operation> void reduceForm(Decode &form) {
  form.expectOperands(3, 3);
  form.inst.d = form.destination(form.operand(0), 32);
  form.inst.s[0] = form.source(form.operand(1), 32);
  collective(form, form.operand(2));
  form.inst.handler = reduce<T, Operation>;
}

void activeMaskForm(Decode &form) {
  form.expectOperands(1, 1);
  form.inst.d = form.destination(form.operand(0), 32);
  form.inst.handler = [](Warp &warp, const Inst &inst, uint32_t mask) {
    uint32_t *d = warp.row<uint32_t>(inst.d);
    forEachLane(mask, [&](int lane) { d[lane] = mask; });
    warp.setUndefined(inst.d, mask, 0);
  };
}

/// elect.sync d|p: the lowest lane leads. (Which one does is unspecified.)
void electForm(Decode &form) {
  form.expectOperands(2, 2);
  destinations(form, 32);
  if (form.operand(0).kind != Operand::Pair)
    form.fail("elect.sync needs d|p");
  collective(form, form.operand(1));
  form.inst.handler = [](Warp &warp, const Inst &inst, uint32_t mask) {
    const int leader = __builtin_ctz(mask);
    if (inst.d >= 0) {
      uint32_t *d = warp.row<uint32_t>(inst.d);
      forEachLane(mask, [&](int lane) { d[lane] = static_cast<uint32_t>(leader); });
      warp.setUndefined(inst.d, mask, 0);
    }
    warp.setPredicate(inst.d2, mask, 1u << leader);
    warp.setUndefined(inst.d2, mask, 0);
  };
}

/// bar.warp.sync orders the memory accesses of its lanes: a new time of the warp begins.
void warpBarrierForm(Decode &form) {
  form.expectOperands(1, 1);
  collective(form, form.operand(0));
  form.inst.handler = [](Warp &warp, const Inst &, uint32_t) { warp.machine->tick(warp); };
}

} // namespace

void addWarpForms(Forms &forms) {
  forms.insert(forms.end(), {
                                {"shfl.sync.{up,down,bfly,idx}.b32", shuffleForm},
                                {"vote.sync.{all,any,uni}.pred", voteForm},
                                {"vote.sync.ballot.b32", voteForm},
                                {"match.{any,all}.sync.{b32,b64}", matchForm},
                                {"redux.sync.add.{u32,s32}", reduceForm<uint32_t, Add>},
                                {"redux.sync.min.u32", reduceForm<uint32_t, Minimum>},
                                {"redux.sync.min.s32", reduceForm<int32_t, Minimum>},
                                {"redux.sync.max.u32", reduceForm<uint32_t, Maximum>},
                                {"redux.sync.max.s32", reduceForm<int32_t, Maximum>},
                                {"redux.sync.and.b32", reduceForm<uint32_t, And>},
                                {"redux.sync.or.b32", reduceForm<uint32_t, Or>},
                                {"redux.sync.xor.b32", reduceForm<uint32_t, Xor>},
                                {"activemask.b32", activeMaskForm},
                                {"elect.sync", electForm},
                                {"bar.warp.sync", warpBarrierForm},
                            });
}

} // namespace camber::ptx
