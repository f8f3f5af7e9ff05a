// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Applies a function to the 32 lanes of a warp, in loops that compilers vectorise.
#ifndef CAMBER_PTXINTERPRETER_LANES_H
#define CAMBER_PTXINTERPRETER_LANES_H

#include "Numerics.h"
#include "Warp.h"
#include <cstring>
#include <type_traits>

namespace camber::ptx {

/// How a value of type T lies in the cell of a register: narrow ones in the low bits of 4 bytes.
template <typename T> struct Lane {
  static constexpr int bits = sizeof(T) * 8;
  using Cell = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
  static T get(Cell cell) {
    if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(cell);
    } else {
      T value;
      std::memcpy(&value, &cell, sizeof(value)); // the low bytes: Camber's hosts are little-endian
      return value;
    }
  }
  static Cell put(T value) {
    if constexpr (std::is_integral_v<T>) {
      return static_cast<Cell>(static_cast<std::make_unsigned_t<T>>(value));
    } else {
      Cell cell = 0;
      std::memcpy(&cell, &value, sizeof(value));
      return cell;
    }
  }
};

// Before a loop whose iterations are independent although the compiler cannot know it.
#if defined(__clang__)
#define CAMBER_INDEPENDENT _Pragma("clang loop vectorize(assume_safety) interleave(assume_safety)")
#else
#define CAMBER_INDEPENDENT _Pragma("GCC ivdep")
#endif

// d[lane] depends on the sources' same lane only, so that a destination which is also a source is no dependence.
#define CAMBER_EACH_LANE(BODY)                                                                                         \
  if (mask == kAllLanes) {                                                                                             \
    CAMBER_INDEPENDENT for (int lane = 0; lane < 32; ++lane) d[lane] = Lane<D>::put(BODY);                             \
  } else {                                                                                                             \
    typename Lane<D>::Cell results[32];                                                                                \
    for (int lane = 0; lane < 32; ++lane)                                                                              \
      results[lane] = Lane<D>::put(BODY);                                                                              \
    for (int lane = 0; lane < 32; ++lane)                                                                              \
      d[lane] = mask >> lane & 1 ? results[lane] : d[lane];                                                            \
  }

template <typename D, typename A, typename F>
inline void lanes(Warp &warp, const Inst &inst, uint32_t mask, F function) {
  auto *d = warp.row<typename Lane<D>::Cell>(inst.d);
  const auto *a = warp.row<typename Lane<A>::Cell>(inst.s[0]);
  CAMBER_EACH_LANE(function(Lane<A>::get(a[lane])))
  warp.setUndefined(inst.d, mask, warp.undefined[inst.s[0]]);
}

template <typename D, typename A, typename B, typename F>
inline void lanes(Warp &warp, const Inst &inst, uint32_t mask, F function) {
  auto *d = warp.row<typename Lane<D>::Cell>(inst.d);
  const auto *a = warp.row<typename Lane<A>::Cell>(inst.s[0]);
  const auto *b = warp.row<typename Lane<B>::Cell>(inst.s[1]);
  CAMBER_EACH_LANE(function(Lane<A>::get(a[lane]), Lane<B>::get(b[lane])))
  warp.setUndefined(inst.d, mask, warp.undefined[inst.s[0]] | warp.undefined[inst.s[1]]);
}

template <typename D, typename A, typename B, typename C, typename F>
inline void lanes(Warp &warp, const Inst &inst, uint32_t mask, F function) {
  auto *d = warp.row<typename Lane<D>::Cell>(inst.d);
  const auto *a = warp.row<typename Lane<A>::Cell>(inst.s[0]);
  const auto *b = warp.row<typename Lane<B>::Cell>(inst.s[1]);
  const auto *c = warp.row<typename Lane<C>::Cell>(inst.s[2]);
  CAMBER_EACH_LANE(function(Lane<A>::get(a[lane]), Lane<B>::get(b[lane]), Lane<C>::get(c[lane])))
  warp.setUndefined(inst.d, mask, warp.undefined[inst.s[0]] | warp.undefined[inst.s[1]] | warp.undefined[inst.s[2]]);
}
#undef CAMBER_EACH_LANE
#undef CAMBER_INDEPENDENT

/// for (lane of mask)
template <typename F> inline void forEachLane(uint32_t mask, F function) {
  for (; mask; mask &= mask - 1)
    function(__builtin_ctz(mask));
}

} // namespace camber::ptx

#endif
