// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wgmma: products of 64×16 and 16×N matrices by a warpgroup, while its warps do something else.
//
// Each of the four warps computes its own 16 rows. b, and a where it is in shared memory, are read by the asynchronous
// proxy through descriptors (PTX ISA, "Shared Memory Matrix Layout"). Until it is waited for, the result is undefined,
// the registers of a must not change, and neither may be written after the last wgmma.fence.
#include "AsyncCopy.h"
#include "Decode.h"
#include "Machine.h"
#include "TensorCore.h"
#include <algorithm>
#include <fmt/format.h>

namespace camber::ptx {

namespace {

/// One wgmma.mma_async of a warp.
struct Product {
  const Inst *inst;
  uint64_t descriptorA, descriptorB;
  bool accumulates;
  uint32_t time;                         ///< of the warp's asynchronous agent
  std::vector<uint32_t> fragmentsA;      ///< as they were when it started
  std::vector<uint32_t> undefinedBefore; ///< of the accumulators, if this is the first product of a chain
};

} // namespace

struct Matrices {
  uint32_t epoch = 1;                         ///< advances with wgmma.fence
  std::vector<uint32_t> written;              ///< per slot, the epoch
  std::vector<uint32_t> retired;              ///< the same of accumulators whose products have been waited for
  std::deque<std::vector<Product>> groups{1}; ///< the last one is not committed
};

void Warp::noteWrite(int slot) { matrices->written[slot] = matrices->epoch; }

void startMatrices(Warp &warp) {
  if (!warp.machine->program.usesWgmma)
    return;
  warp.matrices = std::make_shared<Matrices>();
  warp.matrices->written.assign(static_cast<size_t>(warp.machine->program.slots), 0);
  warp.matrices->retired = warp.matrices->written;
}

void checkMatricesFinished(Warp &warp) {
  if (warp.matrices)
    for (const auto &group : warp.matrices->groups)
      if (!group.empty()) {
        warp.report(Finding::Unfinished, *group[0].inst, -1, "the kernel ends before this product is waited for",
                    "wgmma.wait_group 0 before the end");
        return;
      }
}

void publishAsync(Warp &warp) {
  if (!warp.machine->races())
    return;
  uint32_t oldest = warp.copies.time + 1;
  if (!warp.copies.operations.empty())
    oldest = std::min(oldest, warp.copies.operations.front().time);
  if (!warp.bulkStores.empty())
    oldest = std::min(oldest, warp.bulkStores.front().time);
  if (warp.matrices)
    for (const auto &group : warp.matrices->groups)
      if (!group.empty())
        oldest = std::min(oldest, group[0].time);
  uint32_t &seen = warp.clock[static_cast<size_t>(warp.agent + warp.machine->warpCount)];
  seen = std::max(seen, oldest - 1);
}

namespace {

/// Inst::flags
enum : uint8_t { kBfloat = 1, kTf32 = 2, kTransposeA = 4, kTransposeB = 8, kNegateA = 16, kNegateB = 32 };

uint64_t swizzledAddress(uint64_t address, int mode) {
  const int bits = mode == 1 ? 3 : mode == 2 ? 2 : mode == 3 ? 1 : 0; // of 128, 64 or 32 bytes
  return address ^ (address >> 7 & ((1u << bits) - 1)) << 4;
}

/// The address of 16 bytes of a matrix: those from element (line, k), which neighbour along k, or along the lines where
/// it is stored transposed (16-bit elements only).
uint64_t chunkAddress(uint64_t descriptor, int line, int k, int elementBytes, bool transposed) {
  const uint64_t base = (descriptor & 0x3fff) << 4, leading = (descriptor >> 16 & 0x3fff) << 4,
                 stride = (descriptor >> 32 & 0x3fff) << 4;
  const int mode = static_cast<int>(descriptor >> 62), perChunk = 16 / elementBytes;
  const uint64_t l = static_cast<uint64_t>(line), kk = static_cast<uint64_t>(k);
  uint64_t offset;
  if (!transposed)
    offset = mode == 0 ? l / 8 * stride + l % 8 * 16 + kk / static_cast<uint64_t>(perChunk) * leading
                       : l / 8 * stride + l % 8 * (256u >> mode) + kk * static_cast<uint64_t>(elementBytes);
  else if (mode == 0)
    offset = l / 8 * stride + kk / 8 * leading + kk % 8 * 16;
  else {
    const uint64_t span = (256u >> mode) / 2; // elements
    offset = l / span * leading + l % span * 2 + kk / 8 * stride + kk % 8 * (span * 2);
  }
  return swizzledAddress(base + offset, mode);
}

struct Shape {
  int columns, depth, elementBytes;
  int perChunk() const { return 16 / elementBytes; }
};
Shape shapeOf(const Inst &inst) {
  const bool tf32 = inst.flags & kTf32;
  return {static_cast<int>(inst.immediate), tf32 ? 8 : 16, tf32 ? 4 : 2};
}

float elementOf(const Inst &inst, uint32_t bits) {
  if (inst.flags & kTf32)
    return bitCast<float>(bits & 0xffffe000);
  return inst.flags & kBfloat ? bfloatToFloat(static_cast<uint16_t>(bits)) : halfToFloat(static_cast<uint16_t>(bits));
}
float elementAt(const Inst &inst, const uint8_t *bytes) {
  uint32_t bits = 0;
  std::memcpy(&bits, bytes, inst.flags & kTf32 ? 4 : 2);
  return elementOf(inst, bits);
}

/// Calls visit(address, line, k) for the chunks of a matrix of `lines` lines.
template <typename F>
void forEachChunk(const Shape &shape, uint64_t descriptor, int firstLine, int lines, bool transposed, F visit) {
  if (!transposed) {
    for (int line = 0; line < lines; ++line)
      for (int k = 0; k < shape.depth; k += shape.perChunk())
        visit(chunkAddress(descriptor, firstLine + line, k, shape.elementBytes, false), line, k);
    return;
  }
  for (int line = 0; line < lines; line += 8)
    for (int k = 0; k < shape.depth; ++k)
      visit(chunkAddress(descriptor, firstLine + line, k, 2, true), line, k);
}

/// Bounds, arrival and races of what a product reads from shared memory.
bool checkSources(Warp &warp, const Product &product, const Clock &clock) {
  Machine &machine = *warp.machine;
  const Inst &inst = *product.inst;
  bool inside = true;
  const auto check = [&](uint64_t address, int, int) {
    if (!inside)
      return;
    if (address < kSharedBase || address + 16 > warp.block->shared.size()) {
      warp.report(Finding::OutOfBounds, inst, -1,
                  fmt::format("the descriptor reaches shared address 0x{:x}; shared memory is from 0x{:x} to 0x{:x}",
                              address, kSharedBase, warp.block->shared.size()));
      inside = false;
      return;
    }
    warp.checkArrived(inst, warp.block->sharedState.data() + address, 16, address, -1);
    if (machine.races())
      machine.checkRace(warp.block->races, address, 16, warp, inst, 0, false, false, warp.agent + machine.warpCount,
                        clock, "shared", true);
  };
  const Shape shape = shapeOf(inst);
  if (inst.s[0] >= 0)
    forEachChunk(shape, product.descriptorA, warp.index % 4 * 16, 16, inst.flags & kTransposeA, check);
  forEachChunk(shape, product.descriptorB, 0, shape.columns, inst.flags & kTransposeB, check);
  return inside;
}

/// What a product reads and which of it is undefined.
struct Sources {
  float a[16 * 16], b[16 * 256], d[16 * 256];
  uint32_t undefinedRows = 0;
  bool undefinedColumns[256] = {};
  bool anyColumn = false;
};

void readA(Warp &warp, const Product &product, const Shape &shape, Sources &sources) {
  const Inst &inst = *product.inst;
  if (inst.s[0] >= 0) {
    forEachChunk(
        shape, product.descriptorA, warp.index % 4 * 16, 16, inst.flags & kTransposeA,
        [&](uint64_t address, int line, int k) {
          for (int i = 0; i < shape.perChunk(); ++i) {
            const bool transposed = inst.flags & kTransposeA;
            const int row = line + (transposed ? i : 0), column = k + (transposed ? 0 : i);
            sources.a[row * shape.depth + column] =
                elementAt(inst, warp.block->shared.data() + address + static_cast<uint64_t>(i * shape.elementBytes));
            if (!allDefined(warp.block->sharedState.data() + address + static_cast<uint64_t>(i * shape.elementBytes),
                            static_cast<unsigned>(shape.elementBytes)))
              sources.undefinedRows |= 1u << row;
          }
        });
    return;
  }
  for (int x = 0; x < 4; ++x) {
    const int slot = inst.list[static_cast<size_t>(shape.columns / 2 + x)];
    const uint32_t *now = warp.row<uint32_t>(slot);
    if (!std::equal(now, now + 32, product.fragmentsA.begin() + 32 * x))
      warp.report(Finding::Matrix, inst, -1,
                  fmt::format("register {} of a has changed before the product was waited for", x),
                  "wgmma.wait_group before its registers are used for something else");
    for (int lane = 0; lane < 32; ++lane) {
      const int row = lane / 4 + 8 * (x % 2);
      const uint32_t bits = product.fragmentsA[static_cast<size_t>(32 * x + lane)];
      if (shape.elementBytes == 4) {
        sources.a[row * shape.depth + lane % 4 + 4 * (x / 2)] = elementOf(inst, bits);
      } else {
        float *to = sources.a + row * shape.depth + 8 * (x / 2) + 2 * (lane % 4);
        to[0] = elementOf(inst, bits);
        to[1] = elementOf(inst, bits >> 16);
      }
      if (warp.undefined[slot] >> lane & 1)
        sources.undefinedRows |= 1u << row;
    }
  }
}

void readB(Warp &warp, const Product &product, const Shape &shape, Sources &sources) {
  const Inst &inst = *product.inst;
  const bool transposed = inst.flags & kTransposeB;
  forEachChunk(shape, product.descriptorB, 0, shape.columns, transposed, [&](uint64_t address, int line, int k) {
    for (int i = 0; i < shape.perChunk(); ++i) {
      const int column = line + (transposed ? i : 0), depth = k + (transposed ? 0 : i);
      const uint64_t at = address + static_cast<uint64_t>(i * shape.elementBytes);
      sources.b[depth * shape.columns + column] = elementAt(inst, warp.block->shared.data() + at);
      if (!allDefined(warp.block->sharedState.data() + at, static_cast<unsigned>(shape.elementBytes)))
        sources.undefinedColumns[column] = sources.anyColumn = true;
    }
  });
}

void compute(Warp &warp, const Product &product) {
  static thread_local Sources sources;
  const Inst &inst = *product.inst;
  const Shape shape = shapeOf(inst);
  sources.undefinedRows = 0;
  sources.anyColumn = false;
  std::fill(std::begin(sources.undefinedColumns), std::end(sources.undefinedColumns), false);
  readA(warp, product, shape, sources);
  readB(warp, product, shape, sources);
  if (bool(inst.flags & kNegateA) != bool(inst.flags & kNegateB))
    for (float &x : sources.a)
      x = -x;
  const auto row = [](int x, int lane) { return lane / 4 + 8 * (x / 2 % 2); };
  const auto column = [](int x, int lane) { return x / 4 * 8 + 2 * (lane % 4) + x % 2; };
  for (int x = 0; x < shape.columns / 2; ++x)
    for (int lane = 0; lane < 32; ++lane)
      sources.d[row(x, lane) * shape.columns + column(x, lane)] =
          product.accumulates ? warp.row<float>(inst.list[static_cast<size_t>(x)])[lane] : 0;
  multiplyMatrices(*warp.machine, 16, shape.columns, shape.depth, sources.a, sources.b, sources.d);
  for (int x = 0; x < shape.columns / 2; ++x) {
    const int slot = inst.list[static_cast<size_t>(x)];
    float *d = warp.row<float>(slot);
    uint32_t undefined = !product.accumulates               ? 0
                         : !product.undefinedBefore.empty() ? product.undefinedBefore[static_cast<size_t>(x)]
                                                            : warp.undefined[slot];
    for (int lane = 0; lane < 32; ++lane) {
      d[lane] = canonical(sources.d[row(x, lane) * shape.columns + column(x, lane)]);
      if (sources.undefinedRows >> row(x, lane) & 1 || (sources.anyColumn && sources.undefinedColumns[column(x, lane)]))
        undefined |= 1u << lane;
    }
    warp.undefined[slot] = undefined;
  }
}

void multiplyAsync(Warp &warp, const Inst &inst, uint32_t mask) {
  Matrices &matrices = *warp.matrices;
  Machine &machine = *warp.machine;
  const size_t accumulators = static_cast<size_t>(inst.immediate) / 2;
  Product product{
      &inst, 0, warp.row<uint64_t>(inst.s[1])[0], (warp.predicateSource(inst, 2) & 1) != 0, ++warp.copies.time, {}, {}};
  warp.require(inst, inst.s[1], kAllLanes, "a descriptor");
  if (inst.s[0] >= 0) {
    warp.require(inst, inst.s[0], kAllLanes, "a descriptor");
    product.descriptorA = warp.row<uint64_t>(inst.s[0])[0];
  }
  if (matrices.epoch == 1) {
    warp.report(Finding::Matrix, inst, -1, "there has been no wgmma.fence",
                "wgmma.fence orders what came before with the first product");
  } else {
    for (size_t i = 0; i < inst.list.size(); ++i) {
      const int slot = inst.list[i];
      if (matrices.written[slot] == matrices.epoch && (i >= accumulators || product.accumulates)) {
        warp.report(Finding::Matrix, inst, -1, fmt::format("register {} was written after the last wgmma.fence", i),
                    "wgmma.fence between the write and the product");
        break;
      }
      if (matrices.retired[slot] == matrices.epoch) {
        warp.report(
            Finding::Matrix, inst, -1,
            fmt::format("register {} held the result of a product that was waited for after the last wgmma.fence", i),
            "wgmma.fence between its use and the next product");
        break;
      }
    }
  }
  bool first = true; // of a chain of products into the same accumulators
  for (const auto &group : matrices.groups)
    for (const Product &other : group)
      first &= other.inst->list[0] != inst.list[0];
  for (size_t i = 0; i < accumulators; ++i) {
    matrices.written[inst.list[i]] = 0; // they belong to the chain now
    if (first)
      product.undefinedBefore.push_back(warp.undefined[inst.list[i]]);
  }
  for (size_t i = accumulators; i < inst.list.size(); ++i)
    product.fragmentsA.insert(product.fragmentsA.end(), warp.row<uint32_t>(inst.list[i]),
                              warp.row<uint32_t>(inst.list[i]) + 32);
  Clock clock;
  if (machine.races()) {
    clock = warp.clock;
    clock[static_cast<size_t>(warp.agent + machine.warpCount)] = product.time;
  }
  if (!checkSources(warp, product, clock))
    throw AbortBlock{};
  matrices.groups.back().push_back(product);
  if (machine.options.async == Async::Early)
    compute(warp, product);
  else
    for (size_t i = 0; i < accumulators; ++i)
      warp.undefined[inst.list[i]] = kAllLanes; // until it is waited for
}

void waitForProducts(Warp &warp, const Inst &inst, uint32_t mask) {
  Matrices &matrices = *warp.matrices;
  while (matrices.groups.size() - 1 > inst.immediate) {
    if (warp.machine->options.async != Async::Early)
      for (const Product &product : matrices.groups.front())
        compute(warp, product);
    for (const Product &product : matrices.groups.front())
      for (size_t i = 0; i < product.inst->immediate / 2; ++i)
        matrices.retired[product.inst->list[i]] = matrices.epoch;
    matrices.groups.pop_front();
  }
  publishAsync(warp);
  warp.machine->tick(warp);
}

void multiplyForm(Decode &form) {
  Inst &inst = form.inst;
  form.markWgmma();
  const std::string &shape = form.token(4);
  inst.immediate = static_cast<uint64_t>(std::stoi(shape.substr(4)));
  if (inst.immediate % 8 || inst.immediate < 8 || inst.immediate > 256)
    form.fail("'." + shape + "' is not known here");
  const bool tf32 = form.has("tf32");
  inst.flags = static_cast<uint8_t>((form.has("bf16") ? kBfloat : 0) | (tf32 ? kTf32 : 0));
  inst.flow = Flow::Collective;
  for (const Operand &each : Decode::elements(form.operand(0)))
    inst.list.push_back(form.destination(each, 32));
  if (inst.list.size() != inst.immediate / 2)
    form.fail(fmt::format("{} accumulators are needed", inst.immediate / 2));
  const bool fromRegisters = form.operand(1).kind == Operand::Vector;
  if (fromRegisters) {
    if (form.operand(1).parts.size() != 4)
      form.fail("a needs 4 registers");
    for (const Operand &each : form.operand(1).parts)
      inst.list.push_back(form.source(each, 32));
  } else {
    inst.s[0] = form.source(form.operand(1), 64);
  }
  inst.s[1] = form.source(form.operand(2), 64);
  form.predicate(form.operand(3), 2);
  const size_t transposes = tf32 ? 0 : fromRegisters ? 1 : 2;
  form.expectOperands(6 + transposes, 6 + transposes);
  if (form.constant(form.operand(4)) < 0)
    inst.flags |= kNegateA;
  if (form.constant(form.operand(5)) < 0)
    inst.flags |= kNegateB;
  if (transposes == 2 && form.constant(form.operand(6)))
    inst.flags |= kTransposeA;
  if (transposes && form.constant(form.operand(5 + transposes)))
    inst.flags |= kTransposeB;
  inst.handler = multiplyAsync;
}

template <typename F> void collectiveForm(Decode &form, F handler) {
  form.markWgmma();
  form.inst.flow = Flow::Collective;
  form.inst.handler = handler;
}
void fenceForm(Decode &form) {
  collectiveForm(form, [](Warp &warp, const Inst &, uint32_t) { ++warp.matrices->epoch; });
}
void commitForm(Decode &form) {
  collectiveForm(form, [](Warp &warp, const Inst &, uint32_t) { warp.matrices->groups.emplace_back(); });
}
void waitForm(Decode &form) {
  form.expectOperands(1, 1);
  form.inst.immediate = static_cast<uint64_t>(form.constant(form.operand(0)));
  collectiveForm(form, waitForProducts);
}

} // namespace

void addWgmmaForms(Forms &forms) {
  forms.insert(forms.end(), {
                                {"wgmma.mma_async.sync.aligned.m64n*k16.f32.f16.f16", multiplyForm},
                                {"wgmma.mma_async.sync.aligned.m64n*k16.f32.bf16.bf16", multiplyForm},
                                {"wgmma.mma_async.sync.aligned.m64n*k8.f32.tf32.tf32", multiplyForm},
                                {"wgmma.fence.sync.aligned", fenceForm},
                                {"wgmma.commit_group.sync.aligned", commitForm},
                                {"wgmma.wait_group.sync.aligned", waitForm},
                            });
}

} // namespace camber::ptx
