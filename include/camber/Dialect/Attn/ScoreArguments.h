// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The arguments of a score body, by name.
#ifndef CAMBER_DIALECT_ATTN_SCOREARGUMENTS_H
#define CAMBER_DIALECT_ATTN_SCOREARGUMENTS_H

#include "mlir/IR/Block.h"
#include "mlir/IR/BuiltinTypes.h"

namespace camber::attn {

/// The arguments of a body: some that a derived class names, the first `numReal` of them f32, all others i32; then one
/// for each param of its op.
template <unsigned numNamed, unsigned numReal> class BodyArguments {
public:
  static constexpr unsigned kNumNamed = numNamed;
  explicit BodyArguments(mlir::Block &body) : body(&body) {}

  /// The types of the arguments that have names.
  static llvm::SmallVector<mlir::Type> getTypes(mlir::MLIRContext *context) {
    llvm::SmallVector<mlir::Type> types(numReal, mlir::Float32Type::get(context));
    types.append(numNamed - numReal, mlir::IntegerType::get(context, 32));
    return types;
  }
  mlir::MutableArrayRef<mlir::BlockArgument> getNamed() const { return body->getArguments().take_front(numNamed); }
  mlir::MutableArrayRef<mlir::BlockArgument> getParams() const { return body->getArguments().drop_front(numNamed); }

protected:
  mlir::BlockArgument get(unsigned number) const { return body->getArgument(number); }

private:
  mlir::Block *body;
};

/// Of `attn.attention`, `tile.score` and `cpu.scores`. Positions are what biases and masks go by, indices count rows of
/// the tensors.
struct ScoreArguments : BodyArguments<7, 1> {
  using BodyArguments::BodyArguments;
  enum Number : unsigned { kScore, kBatch, kHead, kQueryPosition, kKeyPosition, kQueryIndex, kKeyIndex };
  mlir::BlockArgument getScore() const { return get(kScore); }
  mlir::BlockArgument getBatch() const { return get(kBatch); }
  mlir::BlockArgument getHead() const { return get(kHead); }
  mlir::BlockArgument getQueryPosition() const { return get(kQueryPosition); }
  mlir::BlockArgument getKeyPosition() const { return get(kKeyPosition); }
  mlir::BlockArgument getQueryIndex() const { return get(kQueryIndex); }
  mlir::BlockArgument getKeyIndex() const { return get(kKeyIndex); }
};

} // namespace camber::attn

#endif
