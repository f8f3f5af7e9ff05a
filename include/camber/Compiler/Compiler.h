// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The compiler as a library: kernel specifications or .mlir text in, a bundle or the text of any level out.
#ifndef CAMBER_COMPILER_COMPILER_H
#define CAMBER_COMPILER_COMPILER_H

#include "camber/Bundle/BundleWriter.h"
#include "camber/Compiler/KernelCache.h"
#include "camber/Compiler/KernelSpec.h"
#include "camber/Target/Target.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include <functional>

namespace camber {

//===----------------------------------------------------------------------------------------------------------------===//
// One kernel in one context: lib/Compiler/{BuildKernel,Lower,Contract}.cpp
//===----------------------------------------------------------------------------------------------------------------===//

/// Registers all targets, and the dialects a context needs to parse, build and lower kernels for them.
void registerCompilerDialects(mlir::DialectRegistry &registry);

/// A module with one func.func, named spec.name, on memrefs, that holds one attn.attention. Operand names (argument
/// attribute `attn.name`, read by describeKernel) are those of KernelSignature. The spec has passed validateSpec and
/// has a name. Error: null, with a diagnostic in the context; the module has been verified.
mlir::OwningOpRef<mlir::ModuleOp> buildKernelModule(mlir::MLIRContext &context, const KernelSpec &spec);

/// The signature of a function that holds one attn.attention, read before any pass has run. `checkable` is false where
/// an operation of the score body or a mask has no reference semantics (camber/Reference/KnownOperations.h); unless
/// `unchecked`, that is an error. Error: a diagnostic at the op (e.g. an operand that is neither an argument of the
/// function nor a constant).
mlir::FailureOr<KernelSignature> describeKernel(mlir::func::FuncOp kernel, bool unchecked = true);

/// Emits a warning at each operation of the kernel's score body that is right but rarely meant (attn::warnOfDoubts).
void warnOfDoubts(mlir::func::FuncOp kernel);

/// The levels a module can be lowered to. Each includes the ones before.
enum class Stage { Attn, Tile, Schedule, LLVM };

/// Where tiles and schedules come from.
struct ScheduleSource {
  std::string schedules;                  ///< a file with a table that comes before the target's own; may be empty
  const ScheduleChoice *choice = nullptr; ///< instead of tables and `tile.shape`; may be null
};

/// Lowers a module with one kernel K to `stage` for `target`, in place. At Stage::LLVM the module holds only
/// LLVM-dialect operations and defines K_plan and K_run (camber/Runtime/abi.h); K_plan stores
/// KernelSignature::fingerprint(). If `schedule` is given it receives schedule and geometry as one line of text. Error:
/// a diagnostic in the context.
mlir::LogicalResult lowerToLLVM(mlir::ModuleOp module, const TargetDesc &target, Stage stage,
                                const ScheduleSource &source, std::string *schedule = nullptr);

/// Reads that line. Error: it is none.
struct DescribedSchedule {
  ScheduleChoice choice;
  tile::GeometryAttr geometry;
};
llvm::Expected<DescribedSchedule> readSchedule(llvm::StringRef text, mlir::MLIRContext &context);

//===----------------------------------------------------------------------------------------------------------------===//
// Many kernels for many targets: lib/Compiler/Driver.cpp
//===----------------------------------------------------------------------------------------------------------------===//

/// Where the kernels come from: `specs`, or the text of a .mlir file in which each func.func with one attn.attention is
/// a kernel.
struct KernelSource {
  std::vector<KernelSpec> specs; ///< with names; used when `file` is empty
  std::string file;              ///< of `text`, for messages
  std::string text;
  /// Registers dialects of the text besides Camber's and MLIR's own, e.g. with biases of an application; may be null.
  std::function<void(mlir::DialectRegistry &)> registerDialects;
  std::vector<KernelFamily> families; ///< of the kernels; may be empty
};

/// Names of the kernels, in the order of the source. Error: a specification that is not valid, text that cannot be
/// parsed, a source without kernels.
llvm::Expected<std::vector<std::string>> listKernels(const KernelSource &source);

/// One kernel for one target is done.
struct CompileProgress {
  size_t done, total;
  std::string kernel, target;
  double seconds;      ///< from the attn level to the code
  bool failed, reused; ///< reused: found in the cache
};

struct CompileOptions {
  std::vector<TargetDesc> targets;
  bool unchecked = false;           ///< accept score bodies that the reference cannot evaluate
  std::string schedules;            ///< file of a table of schedules that comes before the targets' own; may be empty
  bool cubins = true;               ///< assemble the code of devices, too, where an assembler is found
  unsigned threads = 0;             ///< 0: one per processor
  std::optional<KernelCache> cache; ///< of code that was compiled before
  /// Called after each kernel × target, from one thread at a time; may be null.
  std::function<void(const CompileProgress &)> progress;
  /// Called with what is wrong with the cache, once, where it is of no use; may be null.
  std::function<void(llvm::StringRef)> warning;
  /// Called with warnings at operations of kernels (attn::warnOfDoubts), once for each text; may be null.
  std::function<void(llvm::StringRef)> diagnostics;
};

/// Compiles every kernel for every target, in parallel, each in a context of its own. The order of the result is that
/// of the source. Error: the diagnostics of every job that failed; a file without kernels; a kernel that is not
/// checkable.
llvm::Expected<std::vector<CompiledKernel>> compileKernels(const KernelSource &source, const CompileOptions &options);

/// compileKernels and bundle::writeBundle. A directory that would be refused is refused before anything is compiled.
llvm::Error compileBundle(const KernelSource &source, const CompileOptions &options,
                          const bundle::BundleOptions &bundleOptions);

/// What a tool can print instead of writing a bundle.
enum class Emit { Attn, Tile, Schedule, LLVM, Asm, Bundle };

/// The text of one level of all kernels: MLIR for Attn (once per kernel), Tile and Schedule, LLVM IR
/// as handed to LLVM, or LLVM's assembly. With more than one kernel or target each part begins with a comment that
/// names both. Schedules are those of the tables, whatever the assembler of a device would say. `emit` is not Bundle.
/// Error: as compileKernels, or no target, which the head dim is checked for.
llvm::Expected<std::string> emitText(const KernelSource &source, const CompileOptions &options, Emit emit);

} // namespace camber

#endif
