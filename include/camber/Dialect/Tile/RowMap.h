// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rows of a block: which head and query each is of, and what a split leaves of them.
#ifndef CAMBER_DIALECT_TILE_ROWMAP_H
#define CAMBER_DIALECT_TILE_ROWMAP_H

#include "camber/Dialect/Tile/TileDialect.h"
#include "camber/Support/Num.h"

namespace camber::tile {

/// The one place that knows how heads and queries are divided into blocks of rows (GeometryAttr):
///
///     packed       row r of a kv head: head ⌊r / Lq⌋ of the group at query r mod Lq;     ⌈group · Lq / rows⌉ blocks
///     otherwise    row r of a query head is its query r;                  block i of the kv head is
///                                                                         block ⌊i / group⌋ of head i mod group
///
/// It answers in C++, and emits IR of the types of its operands (i32 or index). Heads are those of the kernel, before
/// the geometry's head_offset.
class RowMap {
public:
  using Value = mlir::Value;
  explicit RowMap(GeometryAttr geometry) : geometry(geometry) {}

  /// Query heads per kv head.
  int64_t getGroup() const { return geometry.getHeads() / geometry.getKvHeads(); }
  /// Whether all rows of a block are of one head, and follow each other.
  bool isOneHead() const { return !geometry.getPacked(); }
  /// Numbers (f32) of the partial result of a block: output [rows, head dim], then maximum + log2 sum [rows].
  int64_t getPartialSize() const { return getPartialMaximum() + geometry.getRows(); }
  /// Where the second of them begins.
  int64_t getPartialMaximum() const { return geometry.getRows() * geometry.getHeadDim(); }

  /// Blocks of `qLen` queries, of all heads of a group together.
  Value emitNumBlocks(Num &n, Value qLen) const;

  struct Block {
    Value head;     ///< of all rows or, packed, of the first row of the kv head
    Value firstRow; ///< among those of the head or kv head, in the type of the number of queries
    Value end;      ///< behind the last row of the head or kv head
    Value count;    ///< rows that are there, end - firstRow at most
  };
  /// Block number `block` of a kv head.
  Block emitBlock(Num &n, Value kvHead, Value block, Value qLen) const;

  struct RowCoord {
    Value head, query;
  };
  /// Head and query of row number `row`, counted as firstRow is. All three have one type.
  RowCoord emitRow(Num &n, Value row, Value head, Value qLen) const;

  /// The smallest and the largest query index of a block's rows.
  std::pair<Value, Value> emitQueryRange(Num &n, const Block &block, Value qLen) const;

private:
  GeometryAttr geometry;
};

} // namespace camber::tile

#endif
