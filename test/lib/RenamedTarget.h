// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A target for tests: x86-64-v3 under another name, for heads of 32 alone, with a schedule table of the test's own.
#ifndef CAMBER_TEST_LIB_RENAMEDTARGET_H
#define CAMBER_TEST_LIB_RENAMEDTARGET_H
#include "camber/Dialect/CPU/CPUDialect.h"
#include "camber/Target/Target.h"

namespace camber::test {

/// What a test's target leaves alone comes from x86-64-v3, so that its kernels run wherever those do.
class RenamedTarget : public Target {
public:
  /// `table` is a schedule table as JSON.
  RenamedTarget(std::string name, llvm::StringRef table)
      : name(std::move(name)), schedules(llvm::cantFail(ScheduleTable::parse(table, this->name))) {}

  llvm::StringRef getName() const override { return name; }
  llvm::Expected<TargetDesc> describe(llvm::ArrayRef<llvm::StringRef> features) const override {
    llvm::Expected<TargetDesc> desc = processor().describe(features);
    if (desc)
      desc->name = desc->base = name;
    return desc;
  }
  void registerDialects(mlir::DialectRegistry &dialects) const override { dialects.insert<cpu::CPUDialect>(); }
  void registerPasses() const override {}
  bool supportsHeadDim(int64_t headDim) const override { return headDim == 32; }
  std::string describeHeadDims() const override { return "32 alone"; }
  const ScheduleTable &getSchedules() const override { return schedules; }
  void buildTileToSchedule(mlir::OpPassManager &pm) const override { processor().buildTileToSchedule(pm); }
  void buildScheduleToLLVM(mlir::OpPassManager &pm, uint64_t fingerprint) const override {
    processor().buildScheduleToLLVM(pm, fingerprint);
  }

private:
  static const Target &processor() { return *findTarget("x86-64-v3"); }
  std::string name;
  ScheduleTable schedules;
};

} // namespace camber::test
#endif // CAMBER_TEST_LIB_RENAMEDTARGET_H
