// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// atom, red, and fences.
#include "Decode.h"
#include "Machine.h"
#include "Sync.h"
#include <algorithm>

namespace camber::ptx {

namespace {

struct Add {
  template <typename T> static T of(T old, T b, T) { return static_cast<T>(old + b); }
};
struct Minimum {
  template <typename T> static T of(T old, T b, T) { return std::min(old, b); }
};
struct Maximum {
  template <typename T> static T of(T old, T b, T) { return std::max(old, b); }
};
struct And {
  template <typename T> static T of(T old, T b, T) { return old & b; }
};
struct Or {
  template <typename T> static T of(T old, T b, T) { return old | b; }
};
struct Xor {
  template <typename T> static T of(T old, T b, T) { return old ^ b; }
};
struct Exchange {
  template <typename T> static T of(T, T b, T) { return b; }
};
struct CompareAndSwap {
  template <typename T> static T of(T old, T b, T c) { return old == b ? c : old; }
};
struct Increment {
  template <typename T> static T of(T old, T b, T) { return old >= b ? 0 : old + 1; }
};
struct Decrement {
  template <typename T> static T of(T old, T b, T) { return old == 0 || old > b ? b : old - 1; }
};

// Floating-point additions of atomics: f32 flushes subnormal numbers in global memory; f16 and bf16 round each half
// once.
struct AddHalf {
  static uint16_t one(uint16_t a, uint16_t b) { return roundToHalf(double(halfToFloat(a)) + halfToFloat(b)); }
};
struct AddBfloat {
  static uint16_t one(uint16_t a, uint16_t b) { return roundToBfloat(double(bfloatToFloat(a)) + bfloatToFloat(b)); }
};
template <typename F> struct AddHalves {
  template <typename T> static T of(T old, T b, T) {
    T result = F::one(static_cast<uint16_t>(old), static_cast<uint16_t>(b));
    if constexpr (sizeof(T) == 4)
      result |= static_cast<T>(F::one(static_cast<uint16_t>(old >> 16), static_cast<uint16_t>(b >> 16))) << 16;
    return result;
  }
};

template <typename T, typename Operation> void atomic(Warp &warp, const Inst &inst, uint32_t mask) {
  using Cell = typename Lane<T>::Cell;
  warp.require(inst, inst.s[0], mask, "the address");
  warp.require(inst, inst.s[1], mask, "the operand");
  const Order order = static_cast<Order>(inst.immediate);
  std::unique_lock<std::mutex> lock(warp.machine->launch.atomics, std::defer_lock);
  if (warp.machine->options.threads > 1)
    lock.lock();
  uint32_t undefined = 0;
  forEachLane(mask, [&](int lane) {
    const uint64_t address = warp.address(inst, lane);
    const View view = warp.access(inst, inst.space, address, sizeof(T), Use::Atomic, lane);
    T old = T(), result;
    if (view) {
      const uint64_t place = placeOf(warp, inst.space, address);
      observe(warp, place, order);
      warp.checkArrived(inst, view.state, sizeof(T), address, lane);
      std::memcpy(&old, view.bytes, sizeof(T));
      if (!allDefined(view.state, sizeof(T)))
        undefined |= 1u << lane;
      const T b = Lane<T>::get(warp.row<Cell>(inst.s[1])[lane]);
      const T c = inst.s[2] >= 0 ? Lane<T>::get(warp.row<Cell>(inst.s[2])[lane]) : T();
      result = Operation::template of<T>(old, b, c);
      std::memcpy(view.bytes, &result, sizeof(T));
      if (std::is_same_v<Operation, Exchange>)
        std::memset(view.state, Memory::Defined, sizeof(T));
      publish(warp, place, order);
    }
    if (inst.d >= 0)
      warp.row<Cell>(inst.d)[lane] = Lane<T>::put(old);
  });
  if (inst.d >= 0)
    warp.setUndefined(inst.d, mask, undefined);
  if (undefined && !std::is_same_v<Operation, Exchange> && warp.machine->options.checkUndefined)
    warp.reportUndefined(inst, undefined, "the value in memory");
  ++warp.machine->progress;
}

template <typename T, typename Operation, int operands = 1> void atomicForm(Decode &form) {
  const bool returns = form.statement.opcode[0] == "atom";
  const size_t at = returns ? 1 : 0, hint = form.has("L2::cache_hint");
  form.expectOperands(at + 1 + operands + hint, at + 1 + operands + hint);
  Inst &inst = form.inst;
  inst.space = form.space();
  if (returns)
    inst.d = form.destination(form.operand(0), Lane<T>::bits);
  form.address(form.operand(at));
  for (int i = 0; i < operands; ++i)
    inst.s[1 + i] = form.source(form.operand(at + 1 + static_cast<size_t>(i)), Lane<T>::bits);
  inst.immediate = static_cast<uint64_t>(orderOf(form, Order::Relaxed));
  inst.handler = atomic<T, Operation>;
}

void fenceForm(Decode &form) {
  form.expectOperands(0, 0);
  form.inst.handler = [](Warp &warp, const Inst &, uint32_t) { fence(warp); };
}

#define PREFIX ".{relaxed,acquire,release,acq_rel}?.{cta,cluster,gpu,sys}?.{global,shared,shared::cta,shared::cluster}?"

template <typename Operation, int operands = 1, typename... T>
void addTyped(Forms &forms, const std::string &operation, std::initializer_list<const char *> types) {
  // Both opcodes; atom's only where the operation returns something useful.
  void (*const decoders[])(Decode &) = {atomicForm<T, Operation, operands>...};
  size_t i = 0;
  for (const char *type : types)
    forms.push_back({"{atom,red}" PREFIX "." + operation + ".L2::cache_hint?." + type, decoders[i++]});
}

} // namespace

void addAtomicForms(Forms &forms) {
  addTyped<Add, 1, uint32_t, uint64_t, float, double>(forms, "add", {"{u32,s32}", "{u64,s64}", "f32", "f64"});
  addTyped<AddHalves<AddHalf>, 1, uint16_t, uint32_t>(forms, "add.noftz", {"f16", "f16x2"});
  addTyped<AddHalves<AddBfloat>, 1, uint16_t, uint32_t>(forms, "add.noftz", {"bf16", "bf16x2"});
  addTyped<Minimum, 1, uint32_t, int32_t, uint64_t, int64_t>(forms, "min", {"u32", "s32", "u64", "s64"});
  addTyped<Maximum, 1, uint32_t, int32_t, uint64_t, int64_t>(forms, "max", {"u32", "s32", "u64", "s64"});
  addTyped<And, 1, uint32_t, uint64_t>(forms, "and", {"b32", "b64"});
  addTyped<Or, 1, uint32_t, uint64_t>(forms, "or", {"b32", "b64"});
  addTyped<Xor, 1, uint32_t, uint64_t>(forms, "xor", {"b32", "b64"});
  addTyped<Exchange, 1, uint32_t, uint64_t>(forms, "exch", {"b32", "b64"});
  addTyped<CompareAndSwap, 2, uint16_t, uint32_t, uint64_t>(forms, "cas", {"b16", "b32", "b64"});
  addTyped<Increment, 1, uint32_t>(forms, "inc", {"u32"});
  addTyped<Decrement, 1, uint32_t>(forms, "dec", {"u32"});
  forms.insert(forms.end(), {
                                {"membar.{cta,gl,sys}", fenceForm},
                                {"fence.{sc,acq_rel}?.{cta,cluster,gpu,sys}", fenceForm},
                                {"fence.{acquire,release}.{cta,cluster,gpu,sys}", fenceForm},
                            });
}

} // namespace camber::ptx
