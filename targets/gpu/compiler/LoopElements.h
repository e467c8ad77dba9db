// What a linalg operation on buffers does at one point of its loops.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_LOOPELEMENTS_H
#define SINTER_TARGETS_GPU_COMPILER_LOOPELEMENTS_H

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include <map>
#include <vector>

namespace sinter::gpu {

/// The elements that operands of a generic contribute at points of its loops.
class LoopElements {
public:
  LoopElements(mlir::OpBuilder &b, mlir::linalg::GenericOp op) : b(b), op(op), loc(op.getLoc()) {}

  llvm::SmallVector<mlir::Value> indicesOf(mlir::OpOperand &operand, llvm::ArrayRef<mlir::Value> point);
  mlir::Value load(mlir::OpOperand &operand, llvm::ArrayRef<mlir::Value> point);
  void store(mlir::Value value, mlir::OpOperand &operand, llvm::ArrayRef<mlir::Value> point);

  /// The body at a point; `known` are values of block arguments, the others are loaded.
  llvm::SmallVector<mlir::Value> emitBody(llvm::ArrayRef<mlir::Value> point, mlir::IRMapping known);

  /// One value of the body at a point, and what it needs.
  mlir::Value emitValue(mlir::Value value, llvm::ArrayRef<mlir::Value> point);

  /// What is loaded at this place of the code; to be put back where a block that began after it ends.
  using Loaded = std::map<std::vector<const void *>, mlir::Value>;
  Loaded loaded;

private:
  void emit(mlir::Operation &inner, llvm::ArrayRef<mlir::Value> point, mlir::IRMapping &known);
  mlir::Value composed(mlir::affine::AffineApplyOp apply, const mlir::IRMapping &known);

  mlir::OpBuilder &b;
  mlir::linalg::GenericOp op;
  mlir::Location loc;
};

/// The operations of the body that `value` needs, in order.
llvm::SmallVector<mlir::Operation *> neededFor(mlir::Value value, mlir::linalg::GenericOp op);

/// The operand of `epilogue` that reads what `op` writes, if it is one.
mlir::OpOperand *linkOf(mlir::linalg::GenericOp op, mlir::linalg::GenericOp epilogue);

/// What `epilogue` makes of the element `result` of op's result at `place`, which is its place in the epilogue's
/// operand too and tells the epilogue's loops.
void emitEpilogue(mlir::OpBuilder &b, mlir::linalg::GenericOp op, mlir::linalg::GenericOp epilogue,
                  llvm::ArrayRef<mlir::Value> place, mlir::Value result);

} // namespace sinter::gpu

#endif
