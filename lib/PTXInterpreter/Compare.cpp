// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// setp and set.
#include "Decode.h"
#include <map>

namespace camber::ptx {

namespace {

/// Of the three ways that numbers compare and the fourth that one is NaN, which satisfy a comparison: bits less, equal,
/// greater, unordered.
enum : uint8_t { kLess = 1, kEqual = 2, kGreater = 4, kUnordered = 8 };

const std::map<std::string, uint8_t> &comparisons() {
  static const std::map<std::string, uint8_t> table = {{"eq", kEqual},
                                                       {"ne", kLess | kGreater},
                                                       {"lt", kLess},
                                                       {"le", kLess | kEqual},
                                                       {"gt", kGreater},
                                                       {"ge", kGreater | kEqual},
                                                       {"lo", kLess},
                                                       {"ls", kLess | kEqual},
                                                       {"hi", kGreater},
                                                       {"hs", kGreater | kEqual},
                                                       {"equ", kEqual | kUnordered},
                                                       {"neu", kLess | kGreater | kUnordered},
                                                       {"ltu", kLess | kUnordered},
                                                       {"leu", kLess | kEqual | kUnordered},
                                                       {"gtu", kGreater | kUnordered},
                                                       {"geu", kGreater | kEqual | kUnordered},
                                                       {"num", kLess | kEqual | kGreater},
                                                       {"nan", kUnordered}};
  return table;
}

/// Inst::immediate is the comparison, immediate2: 0 no combination, 1 and, 2 or, 3 xor; flags 1: .ftz.
template <typename T, typename Convert> uint32_t compareRow(Warp &warp, const Inst &inst, Convert convert) {
  using Cell = typename Lane<T>::Cell;
  const Cell *a = warp.row<Cell>(inst.s[0]), *b = warp.row<Cell>(inst.s[1]);
  const uint32_t wanted = static_cast<uint32_t>(inst.immediate);
  uint8_t truth[32];
  for (int lane = 0; lane < 32; ++lane) {
    const auto x = convert(Lane<T>::get(a[lane])), y = convert(Lane<T>::get(b[lane]));
    const uint32_t is = x < y ? kLess : x == y ? kEqual : x > y ? kGreater : kUnordered;
    truth[lane] = (wanted & is) != 0;
  }
  uint32_t result = 0;
  for (int lane = 0; lane < 32; ++lane)
    result |= uint32_t(truth[lane]) << lane;
  return result;
}

struct Same {
  template <typename T> T operator()(T a) const { return a; }
};
struct WidenHalf {
  float operator()(Half a) const { return halfToFloat(a.bits); }
};
struct WidenBfloat {
  float operator()(Bfloat a) const { return bfloatToFloat(a.bits); }
};

uint32_t combine(Warp &warp, const Inst &inst, uint32_t value) {
  if (inst.immediate2 == 0)
    return value;
  const uint32_t other = warp.predicateSource(inst, 2);
  return inst.immediate2 == 1 ? value & other : inst.immediate2 == 2 ? value | other : value ^ other;
}

void finish(Warp &warp, const Inst &inst, uint32_t mask, uint32_t value, uint32_t complement) {
  uint32_t undefined = warp.undefined[inst.s[0]] | warp.undefined[inst.s[1]];
  if (inst.immediate2)
    undefined |= warp.undefined[inst.s[2]];
  const uint32_t first = combine(warp, inst, value), second = combine(warp, inst, complement);
  if (inst.d >= 0) {
    warp.setPredicate(inst.d, mask, first);
    warp.setUndefined(inst.d, mask, undefined);
  }
  if (inst.d2 >= 0) {
    warp.setPredicate(inst.d2, mask, second);
    warp.setUndefined(inst.d2, mask, undefined);
  }
}

template <typename T, typename Convert = Same> void compare(Warp &warp, const Inst &inst, uint32_t mask) {
  uint32_t value;
  if constexpr (std::is_same_v<T, float>)
    value = inst.flags & 1 ? compareRow<T>(warp, inst, flush) : compareRow<T>(warp, inst, Same());
  else
    value = compareRow<T>(warp, inst, Convert());
  finish(warp, inst, mask, value, ~value);
}

/// Two comparisons at once, of the low and the high halves.
template <typename Convert> void comparePair(Warp &warp, const Inst &inst, uint32_t mask) {
  const uint32_t *a = warp.row<uint32_t>(inst.s[0]), *b = warp.row<uint32_t>(inst.s[1]);
  uint32_t values[2] = {0, 0};
  for (int part = 0; part < 2; ++part)
    for (int lane = 0; lane < 32; ++lane) {
      const float x = Convert()({static_cast<uint16_t>(a[lane] >> 16 * part)}),
                  y = Convert()({static_cast<uint16_t>(b[lane] >> 16 * part)});
      const uint32_t is = x < y ? kLess : x == y ? kEqual : x > y ? kGreater : kUnordered;
      values[part] |= uint32_t((inst.immediate & is) != 0) << lane;
    }
  finish(warp, inst, mask, values[0], values[1]);
}

Handler handlerFor(const std::string &type) {
  static const std::map<std::string, Handler> table = {{"b16", compare<uint16_t>},
                                                       {"u16", compare<uint16_t>},
                                                       {"s16", compare<int16_t>},
                                                       {"b32", compare<uint32_t>},
                                                       {"u32", compare<uint32_t>},
                                                       {"s32", compare<int32_t>},
                                                       {"b64", compare<uint64_t>},
                                                       {"u64", compare<uint64_t>},
                                                       {"s64", compare<int64_t>},
                                                       {"f32", compare<float>},
                                                       {"f64", compare<double>},
                                                       {"f16", compare<Half, WidenHalf>},
                                                       {"bf16", compare<Bfloat, WidenBfloat>},
                                                       {"f16x2", comparePair<WidenHalf>},
                                                       {"bf16x2", comparePair<WidenBfloat>}};
  return table.at(type);
}

void common(Decode &form, const std::string &type) {
  Inst &inst = form.inst;
  inst.immediate = comparisons().at(form.token(1));
  inst.immediate2 = form.has("and") ? 1 : form.has("or") ? 2 : form.has("xor") ? 3 : 0;
  inst.flags = form.has("ftz");
  const int bits = typeBits(type);
  inst.s[0] = form.source(form.operand(1), bits);
  inst.s[1] = form.source(form.operand(2), bits);
  form.expectOperands(inst.immediate2 ? 4 : 3, inst.immediate2 ? 4 : 3);
  if (inst.immediate2)
    form.predicate(form.operand(3), 2);
}

void setpForm(Decode &form) {
  const Operand &to = form.operand(0);
  if (to.kind == Operand::Pair) {
    form.inst.d = form.destination(to.parts[0], 1);
    form.inst.d2 = form.destination(to.parts[1], 1);
  } else {
    form.inst.d = form.destination(to, 1);
  }
  common(form, form.type());
  form.inst.handler = handlerFor(form.type());
}

/// set: the comparison into a slot of its own, then to all ones, 1.0 or zero. The scratch predicate is d2.
template <typename T, typename Convert> void setValue(Warp &warp, const Inst &inst, uint32_t mask) {
  uint32_t value;
  if constexpr (std::is_same_v<T, float>)
    value = inst.flags & 1 ? compareRow<T>(warp, inst, flush) : compareRow<T>(warp, inst, Same());
  else
    value = compareRow<T>(warp, inst, Convert());
  value = combine(warp, inst, value);
  uint32_t undefined = warp.undefined[inst.s[0]] | warp.undefined[inst.s[1]];
  if (inst.immediate2)
    undefined |= warp.undefined[inst.s[2]];
  const uint32_t yes = static_cast<uint32_t>(inst.offset);
  uint32_t *d = warp.row<uint32_t>(inst.d);
  forEachLane(mask, [&](int lane) { d[lane] = value >> lane & 1 ? yes : 0; });
  warp.setUndefined(inst.d, mask, undefined);
}

void setForm(Decode &form) {
  static const std::map<std::string, Handler> table = {
      {"b16", setValue<uint16_t, Same>},      {"u16", setValue<uint16_t, Same>}, {"s16", setValue<int16_t, Same>},
      {"b32", setValue<uint32_t, Same>},      {"u32", setValue<uint32_t, Same>}, {"s32", setValue<int32_t, Same>},
      {"b64", setValue<uint64_t, Same>},      {"u64", setValue<uint64_t, Same>}, {"s64", setValue<int64_t, Same>},
      {"f32", setValue<float, Same>},         {"f64", setValue<double, Same>},   {"f16", setValue<Half, WidenHalf>},
      {"bf16", setValue<Bfloat, WidenBfloat>}};
  form.inst.d = form.destination(form.operand(0), 32);
  common(form, form.type());
  const std::string &to = form.token(form.statement.opcode.size() - 2);
  form.inst.offset = to == "f32" ? 0x3f800000 : 0xffffffff;
  form.inst.handler = table.at(form.type());
}

#define INTEGER_COMPARISONS "{eq,ne,lt,le,gt,ge,lo,ls,hi,hs}"
#define FLOAT_COMPARISONS "{eq,ne,lt,le,gt,ge,equ,neu,ltu,leu,gtu,geu,num,nan}"

} // namespace

void addCompareForms(Forms &forms) {
  forms.insert(
      forms.end(),
      {
          {"setp." INTEGER_COMPARISONS ".{and,or,xor}?.{b16,u16,s16,b32,u32,s32,b64,u64,s64}", setpForm},
          {"setp." FLOAT_COMPARISONS ".{and,or,xor}?.ftz?.{f32,f16,f16x2}", setpForm},
          {"setp." FLOAT_COMPARISONS ".{and,or,xor}?.{f64,bf16,bf16x2}", setpForm},
          {"set." INTEGER_COMPARISONS ".{and,or,xor}?.{u32,s32,f32}.{b16,u16,s16,b32,u32,s32,b64,u64,s64}", setForm},
          {"set." FLOAT_COMPARISONS ".{and,or,xor}?.ftz?.{u32,s32,f32}.{f32,f16}", setForm},
          {"set." FLOAT_COMPARISONS ".{and,or,xor}?.{u32,s32,f32}.{f64,bf16}", setForm},
      });
}

} // namespace camber::ptx
