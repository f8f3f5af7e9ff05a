// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What passes may ask of a score modifier (a position bias, scale, softcap) and of a mask.
#ifndef CAMBER_ATTN_INTERFACES
#define CAMBER_ATTN_INTERFACES

include "mlir/IR/Interfaces.td"

def ScoreModifierOpInterface : OpInterface<"ScoreModifierOpInterface"> {
  let cppNamespace = "::camber::attn";
  let description = [{
    An op of the score body that maps the incoming score of a pair (query, key) to the outgoing one. Its first operand is the
    incoming score; the others are the pair's indices and parameters, so that the op can be understood without its parent.

    A new bias implements `expand` and is then correct everywhere. It earns speed by implementing `describe` (its
    structure: passes fold it, split ranges at its breakpoints and tabulate it) and `bound` (tiles can be skipped).
  }];
  let methods = [
    InterfaceMethod<"The incoming score: an f32 value.",
      "::mlir::Value", "getIncomingScore", (ins), [{}], [{ return $_op->getOperand(0); }]>,
    InterfaceMethod<[{
      Emits scalar `arith`/`math`/`attn.lookup` operations before this op that compute its result in natural units (no log2
      scaling), and returns that value. Called on an op in a score body by passes that found no structure to use. The emitted
      operations must be free of side effects and may be evaluated at pairs that a mask or `emitVisible` hides.
    }], "::mlir::Value", "expand", (ins "::mlir::OpBuilder &":$builder)>,
    InterfaceMethod<[{
      Emits, before this op, the condition (i1) under which a pair stays visible, and returns it; null, the default, if this op
      hides nothing. A hidden pair stays hidden whatever follows: -inf as a score would not, as a softcap makes a number of it.
      Only a modifier that the final score depends on hides: passes erase the others (`eraseDeadOps`) before they collect limits
      and conditions, so that removing dead code at any time changes nothing.
    }], "::mlir::Value", "emitVisible", (ins "::mlir::OpBuilder &":$builder), [{}], [{ (void)builder; return {}; }]>,
    InterfaceMethod<[{
      Applies this op to the description of the score so far. Values that the description refers to (slopes, constants) are
      emitted before this op by the form's builder and must depend on batch, head and parameters only
      (`form.pair.areUniform`). Distances of a description are those of `form.pair`: an op that is given other positions
      (the body computes them) or another head must fall back to the default.
      The default describes nothing: the score so far becomes a plain value, this op is expanded on it, and its result is
      where a new description begins; pairs are hidden by the condition of `emitVisible`. Always correct, possibly slow.
    }], "void", "describe", (ins "::camber::attn::ScoreForm &":$form), [{}], [{ form.applyOpaque($_op); }]>,
    InterfaceMethod<[{
      Turns `bound`, an interval that holds every incoming score of the visible pairs of a block, into one that holds every
      outgoing score as `expand` computes it. Called through `ScoreBound::follow`; values are emitted by the bound's builder.
      An op whose operands are not those of the pair (`bound.pair`) knows nothing of the block and must say so. A NaN or
      infinite parameter must not leave an upper end below +inf where it makes a score NaN or +inf. An op that adds a term of the
      distance without a limit says so in `bound.falls` and `bound.rises`, which is what switches skipping on; one that bounds
      the score ends both. The default knows nothing:
      (-inf, +inf), which disables skipping.
    }], "void", "bound", (ins "::camber::attn::ScoreBound &":$bound), [{}], [{ bound.setUnknown(); }]>,
    InterfaceMethod<[{
      What the reference is told of this op besides its attributes: operands that are parameters, by the name the reference knows
      them under, and in `attributes` enumerations as keywords. Called when the manifest is written. The default adds nothing.
    }], "void", "describeForReference", (ins
      "::llvm::SmallVectorImpl<std::pair<llvm::StringRef, ::mlir::Value>> &":$parameters,
      "::mlir::NamedAttrList &":$attributes), [{}], [{ (void)parameters; (void)attributes; }]>,
    InterfaceMethod<[{
      Emits a warning at this op for what is right but rarely meant, such as positions that are exchanged. Called once per kernel,
      on the body as it was written. What can only be a mistake is for the verifier. The default warns of nothing.
    }], "void", "warn", (ins), [{}], [{ (void)$_op; }]>
  ];
}

def MaskAttrInterface : AttrInterface<"MaskAttrInterface"> {
  let cppNamespace = "::camber::attn";
  let description = [{
    A mask decides which pairs are visible. All masks of an attention op must allow a pair. `describe` is called on the
    description of the score after the last modifier.
  }];
  let methods = [
    InterfaceMethod<[{
      Hides pairs in the description: by distance (`ScoreForm::limitDistance`), where the mask is an interval of distances, or
      by a condition (`ScoreForm::hideUnless`), where it is anything else.
    }], "void", "describe", (ins "::camber::attn::ScoreForm &":$form)>,
    InterfaceMethod<[{
      The keys any row of a block may see: given the smallest and largest query position of the block, narrows `limits` (key
      positions, half open). Used to skip keys before any score is computed. The default leaves `limits` as they are.
    }], "void", "limitKeys", (ins "::camber::attn::KeyLimits &":$limits), [{}], [{ (void)limits; }]>,
    InterfaceMethod<[{
      Where the keys that a row sees are an interval for every row: narrows `keys` to it, exactly, and returns true. Used to tell
      which key is nearest to a row, before any score is computed. The default knows of no interval.
    }], "bool", "limitRow", (ins "::camber::attn::RowKeys &":$keys), [{}], [{ (void)keys; return false; }]>,
    InterfaceMethod<[{
      Whether `describe` reads the segments of the pair, which are there only where their ids are operands. Asked by verifiers.
      The default says no.
    }], "bool", "readsSegments", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{
      Checks the mask against the attention op that carries it, e.g. that operands it reads are there. Called by the verifier.
      The default accepts.
    }], "::llvm::LogicalResult", "verifyUse", (ins "::mlir::Operation *":$attention), [{}], [{ return ::mlir::success(); }]>
  ];
}

#endif
