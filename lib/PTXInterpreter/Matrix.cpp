// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ldmatrix, stmatrix, movmatrix: 8×8 matrices of 16-bit elements between shared memory and registers.
//
// Lane r gives the address of row r % 8 of matrix r / 8. In registers lane l holds elements 2(l%4) and 2(l%4)+1 of row
// l/4, of the transposed matrix with .trans.
#include "Decode.h"
#include "Machine.h"

namespace camber::ptx {

namespace {

constexpr int kRowBytes = 16;

struct Rows {
  View row[32];
  bool defined = true; ///< all of them
  uint8_t missing[kRowBytes] = {}, missingState[kRowBytes] = {};
};

/// The rows of all matrices; reported ones that are outside of memory are replaced.
void fetchRows(Warp &warp, const Inst &inst, Use use, Rows &rows) {
  const int count = 8 * static_cast<int>(inst.list.size());
  warp.require(inst, inst.s[0], count == 32 ? kAllLanes : (1u << count) - 1, "the address");
  std::memset(rows.missingState, Memory::Defined, sizeof(rows.missingState));
  for (int r = 0; r < count; ++r) {
    const uint64_t address = warp.address(inst, r);
    rows.row[r] = warp.access(inst, inst.space, address, kRowBytes, use, r);
    if (!rows.row[r])
      rows.row[r] = {rows.missing, rows.missingState};
    else if (use == Use::Read)
      rows.defined &= warp.checkRead(inst, rows.row[r].state, kRowBytes, address, r);
  }
}

/// Which lanes get an undefined element of a matrix.
template <bool transposed> uint32_t undefinedLanes(const View *rows) {
  uint32_t undefined = 0;
  for (int lane = 0; lane < 32; ++lane) {
    const int row = lane / 4, column = 2 * (lane % 4);
    const bool defined =
        transposed ? allDefined(rows[column].state + 2 * row, 2) && allDefined(rows[column + 1].state + 2 * row, 2)
                   : allDefined(rows[row].state + 2 * column, 4);
    undefined |= uint32_t(!defined) << lane;
  }
  return undefined;
}

template <bool transposed> void loadMatrices(Warp &warp, const Inst &inst, uint32_t mask) {
  Rows rows;
  fetchRows(warp, inst, Use::Read, rows);
  for (size_t matrix = 0; matrix < inst.list.size(); ++matrix) {
    const View *from = rows.row + 8 * matrix;
    uint16_t elements[64];
    for (int row = 0; row < 8; ++row)
      std::memcpy(elements + 8 * row, from[row].bytes, kRowBytes);
    uint32_t *d = warp.row<uint32_t>(inst.list[matrix]);
    for (int lane = 0; lane < 32; ++lane) {
      const int row = lane / 4, column = 2 * (lane % 4);
      d[lane] = transposed ? elements[8 * column + row] | uint32_t(elements[8 * column + 8 + row]) << 16
                           : elements[8 * row + column] | uint32_t(elements[8 * row + column + 1]) << 16;
    }
    warp.setUndefined(inst.list[matrix], kAllLanes, rows.defined ? 0 : undefinedLanes<transposed>(from));
  }
}

template <bool transposed> void storeMatrices(Warp &warp, const Inst &inst, uint32_t mask) {
  Rows rows;
  fetchRows(warp, inst, Use::Write, rows);
  for (size_t matrix = 0; matrix < inst.list.size(); ++matrix) {
    const uint32_t *a = warp.row<uint32_t>(inst.list[matrix]);
    const uint32_t undefined = warp.undefined[inst.list[matrix]];
    for (int lane = 0; lane < 32; ++lane)
      for (int part = 0; part < 2; ++part) {
        const int row = lane / 4, column = 2 * (lane % 4) + part;
        const View &to = rows.row[8 * matrix + static_cast<size_t>(transposed ? column : row)];
        const int at = 2 * (transposed ? row : column);
        const uint16_t value = static_cast<uint16_t>(a[lane] >> 16 * part);
        std::memcpy(to.bytes + at, &value, 2);
        std::memset(to.state + at, undefined >> lane & 1 ? Memory::Undefined : Memory::Defined, 2);
      }
  }
}

template <bool loads> void matrixForm(Decode &form) {
  Inst &inst = form.inst;
  form.expectOperands(2, 2);
  inst.flow = Flow::Collective;
  inst.space = form.space();
  const size_t count = form.has("x4") ? 4 : form.has("x2") ? 2 : 1;
  const std::vector<Operand> elements = Decode::elements(form.operand(loads ? 0 : 1));
  if (elements.size() != count)
    form.fail(std::to_string(count) + " registers are needed");
  for (const Operand &element : elements)
    inst.list.push_back(loads ? form.destination(element, 32) : form.source(element, 32));
  form.address(form.operand(loads ? 1 : 0));
  const bool transposed = form.has("trans");
  if (loads)
    inst.handler = transposed ? loadMatrices<true> : loadMatrices<false>;
  else
    inst.handler = transposed ? storeMatrices<true> : storeMatrices<false>;
}

void moveMatrix(Warp &warp, const Inst &inst, uint32_t mask) {
  uint32_t a[32];
  std::copy_n(warp.row<uint32_t>(inst.s[0]), 32, a);
  const uint32_t from = warp.undefined[inst.s[0]];
  uint32_t *d = warp.row<uint32_t>(inst.d);
  uint32_t undefined = 0;
  for (int lane = 0; lane < 32; ++lane) {
    // Element (row, column) of the result is element (column, row) of the source.
    const int row = lane / 4, column = 2 * (lane % 4);
    uint32_t value = 0;
    for (int part = 0; part < 2; ++part) {
      const int holder = 4 * (column + part) + row / 2;
      value |= (a[holder] >> 16 * (row % 2) & 0xffff) << 16 * part;
      undefined |= (from >> holder & 1) << lane;
    }
    d[lane] = value;
  }
  warp.setUndefined(inst.d, kAllLanes, undefined);
}

void moveMatrixForm(Decode &form) {
  form.expectOperands(2, 2);
  form.inst.flow = Flow::Collective;
  form.inst.d = form.destination(form.operand(0), 32);
  form.inst.s[0] = form.source(form.operand(1), 32);
  form.inst.handler = moveMatrix;
}

} // namespace

void addMatrixForms(Forms &forms) {
  forms.insert(forms.end(),
               {
                   {"ldmatrix.sync.aligned.m8n8.{x1,x2,x4}.trans?.{shared,shared::cta}?.b16", matrixForm<true>},
                   {"stmatrix.sync.aligned.m8n8.{x1,x2,x4}.trans?.{shared,shared::cta}?.b16", matrixForm<false>},
                   {"movmatrix.sync.aligned.m8n8.trans.b16", moveMatrixForm},
               });
}

} // namespace camber::ptx
