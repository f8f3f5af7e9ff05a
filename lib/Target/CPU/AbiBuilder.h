// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Emission of the C interface of a kernel: K_plan and K_run of camber/Runtime/abi.h.
#ifndef CAMBER_LIB_TARGET_CPU_ABIBUILDER_H
#define CAMBER_LIB_TARGET_CPU_ABIBUILDER_H

#include "camber/Dialect/CPU/CPUDialect.h"
#include "camber/Dialect/CPU/Passes.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "camber/Runtime/abi.h"
#include "camber/Target/Arguments.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <cstddef>

namespace camber::cpu {

/// One operand of the argument struct.
struct Operand : ArgumentTensor {
  llvm::StringRef role;
  mlir::Type type; ///< of the task's argument: a memref, or a scalar read through the pointer

  bool isOutput() const { return role == "output" || role == "lse"; }
  mlir::Type element() const {
    return llvm::isa<mlir::MemRefType>(type) ? llvm::cast<mlir::MemRefType>(type).getElementType() : type;
  }
  int64_t elementBytes() const { return element().getIntOrFloatBitWidth() / 8; }
};

class AbiBuilder {
public:
  /// `prepare` is null where the kernel has nothing to prepare.
  AbiBuilder(mlir::func::FuncOp task, mlir::func::FuncOp combine, mlir::func::FuncOp prepare, llvm::StringRef arch,
             uint64_t fingerprint)
      : task(task), combine(combine), prepare(prepare), name(task.getName().drop_back(llvm::StringRef("_task").size())),
        arch(arch), fingerprint(fingerprint), geometry(task->getAttrOfType<tile::GeometryAttr>("camber.geometry")),
        b(task->getParentOp()), loc(task.getLoc()) {}
  /// Needs functions that checkTask has accepted.
  void build();

private:
  mlir::Type i32() { return b.getI32Type(); }
  mlir::Type i64() { return b.getI64Type(); }
  mlir::Type pointer() { return mlir::LLVM::LLVMPointerType::get(b.getContext()); }
  mlir::Value constant(int64_t v) { return mlir::arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(v)); }
  mlir::Value constant32(int32_t v) { return mlir::arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(v)); }
  mlir::Value add(mlir::Value x, mlir::Value y) { return mlir::arith::AddIOp::create(b, loc, x, y); }
  mlir::Value sub(mlir::Value x, mlir::Value y) { return mlir::arith::SubIOp::create(b, loc, x, y); }
  mlir::Value mul(mlir::Value x, mlir::Value y) { return mlir::arith::MulIOp::create(b, loc, x, y); }
  mlir::Value min(mlir::Value x, mlir::Value y) { return mlir::arith::MinSIOp::create(b, loc, x, y); }
  mlir::Value max(mlir::Value x, mlir::Value y) { return mlir::arith::MaxSIOp::create(b, loc, x, y); }
  mlir::Value ceilDiv(mlir::Value x, int64_t y) {
    return mlir::arith::DivSIOp::create(b, loc, add(x, constant(y - 1)), constant(y));
  }
  mlir::Value compare(mlir::arith::CmpIPredicate p, mlir::Value x, mlir::Value y) {
    return mlir::arith::CmpIOp::create(b, loc, p, x, y);
  }
  mlir::Value either(mlir::Value x, mlir::Value y) { return mlir::arith::OrIOp::create(b, loc, x, y); }
  mlir::Value both(mlir::Value x, mlir::Value y) { return mlir::arith::AndIOp::create(b, loc, x, y); }
  mlir::Value index(mlir::Value v) { return mlir::arith::IndexCastOp::create(b, loc, b.getIndexType(), v); }
  mlir::Value asInteger(mlir::Value p) { return mlir::LLVM::PtrToIntOp::create(b, loc, i64(), p); }
  mlir::Value at(mlir::Value base, int64_t offset) {
    return mlir::LLVM::GEPOp::create(b, loc, pointer(), b.getI8Type(), base,
                                     llvm::ArrayRef<mlir::LLVM::GEPArg>{static_cast<int32_t>(offset)});
  }
  mlir::Value load(mlir::Value base, int64_t offset, mlir::Type type) { return emitLoad(b, loc, base, offset, type); }
  void store(mlir::Value value, mlir::Value base, int64_t offset) {
    mlir::LLVM::StoreOp::create(b, loc, value, at(base, offset));
  }

  /// status := code where status is still OK and `wrong` holds.
  mlir::Value flag(mlir::Value status, mlir::Value wrong, int32_t code) {
    mlir::Value first = both(compare(mlir::arith::CmpIPredicate::eq, status, constant32(CAMBER_OK)), wrong);
    return mlir::arith::SelectOp::create(b, loc, first, constant32(code), status);
  }
  /// What `then` computes where status is OK, else status.
  mlir::Value ifOk(mlir::Value status, llvm::function_ref<mlir::Value()> then) {
    mlir::Value ok = compare(mlir::arith::CmpIPredicate::eq, status, constant32(CAMBER_OK));
    auto branch = mlir::scf::IfOp::create(b, loc, mlir::TypeRange{i32()}, ok, /*withElseRegion=*/true);
    mlir::OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    mlir::Value result = then();
    mlir::scf::YieldOp::create(b, loc, mlir::ValueRange{result});
    b.setInsertionPointToStart(branch.elseBlock());
    mlir::scf::YieldOp::create(b, loc, mlir::ValueRange{status});
    return branch.getResult(0);
  }

  mlir::func::FuncOp entry(llvm::StringRef suffix, llvm::ArrayRef<mlir::Type> types);
  void collectOperands();
  void readHeader(mlir::Value args) { header = emitReadHeader(b, loc, args); }
  void readOperands(mlir::Value args);
  mlir::Value checkStruct(mlir::Value status, mlir::Value base, int32_t size);
  mlir::Value checkHeader(mlir::Value args);
  mlir::Value checkLength(mlir::Value status, mlir::Value length, llvm::StringRef role, int32_t code);
  mlir::Value reachesTooFar(const Operand &operand);
  mlir::Value mayOverlapItself(const Operand &operand);
  mlir::Value checkOperands(mlir::Value status);
  mlir::Value checkRanges(mlir::Value status);
  mlir::Value findOperand(llvm::StringRef role, mlir::Value batchIndex, mlir::Value otherwise);
  mlir::Value blocksPerKvHead();
  mlir::Value isPrepared();
  mlir::Value normBytes();
  mlir::Value allNormBytes();
  void buildPlan();
  void buildRun();
  void callTask(mlir::ValueRange callArgs, mlir::Value notFinite);
  mlir::func::FuncOp buildTasks();
  mlir::Value emitSetMode();
  void emitRestoreMode(mlir::Value saved);

  mlir::func::FuncOp task, combine, prepare;
  llvm::StringRef name, arch;
  uint64_t fingerprint;
  tile::GeometryAttr geometry;
  mlir::OpBuilder b;
  mlir::Location loc;
  llvm::SmallVector<Operand> operands;
  ArgumentHeader header;
};

} // namespace camber::cpu

#endif
