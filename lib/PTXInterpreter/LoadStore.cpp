// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ld, ldu, st, prefetches, and cache hints.
#include "Decode.h"
#include "Machine.h"
#include "Sync.h"
#include <fmt/format.h>

namespace camber::ptx {

namespace {

/// Inst::flags
enum : uint8_t { kSigned = 1, kWide = 2 };

/// `bytes` each of inst.list's registers.
template <typename T> void load(Warp &warp, const Inst &inst, uint32_t mask) {
  warp.require(inst, inst.s[0], mask, "the address");
  const Order order = static_cast<Order>(inst.immediate);
  const size_t count = inst.list.size();
  uint32_t undefined[8] = {};
  forEachLane(mask, [&](int lane) {
    const uint64_t address = warp.address(inst, lane);
    if (order != Order::Weak)
      observe(warp, placeOf(warp, inst.space, address), order);
    const View view = warp.access(inst, inst.space, address, static_cast<unsigned>(sizeof(T) * count),
                                  order == Order::Weak ? Use::Read : Use::StrongRead, lane);
    const bool defined =
        !view || warp.checkRead(inst, view.state, static_cast<unsigned>(sizeof(T) * count), address, lane);
    for (size_t i = 0; i < count; ++i) {
      const int slot = inst.list[i];
      if (slot < 0)
        continue;
      T value = 0;
      if (view)
        std::memcpy(&value, view.bytes + i * sizeof(T), sizeof(T));
      if (sizeof(T) == 8 || inst.flags & kWide)
        warp.row<uint64_t>(slot)[lane] =
            inst.flags & kSigned
                ? static_cast<uint64_t>(static_cast<int64_t>(static_cast<std::make_signed_t<T>>(value)))
                : value;
      else
        warp.row<uint32_t>(slot)[lane] =
            inst.flags & kSigned
                ? static_cast<uint32_t>(static_cast<int32_t>(static_cast<std::make_signed_t<T>>(value)))
                : static_cast<uint32_t>(value);
      // What lies outside of memory has been reported and counts as defined: each mistake once.
      if (!defined && !allDefined(view.state + i * sizeof(T), sizeof(T)))
        undefined[i] |= 1u << lane;
    }
  });
  for (size_t i = 0; i < count; ++i)
    if (inst.list[i] >= 0)
      warp.setUndefined(inst.list[i], mask, undefined[i]);
}

template <typename T> void store(Warp &warp, const Inst &inst, uint32_t mask) {
  warp.require(inst, inst.s[0], mask, "the address");
  const Order order = static_cast<Order>(inst.immediate);
  const size_t count = inst.list.size();
  bool global = inst.space == Space::Global;
  forEachLane(mask, [&](int lane) {
    const uint64_t address = warp.address(inst, lane);
    global |= inst.space == Space::Generic && address < kSharedWindow;
    const View view = warp.access(inst, inst.space, address, static_cast<unsigned>(sizeof(T) * count),
                                  order == Order::Weak ? Use::Write : Use::Atomic, lane);
    if (!view)
      return;
    for (size_t i = 0; i < count; ++i) {
      const int slot = inst.list[i];
      const T value = sizeof(T) == 8 || inst.flags & kWide ? static_cast<T>(warp.row<uint64_t>(slot)[lane])
                                                           : static_cast<T>(warp.row<uint32_t>(slot)[lane]);
      std::memcpy(view.bytes + i * sizeof(T), &value, sizeof(T));
      std::memset(view.state + i * sizeof(T), warp.undefined[slot] >> lane & 1 ? Memory::Undefined : Memory::Defined,
                  sizeof(T));
    }
    if (order != Order::Weak)
      publish(warp, placeOf(warp, inst.space, address), order);
  });
  if (global)
    for (int slot : inst.list)
      warp.require(inst, slot, mask, "the stored value");
}

template <bool loads> void memoryForm(Decode &form) {
  Inst &inst = form.inst;
  form.expectOperands(2, form.has("L2::cache_hint") ? 3 : 2);
  const std::string &type = form.type();
  const int bits = typeBits(type);
  inst.space = form.space();
  if (inst.space == Space::Const)
    inst.space = Space::Global;
  form.address(form.operand(loads ? 1 : 0));
  // A parameter of a called function, or of a call, is memory of the thread (Decoder.cpp).
  const Operand &base = form.operand(loads ? 1 : 0).parts[0];
  if (inst.space == Space::Param && base.kind == Operand::Name && form.isLocal(base))
    inst.space = Space::Local;
  const std::vector<Operand> elements = Decode::elements(form.operand(loads ? 0 : 1));
  const size_t count = form.has("v2") ? 2 : form.has("v4") ? 4 : form.has("v8") ? 8 : 1;
  if (elements.size() != count)
    form.fail(fmt::format("{} elements, {} are needed", elements.size(), count));
  for (const Operand &element : elements) {
    inst.list.push_back(loads ? form.destination(element, bits, true) : form.source(element, bits, true));
    if (form.registerBits(element) == 64 && bits < 64)
      inst.flags |= kWide;
  }
  for (const Operand &element : elements)
    if (inst.flags & kWide && form.registerBits(element) != 64)
      form.fail("registers of different widths");
  if (type[0] == 's')
    inst.flags |= kSigned;
  inst.immediate = static_cast<uint64_t>(orderOf(form, Order::Weak));
  switch (bits) {
  case 8:
    inst.handler = loads ? load<uint8_t> : store<uint8_t>;
    break;
  case 16:
    inst.handler = loads ? load<uint16_t> : store<uint16_t>;
    break;
  case 32:
    inst.handler = loads ? load<uint32_t> : store<uint32_t>;
    break;
  default:
    inst.handler = loads ? load<uint64_t> : store<uint64_t>;
  }
}

void nothing(Warp &, const Inst &, uint32_t) {}
void hintForm(Decode &form) { form.inst.handler = nothing; }

/// createpolicy: the policy is opaque.
void policyForm(Decode &form) {
  form.inst.d = form.destination(form.operand(0), 64);
  form.inst.handler = [](Warp &warp, const Inst &inst, uint32_t mask) {
    forEachLane(mask, [&](int lane) { warp.row<uint64_t>(inst.d)[lane] = 0; });
    warp.setUndefined(inst.d, mask, 0);
  };
}

#define SPACES "{global,shared,shared::cta,shared::cluster,local,param,param::entry,param::func,const}?"
#define TYPES "{b8,u8,s8,b16,u16,s16,f16,bf16,b32,u32,s32,f32,b64,u64,s64,f64}"
#define EVICTION ".{L1::evict_normal,L1::evict_unchanged,L1::evict_first,L1::evict_last,L1::no_allocate}?"
#define L2_HINTS ".L2::cache_hint?.{L2::64B,L2::128B,L2::256B}?"

} // namespace

void addLoadStoreForms(Forms &forms) {
  forms.insert(
      forms.end(),
      {
          {"ld.weak?." SPACES ".{ca,cg,cs,lu,cv}?.nc?" EVICTION L2_HINTS ".{v2,v4,v8}?." TYPES, memoryForm<true>},
          {"ld.volatile." SPACES ".{v2,v4}?." TYPES, memoryForm<true>},
          {"ld.{relaxed,acquire}.{cta,cluster,gpu,sys}." SPACES EVICTION L2_HINTS ".{v2,v4}?." TYPES, memoryForm<true>},
          {"ldu.global?.{v2,v4}?." TYPES, memoryForm<true>},
          {"st.weak?." SPACES ".{wb,cg,cs,wt}?" EVICTION ".L2::cache_hint?.{v2,v4,v8}?." TYPES, memoryForm<false>},
          {"st.volatile." SPACES ".{v2,v4}?." TYPES, memoryForm<false>},
          {"st.{relaxed,release}.{cta,cluster,gpu,sys}." SPACES EVICTION ".L2::cache_hint?.{v2,v4}?." TYPES,
           memoryForm<false>},
          {"prefetch.{global,local}?.{L1,L2,L2::evict_last,L2::evict_normal}", hintForm},
          {"prefetch.{const,param}?.tensormap", hintForm},
          {"prefetchu.L1", hintForm},
          {"applypriority.global?.L2::evict_normal", hintForm},
          {"discard.global?.L2", hintForm},
          {"createpolicy.fractional.{L2::evict_last,L2::evict_normal,L2::evict_first,L2::evict_unchanged}.{L2::evict_"
           "first,L2::evict_unchanged}?.b64",
           policyForm},
      });
}

} // namespace camber::ptx
