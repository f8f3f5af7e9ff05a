// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// mov, with packing and unpacking; cvta, isspacep, mapa; selp, slct.
#include "Decode.h"
#include "Machine.h"
#include "Parser.h"
#include <fmt/format.h>

namespace camber::ptx {

namespace {

void movePredicate(Warp &warp, const Inst &inst, uint32_t mask) {
  warp.setPredicate(inst.d, mask, warp.predicateSource(inst, 0));
  warp.setUndefined(inst.d, mask, warp.undefined[inst.s[0]]);
}

/// mov.b32 {a, b}, c: immediate = bits of a part, immediate2 = bits of the whole.
void unpack(Warp &warp, const Inst &inst, uint32_t mask) {
  uint64_t whole[32];
  for (int lane = 0; lane < 32; ++lane)
    whole[lane] = inst.immediate2 == 64 ? warp.row<uint64_t>(inst.s[0])[lane] : warp.row<uint32_t>(inst.s[0])[lane];
  const uint32_t undefined = warp.undefined[inst.s[0]];
  const uint64_t part = (uint64_t(1) << inst.immediate) - 1;
  for (size_t i = 0; i < inst.list.size(); ++i) {
    if (inst.list[i] < 0)
      continue;
    uint32_t *row = warp.row<uint32_t>(inst.list[i]);
    for (int lane = 0; lane < 32; ++lane)
      row[lane] = mask >> lane & 1 ? static_cast<uint32_t>(whole[lane] >> i * inst.immediate & part) : row[lane];
    warp.setUndefined(inst.list[i], mask, undefined);
  }
}

void pack(Warp &warp, const Inst &inst, uint32_t mask) {
  uint64_t whole[32] = {};
  uint32_t undefined = 0;
  const uint64_t part = (uint64_t(1) << inst.immediate) - 1;
  for (size_t i = 0; i < inst.list.size(); ++i) {
    const uint32_t *row = warp.row<uint32_t>(inst.list[i]);
    for (int lane = 0; lane < 32; ++lane)
      whole[lane] |= (row[lane] & part) << i * inst.immediate;
    undefined |= warp.undefined[inst.list[i]];
  }
  for (int lane = 0; lane < 32; ++lane)
    if (mask >> lane & 1) {
      if (inst.immediate2 == 64)
        warp.row<uint64_t>(inst.d)[lane] = whole[lane];
      else
        warp.row<uint32_t>(inst.d)[lane] = static_cast<uint32_t>(whole[lane]);
    }
  warp.setUndefined(inst.d, mask, undefined);
}

void moveForm(Decode &form) {
  form.expectOperands(2, 2);
  Inst &inst = form.inst;
  const Operand &to = form.operand(0), &from = form.operand(1);
  const int bits = typeBits(form.type());
  if (to.kind == Operand::Vector || from.kind == Operand::Vector) {
    const bool packs = from.kind == Operand::Vector;
    const auto &parts = (packs ? from : to).parts;
    const int part = parts.empty() ? 0 : bits / static_cast<int>(parts.size());
    if (part != 8 && part != 16 && part != 32)
      form.fail(fmt::format("{} parts of {} bits", parts.size(), bits));
    for (const Operand &each : parts)
      inst.list.push_back(packs ? form.source(each, part) : form.destination(each, part));
    inst.immediate = static_cast<uint64_t>(part);
    inst.immediate2 = static_cast<uint64_t>(bits);
    if (packs)
      inst.d = form.destination(to, bits);
    else
      inst.s[0] = form.source(from, bits);
    inst.handler = packs ? pack : unpack;
    return;
  }
  if (bits == 64)
    LANES1(uint64_t, uint64_t, a)(form);
  else if (bits == 32)
    LANES1(uint32_t, uint32_t, a)(form);
  else
    LANES1(uint16_t, uint16_t, a)(form);
}

void movePredicateForm(Decode &form) {
  form.expectOperands(2, 2);
  form.inst.d = form.destination(form.operand(0), 1);
  form.predicate(form.operand(1), 0);
  form.inst.handler = movePredicate;
}

uint64_t windowOf(Space space) {
  return space == Space::Shared  ? kSharedWindow
         : space == Space::Local ? kLocalWindow
         : space == Space::Param ? kParamWindow
                                 : 0;
}

void convertAddressForm(Decode &form) {
  form.expectOperands(2, 2);
  Inst &inst = form.inst;
  inst.d = form.destination(form.operand(0), 64);
  inst.s[0] = form.source(form.operand(1), 64);
  const uint64_t window = windowOf(form.space());
  inst.immediate = form.has("to") ? 0 - window : window;
  inst.handler = [](Warp &warp, const Inst &i, uint32_t mask) {
    lanes<uint64_t, uint64_t>(warp, i, mask, [&](uint64_t a) { return a + i.immediate; });
  };
}

void isSpaceForm(Decode &form) {
  form.expectOperands(2, 2);
  Inst &inst = form.inst;
  inst.d = form.destination(form.operand(0), 1);
  inst.s[0] = form.source(form.operand(1), 64);
  inst.immediate = windowOf(form.space());
  inst.handler = [](Warp &warp, const Inst &i, uint32_t mask) {
    uint32_t result = 0;
    forEachLane(mask, [&](int lane) {
      const uint64_t window = warp.row<uint64_t>(i.s[0])[lane] & ~(kWindowBytes - 1);
      const bool other = window == kSharedWindow || window == kLocalWindow || window == kParamWindow;
      result |= uint32_t(i.immediate ? window == i.immediate : !other) << lane;
    });
    warp.setPredicate(i.d, mask, result);
    warp.setUndefined(i.d, mask, warp.undefined[i.s[0]]);
  };
}

template <typename T> void select(Warp &warp, const Inst &inst, uint32_t mask) {
  using Cell = typename Lane<T>::Cell;
  const uint32_t condition = warp.predicateSource(inst, 2);
  Cell *d = warp.row<Cell>(inst.d);
  const Cell *a = warp.row<Cell>(inst.s[0]), *b = warp.row<Cell>(inst.s[1]);
  Cell results[32];
  for (int lane = 0; lane < 32; ++lane)
    results[lane] = condition >> lane & 1 ? a[lane] : b[lane];
  for (int lane = 0; lane < 32; ++lane)
    d[lane] = mask >> lane & 1 ? results[lane] : d[lane];
  warp.setUndefined(inst.d, mask,
                    (warp.undefined[inst.s[0]] & condition) | (warp.undefined[inst.s[1]] & ~condition) |
                        warp.undefined[inst.s[2]]);
}

void selectForm(Decode &form) {
  form.expectOperands(4, 4);
  const int bits = typeBits(form.type());
  form.inst.d = form.destination(form.operand(0), bits);
  form.inst.s[0] = form.source(form.operand(1), bits);
  form.inst.s[1] = form.source(form.operand(2), bits);
  form.predicate(form.operand(3), 2);
  form.inst.handler = bits == 64 ? select<uint64_t> : select<uint32_t>;
}

// mapa: the address of a variable in another block of the cluster. Access.cpp reads it.
void mapForm(Decode &form) {
  form.expectOperands(3, 3);
  Inst &inst = form.inst;
  const int bits = typeBits(form.type());
  inst.d = form.destination(form.operand(0), bits);
  inst.s[0] = form.source(form.operand(1), bits);
  inst.s[1] = form.source(form.operand(2), 32);
  inst.handler = bits == 64 ? [](Warp &warp, const Inst &i, uint32_t mask) {
    lanes<uint64_t, uint64_t, uint32_t>(warp, i, mask, [](uint64_t a, uint32_t rank) { return (a & ~uint64_t(0xff000000)) | (uint64_t(rank) + 1) << 24; });
  } : [](Warp &warp, const Inst &i, uint32_t mask) {
    lanes<uint32_t, uint32_t, uint32_t>(warp, i, mask, [](uint32_t a, uint32_t rank) { return (a & 0xffffff) | (rank + 1) << 24; });
  };
}

} // namespace

void addMoveForms(Forms &forms) {
  forms.insert(forms.end(),
               {
                   {"mov.{b16,u16,s16,b32,u32,s32,f32,b64,u64,s64,f64}", moveForm},
                   {"mov.pred", movePredicateForm},
                   {"cvta.to?.{global,shared,shared::cta,shared::cluster,local,const,param}.u64", convertAddressForm},
                   {"isspacep.{global,shared,shared::cta,local,param}", isSpaceForm},
                   {"mapa.shared::cluster?.{u32,u64}", mapForm},
                   {"selp.{b16,u16,s16,b32,u32,s32,f32,b64,u64,s64,f64}", selectForm},
                   {"slct.{b16,u16,s16}.s32", LANES3(uint16_t, uint16_t, uint16_t, int32_t, c >= 0 ? a : b)},
                   {"slct.{b32,u32,s32,f32}.s32", LANES3(uint32_t, uint32_t, uint32_t, int32_t, c >= 0 ? a : b)},
                   {"slct.{b64,u64,s64,f64}.s32", LANES3(uint64_t, uint64_t, uint64_t, int32_t, c >= 0 ? a : b)},
                   {"slct.{b16,u16,s16}.f32", LANES3(uint16_t, uint16_t, uint16_t, float, c >= 0 ? a : b)},
                   {"slct.ftz?.{b32,u32,s32,f32}.f32", LANES3(uint32_t, uint32_t, uint32_t, float, c >= 0 ? a : b)},
                   {"slct.ftz?.{b64,u64,s64,f64}.f32", LANES3(uint64_t, uint64_t, uint64_t, float, c >= 0 ? a : b)},
               });
}

} // namespace camber::ptx
