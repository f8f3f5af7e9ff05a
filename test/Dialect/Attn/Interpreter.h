// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Evaluates straight-line scalar code (arith, math, attn.lookup) as a processor would: float32 operations rounded once.
#ifndef CAMBER_TEST_DIALECT_ATTN_INTERPRETER_H
#define CAMBER_TEST_DIALECT_ATTN_INTERPRETER_H

#include "mlir/IR/Block.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"
#include <memory>
#include <vector>

namespace camber::test {

/// A float32 table, row by row.
struct Table {
  std::vector<int64_t> shape;
  std::vector<float> entries;
};

/// An f32, an integer of any width, or a table, by the type of the value that holds it.
struct Datum {
  float number = 0;
  int64_t integer = 0;
  std::shared_ptr<const Table> table;

  static Datum f32(float v) { return {v, 0, nullptr}; }
  static Datum i32(int64_t v) { return {0, v, nullptr}; }
};

class Interpreter {
public:
  void set(mlir::Value value, Datum datum) { data[value] = std::move(datum); }
  /// Runs the operations of a block whose arguments are set. Reports a failure of the running test at an unknown one.
  void run(mlir::Block &block);
  float number(mlir::Value value) const { return data.lookup(value).number; }

private:
  Datum evaluate(mlir::Operation &op);
  llvm::DenseMap<mlir::Value, Datum> data;
  /// Constants that are tables, read once.
  llvm::DenseMap<mlir::Attribute, std::shared_ptr<const Table>> tables;
};

} // namespace camber::test

#endif
