// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// mma.sync: d = a·b + c of one warp, 16×8 results.
//
// With g = lane / 4 and t = lane % 4, a lane holds (PTX ISA, "Warp Level Matrix Instructions"):
//
//     16-bit a, register x   row g + 8(x%2), columns 8(x/2) + 2t and the next
//     16-bit b, register x   column g, rows 8x + 2t and the next
//     tf32 a, register x     row g + 8(x%2), column t + 4(x/2)
//     tf32 b, register x     column g, row t + 4x
//     f32 c, d, register x   row g + 8(x/2), column 2t + x%2
//     f16 c, d, register x   row g + 8x, columns 2t and the next
#include "Decode.h"
#include "TensorCore.h"

namespace camber::ptx {

namespace {

enum class Element : uint8_t { F16, BF16, TF32 };

/// Undefined rows of a and columns of b, as bits: they make rows and columns of the result undefined.
struct Undefined {
  uint32_t rows = 0, columns = 0;
};

template <Element element> float widen(uint32_t bits) {
  return element == Element::F16 ? halfToFloat(static_cast<uint16_t>(bits))
                                 : bfloatToFloat(static_cast<uint16_t>(bits));
}

template <Element element> void gatherA(Warp &warp, const int32_t *slots, int depth, float *a, Undefined &undefined) {
  const int count = element == Element::TF32 ? depth / 2 : depth / 4;
  for (int x = 0; x < count; ++x) {
    float *rows = a + 8 * (x % 2) * depth;
    if constexpr (element == Element::TF32) {
      const uint32_t *cells = warp.row<uint32_t>(slots[x]);
      for (int lane = 0; lane < 32; ++lane) // the low bits do not count
        rows[lane / 4 * depth + lane % 4 + 4 * (x / 2)] = bitCast<float>(cells[lane] & 0xffffe000);
    } else {
      // Four neighbouring lanes hold eight neighbouring columns.
      const uint16_t *halves = warp.row<uint16_t>(slots[x]);
      for (int g = 0; g < 8; ++g)
        for (int i = 0; i < 8; ++i)
          rows[g * depth + 8 * (x / 2) + i] = widen<element>(halves[8 * g + i]);
    }
    forEachLane(warp.undefined[slots[x]], [&](int lane) { undefined.rows |= 1u << (lane / 4 + 8 * (x % 2)); });
  }
}

template <Element element> void gatherB(Warp &warp, const int32_t *slots, int depth, float *b, Undefined &undefined) {
  const int count = element == Element::TF32 ? depth / 4 : depth / 8;
  for (int x = 0; x < count; ++x) {
    if constexpr (element == Element::TF32) {
      const uint32_t *cells = warp.row<uint32_t>(slots[x]);
      for (int lane = 0; lane < 32; ++lane)
        b[(lane % 4 + 4 * x) * 8 + lane / 4] = bitCast<float>(cells[lane] & 0xffffe000);
    } else {
      const uint16_t *halves = warp.row<uint16_t>(slots[x]);
      float columns[64];
      for (int i = 0; i < 64; ++i)
        columns[i] = widen<element>(halves[i]);
      for (int i = 0; i < 8; ++i)
        for (int g = 0; g < 8; ++g)
          b[(8 * x + i) * 8 + g] = columns[8 * g + i];
    }
    forEachLane(warp.undefined[slots[x]], [&](int lane) { undefined.columns |= 1u << lane / 4; });
  }
}

// With 8 columns, element (lane / 4, 2(lane % 4)) of a matrix is its 2·lane-th.
template <bool half> void gatherC(Warp &warp, const int32_t *slots, float *d) {
  for (int x = 0; x < (half ? 2 : 4); ++x) {
    const uint32_t *cells = warp.row<uint32_t>(slots[x]);
    float *to = d + 64 * (half ? x : x / 2);
    for (int lane = 0; lane < 32; ++lane)
      if (half) {
        to[2 * lane] = halfToFloat(static_cast<uint16_t>(cells[lane]));
        to[2 * lane + 1] = halfToFloat(static_cast<uint16_t>(cells[lane] >> 16));
      } else {
        to[2 * lane + x % 2] = bitCast<float>(cells[lane]);
      }
  }
}

template <bool half>
void scatterD(Warp &warp, const int32_t *slots, const int32_t *sources, const float *d, const Undefined &undefined) {
  constexpr int count = half ? 2 : 4;
  uint32_t fromC[count];
  for (int x = 0; x < count; ++x)
    fromC[x] = warp.undefined[sources[x]];
  for (int x = 0; x < count; ++x) {
    uint32_t *cells = warp.row<uint32_t>(slots[x]);
    const int rowBlock = half ? x : x / 2;
    const float *from = d + 64 * rowBlock;
    for (int lane = 0; lane < 32; ++lane)
      cells[lane] = half ? floatToHalf(from[2 * lane]) | uint32_t(floatToHalf(from[2 * lane + 1])) << 16
                         : bitCast<uint32_t>(canonical(from[2 * lane + x % 2]));
    uint32_t lanes = fromC[x];
    if (undefined.rows | undefined.columns)
      for (int lane = 0; lane < 32; ++lane) {
        const int row = lane / 4 + 8 * rowBlock, column = 2 * (lane % 4) + (half ? 0 : x % 2);
        const uint32_t columns = undefined.columns >> column | (half ? undefined.columns >> (column + 1) : 0);
        lanes |= ((undefined.rows >> row | columns) & 1) << lane;
      }
    warp.setUndefined(slots[x], kAllLanes, lanes);
  }
}

/// inst.list: d, a, b, c.
template <Element element, int depth, bool half> void multiply(Warp &warp, const Inst &inst, uint32_t mask) {
  constexpr int perC = half ? 2 : 4;
  constexpr int perA = element == Element::TF32 ? depth / 2 : depth / 4;
  constexpr int perB = perA / 2;
  alignas(64) float a[16 * depth], b[depth * 8], d[16 * 8];
  const int32_t *slots = inst.list.data();
  Undefined undefined;
  gatherA<element>(warp, slots + perC, depth, a, undefined);
  gatherB<element>(warp, slots + perC + perA, depth, b, undefined);
  gatherC<half>(warp, slots + perC + perA + perB, d);
  multiplyMatrices(*warp.machine, 16, 8, depth, a, b, d);
  scatterD<half>(warp, slots, slots + perC + perA + perB, d, undefined);
}

template <Element element, int depth, bool half> void multiplyForm(Decode &form) {
  constexpr size_t perC = half ? 2 : 4;
  constexpr size_t perA = element == Element::TF32 ? depth / 2 : depth / 4;
  const size_t counts[4] = {perC, perA, perA / 2, perC};
  form.expectOperands(4, 4);
  form.inst.flow = Flow::Collective;
  for (size_t i = 0; i < 4; ++i) {
    const std::vector<Operand> elements = Decode::elements(form.operand(i));
    if (elements.size() != counts[i])
      form.fail("operand " + std::to_string(i + 1) + " needs " + std::to_string(counts[i]) + " registers");
    for (const Operand &each : elements)
      form.inst.list.push_back(i == 0 ? form.destination(each, 32) : form.source(each, 32));
  }
  form.inst.handler = multiply<element, depth, half>;
}

} // namespace

void addMmaForms(Forms &forms) {
  forms.insert(forms.end(),
               {
                   {"mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", multiplyForm<Element::F16, 16, false>},
                   {"mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16", multiplyForm<Element::F16, 16, true>},
                   {"mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", multiplyForm<Element::BF16, 16, false>},
                   {"mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32", multiplyForm<Element::F16, 8, false>},
                   {"mma.sync.aligned.m16n8k8.row.col.f16.f16.f16.f16", multiplyForm<Element::F16, 8, true>},
                   {"mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32", multiplyForm<Element::BF16, 8, false>},
                   {"mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", multiplyForm<Element::TF32, 8, false>},
                   {"mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32", multiplyForm<Element::TF32, 4, false>},
               });
}

} // namespace camber::ptx
