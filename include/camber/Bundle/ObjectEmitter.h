// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a module in the LLVM dialect (or LLVM IR) to optimised object code, assembly (PTX) or LLVM IR for one target.
#ifndef CAMBER_BUNDLE_OBJECTEMITTER_H
#define CAMBER_BUNDLE_OBJECTEMITTER_H

#include "camber/Bundle/TargetDesc.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace llvm {
class LLVMContext;
class Module;
class TargetMachine;
} // namespace llvm
namespace mlir {
class ModuleOp;
} // namespace mlir

namespace camber::bundle {

struct EmitOptions {
  /// Functions and constants that other objects may name: (name in the module, name in the object). Both are hidden
  /// from users of the shared library; everything else becomes internal. When empty, names and linkage stay as they
  /// are.
  std::vector<std::pair<std::string, std::string>> exports;
};

/// Every function defined in the module gets target-cpu, target-features, frame-pointer=non-leaf and nounwind unless it
/// already says otherwise. No function is assumed to exist in a C library, so no call to one is introduced, apart from
/// memcpy and memset, which LLVM may always call; `Linker.h` checks what is left.
///
/// Errors are returned and carry what LLVM said: a module that does not translate or verify, a missing export, a target
/// LLVM was built without, inline assembly that does not assemble. An emitter may be used from one thread at a time;
/// several emitters may run at once.
class ObjectEmitter {
public:
  static llvm::Expected<ObjectEmitter> create(const TargetDesc &target, const EmitOptions &options = {});
  ObjectEmitter(ObjectEmitter &&);
  ~ObjectEmitter();

  /// From a module that holds only LLVM-dialect operations. Diagnostics of the translation also reach the module's
  /// context. The module is unchanged (translations are registered with its context).
  llvm::Expected<std::string> object(mlir::ModuleOp module);
  llvm::Expected<std::string> assembly(mlir::ModuleOp module);
  /// Before LLVM's passes, or after them.
  llvm::Expected<std::string> llvmIR(mlir::ModuleOp module, bool optimized);

  /// From LLVM IR. Changes the module.
  llvm::Expected<std::string> object(llvm::Module &module);
  llvm::Expected<std::string> assembly(llvm::Module &module);

  const TargetDesc &target() const { return desc; }

private:
  ObjectEmitter(TargetDesc desc, EmitOptions options, std::unique_ptr<llvm::TargetMachine> machine);
  llvm::Expected<std::unique_ptr<llvm::Module>> translate(mlir::ModuleOp module, llvm::LLVMContext &context);
  llvm::Error prepare(llvm::Module &module);
  llvm::Error optimize(llvm::Module &module);
  llvm::Expected<std::string> generate(llvm::Module &module, bool asAssembly);
  llvm::Expected<std::string> emit(mlir::ModuleOp module, bool asAssembly);

  TargetDesc desc;
  EmitOptions options;
  std::unique_ptr<llvm::TargetMachine> machine;
};

} // namespace camber::bundle

#endif
