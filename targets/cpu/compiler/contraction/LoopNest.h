// Loops on buffers and vectors, built from the inside of expansions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_CONTRACTION_LOOPNEST_H
#define SINTER_TARGETS_CPU_COMPILER_CONTRACTION_LOOPNEST_H

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace sinter::cpu {

/// A builder with a location and the few operations that expansions repeat.
class LoopNest {
public:
  using Body = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, mlir::ValueRange)>;

  LoopNest(mlir::OpBuilder &b, mlir::Location loc) : b(b), loc(loc) {}

  mlir::Value index(int64_t value) { return mlir::arith::ConstantIndexOp::create(b, loc, value); }

  /// a + b, folded.
  mlir::Value add(mlir::Value x, mlir::Value y) { return apply(b.getAffineDimExpr(0) + b.getAffineDimExpr(1), {x, y}); }
  mlir::Value add(mlir::Value x, int64_t y) { return apply(b.getAffineDimExpr(0) + y, {x}); }

  mlir::Value apply(mlir::AffineExpr expr, llvm::ArrayRef<mlir::Value> operands) {
    llvm::SmallVector<mlir::OpFoldResult> folded;
    for (mlir::Value operand : operands)
      folded.push_back(mlir::getAsOpFoldResult(operand));
    return mlir::getValueOrCreateConstantIndexOp(b, loc,
                                                 mlir::affine::makeComposedFoldedAffineApply(b, loc, expr, folded));
  }

  /// for i in [low, high) by step, carrying `inits`; no loop where it runs exactly once.
  llvm::SmallVector<mlir::Value> loop(mlir::Value low, mlir::Value high, int64_t step, mlir::ValueRange inits,
                                      Body body) {
    std::optional<int64_t> from = mlir::getConstantIntValue(low), to = mlir::getConstantIntValue(high);
    if (from && to && *from < *to && *from + step >= *to)
      return body(low, inits);
    if (from && to && *from >= *to)
      return llvm::SmallVector<mlir::Value>(inits);
    auto nested = [&](mlir::OpBuilder &inner, mlir::Location, mlir::Value i, mlir::ValueRange carried) {
      mlir::OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToEnd(inner.getInsertionBlock());
      mlir::scf::YieldOp::create(b, loc, body(i, carried));
    };
    auto op = mlir::scf::ForOp::create(b, loc, low, high, index(step), inits, nested);
    return llvm::SmallVector<mlir::Value>(op.getResults());
  }

  /// A loop that carries nothing.
  void loop(mlir::Value low, mlir::Value high, int64_t step, llvm::function_ref<void(mlir::Value)> body) {
    loop(low, high, step, mlir::ValueRange(), [&](mlir::Value i, mlir::ValueRange) {
      body(i);
      return llvm::SmallVector<mlir::Value>();
    });
  }

  mlir::Value read(mlir::VectorType type, mlir::Value buffer, mlir::ValueRange at) {
    return mlir::vector::LoadOp::create(b, loc, type, buffer, at);
  }

  void write(mlir::Value vector, mlir::Value buffer, mlir::ValueRange at) {
    mlir::vector::StoreOp::create(b, loc, vector, buffer, at);
  }

  mlir::Value scalar(mlir::Value buffer, mlir::ValueRange at) {
    return mlir::memref::LoadOp::create(b, loc, buffer, at);
  }

  /// Four bytes of a buffer as an i32; `aligned`: at an address that is a multiple of four.
  mlir::Value fourBytes(mlir::Value buffer, mlir::ValueRange at, bool aligned = false) {
    mlir::Value bytes = mlir::vector::LoadOp::create(b, loc, mlir::VectorType::get(4, b.getI8Type()), buffer, at,
                                                     /*nontemporal=*/false, llvm::MaybeAlign(aligned ? 4 : 0));
    mlir::Value word = mlir::vector::BitCastOp::create(b, loc, mlir::VectorType::get(1, b.getI32Type()), bytes);
    return mlir::vector::ExtractOp::create(b, loc, word, llvm::ArrayRef<int64_t>{0});
  }

  mlir::OpBuilder &b;
  mlir::Location loc;
};

} // namespace sinter::cpu

#endif
