// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-annotate-kernels: roles, names and dimensions of a kernel function's arguments.
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Attn/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace camber::attn {
#define GEN_PASS_DEF_ANNOTATEKERNELS
#include "camber/Dialect/Attn/Passes.h.inc"
} // namespace camber::attn

using namespace mlir;
using namespace camber::attn;

namespace {
struct Role {
  StringRef role, name;
  SmallVector<StringRef, 4> symbols; ///< run-time size per dimension, "" where it must be static
};

struct Annotator {
  func::FuncOp function;
  AttentionOp attention;
  OpBuilder b;

  LogicalResult annotate(Value operand, const Role &role) {
    auto argument = dyn_cast<BlockArgument>(operand);
    if (!argument || argument.getOwner() != &function.getBody().front())
      return attention.emitOpError() << "in a kernel, " << role.name << " must be an argument of the function";
    unsigned number = argument.getArgNumber();
    if (function.getArgAttr(number, "attn.role"))
      return attention.emitOpError() << "in a kernel, argument " << number << " can have one role only, not also "
                                     << role.name;
    function.setArgAttr(number, "attn.role", b.getStringAttr(role.role));
    if (!function.getArgAttrOfType<StringAttr>(number, "attn.name"))
      function.setArgAttr(number, "attn.name", b.getStringAttr(role.name));
    auto type = dyn_cast<MemRefType>(argument.getType());
    if (!type) {
      if (!function.getArgAttr(number, "attn.dims"))
        function.setArgAttr(number, "attn.dims", b.getArrayAttr({}));
      return success();
    }
    if (failed(setDims(number, type, role)))
      return failure();
    // Strides are the caller's; only the head dimension is contiguous.
    bool contiguous = type.getRank() == 4 && role.role != "parameter";
    SmallVector<int64_t> strides(type.getRank(), ShapedType::kDynamic);
    if (contiguous)
      strides.back() = 1;
    auto layout = StridedLayoutAttr::get(function.getContext(), 0, strides);
    argument.setType(
        MemRefType::get(type.getShape(), type.getElementType(), type.getRank() ? layout : MemRefLayoutAttrInterface()));
    return success();
  }

  LogicalResult setDims(unsigned number, MemRefType type, const Role &role) {
    if (function.getArgAttrOfType<ArrayAttr>(number, "attn.dims"))
      return success();
    SmallVector<Attribute> dims;
    for (int64_t dim = 0; dim < type.getRank(); ++dim) {
      StringRef symbol = dim < static_cast<int64_t>(role.symbols.size()) ? role.symbols[dim] : StringRef();
      if (role.role == "parameter" && dim == 0 && type.getRank() > 1)
        symbol = "batch";
      if (!type.isDynamicDim(dim))
        dims.push_back(b.getI64IntegerAttr(type.getDimSize(dim)));
      else if (!symbol.empty())
        dims.push_back(b.getStringAttr(symbol));
      else
        return attention.emitOpError()
               << "dimension " << dim << " of " << role.name << " (" << type
               << ") is dynamic: say which with attn.dims = [\"batch\" | \"q_len\" | \"kv_len\" | number, …]";
    }
    // Sizes that the kernel's run-time sizes determine are named even where they are static.
    for (auto [dim, symbol] : llvm::enumerate(role.symbols))
      if (!symbol.empty() && dim < dims.size())
        dims[dim] = b.getStringAttr(symbol);
    function.setArgAttr(number, "attn.dims", b.getArrayAttr(dims));
    return success();
  }
};

struct AnnotateKernels : camber::attn::impl::AnnotateKernelsBase<AnnotateKernels> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      auto all = function.getBody().getOps<AttentionOp>();
      if (!all.empty() && failed(run(function, *all.begin())))
        return signalPassFailure();
    }
  }

  LogicalResult run(func::FuncOp function, AttentionOp op) {
    if (!function.getBody().hasOneBlock())
      return function.emitOpError("is no kernel: it must be one block, without branches");
    for (Operation &other : function.getBody().front())
      if (&other != op.getOperation() && !other.hasTrait<OpTrait::ConstantLike>() &&
          !other.hasTrait<OpTrait::IsTerminator>())
        return other.emitOpError("is not allowed in a kernel: a function with one attn.attention and constants");
    // A kernel on tensors returned its outs, which it still writes.
    auto isOut = [&](Value returned) { return llvm::is_contained(op.getOutputs(), returned); };
    if (Operation *end = function.getBody().front().getTerminator(); llvm::all_of(end->getOperands(), isOut)) {
      end->setOperands({});
      function.setFunctionType(FunctionType::get(function.getContext(), function.getArgumentTypes(), {}));
    }
    if (function.getNumResults() || !isa<MemRefType>(op.getQuery().getType()))
      return function.emitOpError(
          "is no kernel: it must work on memrefs and return nothing but its outs; bufferise first");
    Annotator annotator{function, op, OpBuilder(function)};
    SmallVector<std::pair<Value, Role>> roles = {{op.getQuery(), {"query", "q", {"batch", "", "q_len", ""}}},
                                                 {op.getKey(), {"key", "k", {"batch", "", "kv_len", ""}}},
                                                 {op.getValue(), {"value", "v", {"batch", "", "kv_len", ""}}},
                                                 {op.getOutput(), {"output", "o", {"batch", "", "q_len", ""}}},
                                                 {op.getLse(), {"lse", "lse", {"batch", "", "q_len"}}},
                                                 {op.getSink(), {"sink", "sink", {""}}},
                                                 {op.getKeyBegin(), {"key_begin", "key_begin", {"batch"}}},
                                                 {op.getKeyEnd(), {"key_end", "key_end", {"batch"}}},
                                                 {op.getQueryOffset(), {"query_offset", "query_offset", {"batch"}}},
                                                 {op.getKeyOffset(), {"key_offset", "key_offset", {"batch"}}},
                                                 {op.getQueryDoc(), {"query_doc", "query_doc", {"batch", "q_len"}}},
                                                 {op.getKeyDoc(), {"key_doc", "key_doc", {"batch", "kv_len"}}}};
    SmallVector<std::string> names;
    for (size_t i = 0; i < op.getParams().size(); ++i)
      names.push_back("param" + std::to_string(i));
    for (auto [param, name] : llvm::zip(op.getParams(), names))
      roles.push_back({param, {"parameter", name, {}}});
    for (const auto &[operand, role] : roles)
      if (operand && failed(annotator.annotate(operand, role)))
        return failure();
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (!function.getArgAttr(i, "attn.role"))
        return function.emitOpError() << "argument " << i << " is not used by the attention of this kernel";
    SmallVector<Type> types(function.getBody().getArgumentTypes());
    function.setFunctionType(FunctionType::get(function.getContext(), types, {}));
    for (auto [argument, param] : llvm::zip(op.getBody()->getArguments().drop_front(5), op.getParams()))
      argument.setType(param.getType());
    return success();
  }
};
} // namespace
