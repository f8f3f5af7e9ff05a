// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-annotate-kernels: roles, names and dimensions of a kernel function's arguments.
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Attn/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <map>
#include <variant>

namespace camber::attn {
#define GEN_PASS_DEF_ANNOTATEKERNELS
#include "camber/Dialect/Attn/Passes.h.inc"
} // namespace camber::attn

using namespace mlir;
using namespace camber::attn;

namespace {
struct Role {
  StringRef role, name;
  ArrayAttr dims; ///< as attention defines the operand; null for a parameter, whose type or author says
};

struct Annotator {
  func::FuncOp function;
  AttentionOp attention;
  OpBuilder b;
  std::map<unsigned, StringRef> names = {}; ///< what attention uses each argument as, by its number

  LogicalResult annotate(Value operand, const Role &role) {
    auto argument = dyn_cast<BlockArgument>(operand);
    if (!argument || argument.getOwner() != &function.getBody().front())
      return attention.emitOpError() << "in a kernel, " << role.name << " must be an argument of the function";
    unsigned number = argument.getArgNumber();
    auto [taken, isFirst] = names.insert({number, role.name});
    if (!isFirst)
      return attention.emitOpError() << "in a kernel, argument " << number << " can have one role only: it is "
                                     << taken->second << ", and cannot also be " << role.name;
    // A role that is there already is this pass's own from an earlier run, or the author's.
    Attribute given = function.getArgAttr(number, "attn.role"), own = b.getStringAttr(role.role);
    if (given && given != own)
      return attention.emitOpError() << "argument " << number << " is " << role.name << ", of role " << own
                                     << ", but its attn.role is " << given;
    function.setArgAttr(number, "attn.role", own);
    Attribute name = function.getArgAttr(number, "attn.name");
    if (name && !isa<StringAttr>(name))
      return attention.emitOpError() << "attn.name of " << role.name << " must be a string, got " << name;
    if (!name)
      function.setArgAttr(number, "attn.name", b.getStringAttr(role.name));
    auto type = dyn_cast<MemRefType>(argument.getType());
    if (failed(setDims(number, argument.getType(), role)))
      return failure();
    if (!type)
      return success();
    // Strides are the caller's; only the head dimension is contiguous.
    bool contiguous = type.getRank() == 4 && role.role != "parameter";
    SmallVector<int64_t> strides(type.getRank(), ShapedType::kDynamic);
    if (contiguous)
      strides.back() = 1;
    auto layout = StridedLayoutAttr::get(function.getContext(), 0, strides);
    SmallVector<int64_t> shape(type.getShape());
    if (role.dims) // what attention says of an operand that its own type leaves open, e.g. an output's heads
      for (auto [size, dim] : llvm::zip(shape, role.dims))
        if (auto number = dyn_cast<IntegerAttr>(dim))
          size = number.getInt();
    argument.setType(
        MemRefType::get(shape, type.getElementType(), type.getRank() ? layout : MemRefLayoutAttrInterface()));
    return success();
  }

  /// The dims of a parameter by its type: the first of several dynamic ones is the batch. Null, with an error, where
  /// only the author knows.
  ArrayAttr dimsOfParameter(ArrayRef<int64_t> shape, Type type, StringRef name) {
    SmallVector<Attribute> dims;
    for (auto [dim, size] : llvm::enumerate(shape)) {
      if (size == ShapedType::kDynamic && (dim != 0 || shape.size() == 1)) {
        attention.emitOpError() << "dimension " << dim << " of " << name << " (" << type
                                << ") is dynamic: say which with attn.dims = "
                                   "[\"batch\" | \"q_len\" | \"kv_len\" | number, …]";
        return {};
      }
      dims.push_back(size == ShapedType::kDynamic ? Attribute(b.getStringAttr("batch")) : b.getI64IntegerAttr(size));
    }
    return b.getArrayAttr(dims);
  }

  /// Kernels clamp indices to these sizes, so sizes that the operand does not have would be read out of bounds.
  LogicalResult setDims(unsigned number, Type type, const Role &role) {
    auto memref = dyn_cast<MemRefType>(type);
    ArrayRef<int64_t> shape = memref ? memref.getShape() : ArrayRef<int64_t>();
    bool isParameter = role.role == "parameter";
    Attribute given = function.getArgAttr(number, "attn.dims");
    ArrayAttr own = isParameter ? given ? ArrayAttr() : dimsOfParameter(shape, type, role.name) : role.dims;
    if (!given && !own)
      return failure();
    auto fail = [&] { return attention.emitOpError() << "attn.dims of " << role.name << " (" << type << ") "; };
    auto dims = given ? dyn_cast<ArrayAttr>(given) : own;
    if (!dims || dims.size() != shape.size())
      return fail() << "must be an array with one entry per dimension, got " << given;
    if (own && dims != own)
      return fail() << "must be " << own << ", got " << dims;
    double elements = 1;
    for (auto [size, entry] : llvm::zip(shape, dims)) {
      auto symbol = dyn_cast<StringAttr>(entry);
      auto number = dyn_cast<IntegerAttr>(entry);
      bool isSize = symbol && (llvm::is_contained({"batch", "q_len", "kv_len"}, symbol.getValue()) ||
                               (!isParameter && symbol.getValue() == "key_blocks"));
      if (!isSize && !(number && number.getType().isInteger(64)))
        return fail() << "must hold \"batch\", \"q_len\", \"kv_len\" or 64-bit integers, got " << entry;
      if (isParameter && size != ShapedType::kDynamic && (!number || number.getInt() != size))
        return fail() << "must give a static size as it is, " << size << ", got " << entry;
      // Indices are i32; and the bytes of all elements together are counted in 64 bits.
      if (number && (number.getInt() < 1 || number.getInt() > INT32_MAX))
        return fail() << "must hold sizes from 1 to 2^31-1, got " << entry;
      elements *= number ? double(number.getInt()) : 1.0;
    }
    if (elements > 0x1p48)
      return fail() << "must be of at most 2^48 elements, got " << dims;
    function.setArgAttr(number, "attn.dims", dims);
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
        return other.emitError(
            "is no part of a kernel, which is one attn.attention and constants: sizes and destinations "
            "are made by the caller and are arguments");
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
    // Sizes that the kernel's run-time sizes determine are named even where they are static.
    auto dims = [&, b = OpBuilder(function)](std::initializer_list<std::variant<StringRef, int64_t>> sizes) mutable {
      return b.getArrayAttr(llvm::map_to_vector(sizes, [&](const auto &size) -> Attribute {
        if (const StringRef *symbol = std::get_if<StringRef>(&size))
          return b.getStringAttr(*symbol);
        return b.getI64IntegerAttr(std::get<int64_t>(size));
      }));
    };
    StringRef batch = "batch", qLen = "q_len", kvLen = "kv_len", keyBlocks = "key_blocks";
    ArrayAttr queries = dims({batch, op.getHeads(), qLen, op.getHeadDim()}),
              keys = dims({batch, op.getKvHeads(), kvLen, op.getHeadDim()}), perBatch = dims({batch});
    SmallVector<std::pair<Value, Role>> roles = {
        {op.getQuery(), {"query", "q", queries}},
        {op.getKey(), {"key", "k", keys}},
        {op.getValue(), {"value", "v", keys}},
        {op.getOutput(), {"output", "o", queries}},
        {op.getLse(), {"lse", "lse", dims({batch, op.getHeads(), qLen})}},
        {op.getSink(), {"sink", "sink", dims({op.getHeads()})}},
        {op.getKeyBegin(), {"key_begin", "key_begin", perBatch}},
        {op.getKeyEnd(), {"key_end", "key_end", perBatch}},
        {op.getQueryOffset(), {"query_offset", "query_offset", perBatch}},
        {op.getKeyOffset(), {"key_offset", "key_offset", perBatch}},
        {op.getQuerySegment(), {"query_segment", "query_segment", dims({batch, qLen})}},
        {op.getKeySegment(), {"key_segment", "key_segment", dims({batch, kvLen})}},
        {op.getKeyNorms(), {"key_norms", "key_norms", dims({batch, op.getKvHeads(), keyBlocks})}}};
    SmallVector<std::string> names;
    for (size_t i = 0; i < op.getParams().size(); ++i)
      names.push_back("param" + std::to_string(i));
    for (auto [param, name] : llvm::zip(op.getParams(), names))
      roles.push_back({param, {"parameter", name, ArrayAttr()}});
    for (const auto &[operand, role] : roles)
      if (operand && failed(annotator.annotate(operand, role)))
        return failure();
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (!annotator.names.count(i))
        return function.emitOpError() << "argument " << i << " is not used by the attention of this kernel";
    // The interface checks these long after the attention is gone.
    auto setFact = [&](StringRef fact, Attribute bound) {
      if (bound)
        function->setAttr(fact, bound);
      else
        function->removeAttr(fact);
    };
    setFact("camber.q_len_max", op.getQLenMaxAttr());
    setFact("camber.kv_len_max", op.getKvLenMaxAttr());
    SmallVector<Type> types(function.getBody().getArgumentTypes());
    function.setFunctionType(FunctionType::get(function.getContext(), types, {}));
    for (auto [argument, param] : llvm::zip(op.getScoreArguments().getParams(), op.getParams()))
      argument.setType(param.getType());
    return success();
  }
};
} // namespace
