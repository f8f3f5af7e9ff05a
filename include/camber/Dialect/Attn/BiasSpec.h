// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What may be asked of a position bias in a kernel specification, and the registry of the biases that may be asked for.
#ifndef CAMBER_DIALECT_ATTN_BIASSPEC_H
#define CAMBER_DIALECT_ATTN_BIASSPEC_H

#include "camber/Support/ParseValue.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"
#include <memory>
#include <string>

namespace camber::attn {

/// Visits the fields of a bias. A field is a flag of camber-compile, and a key of presets and of specification files.
class BiasFieldVisitor {
public:
  virtual ~BiasFieldVisitor() = default;

  /// `value` stands for what the field takes in a help text ("N"); it is empty for a switch, which takes true and
  /// false. `set` stores what it makes of a text, and names the field where it makes nothing of it.
  using Setter = llvm::function_ref<llvm::Error(llvm::StringRef text)>;
  virtual void visit(llvm::StringRef name, llvm::StringRef value, llvm::StringRef description, Setter set) = 0;

  void visitSwitch(llvm::StringRef name, llvm::StringRef description, bool &field);
  void visitInteger(llvm::StringRef name, llvm::StringRef description, int64_t &field);
  void visitReal(llvm::StringRef name, llvm::StringRef description, double &field);
  /// One of `known`; the field is their index, or an enumeration in their order.
  template <typename Enum>
  void visitChoice(llvm::StringRef name, llvm::StringRef description, llvm::ArrayRef<llvm::StringRef> known,
                   Enum &field) {
    visit(name, llvm::join(known, "|"), description,
          [&](llvm::StringRef text) { return assign(parseChoice(name, text, known), field); });
  }

private:
  template <typename From, typename To> static llvm::Error assign(llvm::Expected<From> value, To &field) {
    if (value)
      field = static_cast<To>(*value);
    return value.takeError();
  }
};

/// The query heads of a kernel, and the first of them among those of all tensor-parallel shards.
struct BiasHeads {
  int64_t heads = 0, headOffset = 0;
};

/// An operand of the kernel that the bias reads: a memref, f32 or i32.
struct BiasParameter {
  std::string name;
  mlir::Type type;
};

/// Where a bias is applied in a score body.
struct BiasOperands {
  BiasHeads heads;
  mlir::Value score, batch, head, queryPosition, keyPosition;
  llvm::StringMap<mlir::Value> parameters; ///< those of `getParameters`

  /// Null where there is none of that name.
  mlir::Value getParameter(llvm::StringRef name) const { return parameters.lookup(name); }
};

/// A position bias as flags, presets and specification files ask for it. An op of dialects/Attn/biases declares
/// `createSpec` and defines it beside its other methods, which is all that makes it known. `registerBias` adds others.
class BiasSpec {
public:
  virtual ~BiasSpec();
  virtual std::unique_ptr<BiasSpec> clone() const = 0;

  /// What `--bias` takes.
  virtual llvm::StringRef getName() const = 0;
  /// Visits each field. Called to list the fields and to set one. A field may be one of several biases.
  virtual void visitFields(BiasFieldVisitor &visitor) = 0;
  /// Checks the fields together, in the words of the flags. What passes may still be refused by the op's verifier.
  virtual llvm::Error validate(const BiasHeads &heads) const { return llvm::Error::success(); }
  /// Why a field that the user has set has no effect beside the others. Silence would hide a misunderstanding.
  virtual llvm::Error checkEffect(llvm::StringRef field) const { return llvm::Error::success(); }

  /// What the default name of a kernel says of it after the bias, "_symmetric".
  virtual std::string getVariant() const { return ""; }
  /// Whether scores are scaled by 1/√head_dim where no scale is given.
  virtual bool isScaledByDefault() const { return true; }
  /// Whether the bias falls with the distance, so that kernels skip keys.
  virtual bool decays() const { return false; }

  virtual llvm::SmallVector<BiasParameter> getParameters(mlir::Builder &builder, const BiasHeads &heads) const {
    return {};
  }
  /// Creates the op; returns its result.
  virtual mlir::Value build(mlir::OpBuilder &builder, mlir::Location loc, const BiasOperands &operands) const = 0;
};

/// `SpecTy`'s base: it is copied.
template <typename SpecTy> class BiasSpecBase : public BiasSpec {
public:
  std::unique_ptr<BiasSpec> clone() const override {
    return std::make_unique<SpecTy>(static_cast<const SpecTy &>(*this));
  }
};

/// The biases that may be asked for, with the defaults of their fields. Those of the attn dialect come first.
llvm::ArrayRef<std::shared_ptr<const BiasSpec>> getBiasSpecs();
/// Null where there is none of that name.
std::shared_ptr<const BiasSpec> findBiasSpec(llvm::StringRef name);
/// Adds a bias, before any specification is read.
void registerBias(std::unique_ptr<BiasSpec> spec);

} // namespace camber::attn

#endif
