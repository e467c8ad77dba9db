// Matrix products among linalg's generics.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_MATRIXPRODUCT_H
#define SINTER_TARGETS_GPU_COMPILER_MATRIXPRODUCT_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "targets/gpu/compiler/MatrixUnit.h"

namespace sinter::gpu {

/// One factor of a product.
struct ProductFactor {
  mlir::Value element;   ///< In the body: f16, bf16, i8 or f32, read from a buffer in whichever way.
  mlir::Value zeroPoint; ///< i32, or null.
  bool isUnsigned = false;
};

/// A generic that is c[batch, m, n] += a[batch, m, k] · b[batch, k, n], where each of the four is any number of loops:
/// a convolution's k are its channels and its window. Loops stand in the generic's order.
struct MatrixProduct {
  mlir::linalg::GenericOp op;
  MatrixElement element;
  ProductFactor a, b;
  llvm::SmallVector<unsigned> batch, m, n, k;
  llvm::SmallVector<int64_t> sizes; ///< Of the generic's loops.

  int64_t count(llvm::ArrayRef<unsigned> loops) const;

  /// The indices of `loops` in iteration `number` of them all; the last loop is fastest.
  void setLoops(mlir::OpBuilder &b, mlir::Location loc, llvm::MutableArrayRef<mlir::Value> point,
                llvm::ArrayRef<unsigned> loops, mlir::Value number) const;
  int64_t elementBytes() const { return element == MatrixElement::I8 ? 1 : element == MatrixElement::F32 ? 4 : 2; }
};

/// The product that `op` is, on tensors or buffers.
std::optional<MatrixProduct> matchProduct(mlir::linalg::GenericOp op);

/// How much of a product a workgroup computes, and how deep it reads at once.
struct ProductTile {
  int64_t rows, columns;
  int64_t depthBytes; ///< Of a row or column, along k: 32, 64 or 128.

  /// Workgroup memory of one of two stages, of the tiles' sums, and of both, which take turns.
  int64_t stageBytes() const { return (rows + columns) * depthBytes; }
  int64_t pitch() const { return columns + 8; } ///< Of a row of sums: eight rows begin in different banks.
  int64_t sharedBytes() const { return std::max(2 * stageBytes(), rows * pitch() * 4); }
};

/// On kernels that are one product: rows, columns and depth of its ProductTile.
constexpr llvm::StringLiteral productTileName = "gpu.product_tile";

} // namespace sinter::gpu

#endif
