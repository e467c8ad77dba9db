// The factors of a matrix product in workgroup memory.
//
// A stage holds, of one factor, the workgroup's rows (of a) or columns (of b), a piece of each along k. Both lie the
// same way, whatever they look like in global memory: k is innermost, and chunks of 16 bytes are swizzled, so that
// eight neighbouring rows at one k are in different banks.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_PRODUCTSTAGING_H
#define SINTER_TARGETS_GPU_COMPILER_PRODUCTSTAGING_H

#include "targets/gpu/compiler/MatrixProduct.h"

namespace sinter::gpu {

constexpr int64_t chunkBytes = 16;

/// What a workgroup's threads know of each other.
struct WorkgroupThreads {
  mlir::Value thread; ///< This one's number.
  int64_t count;
};

/// One factor: from global memory into a stage, from a stage into fragments.
class StagedFactor {
public:
  struct Space {
    mlir::Value memory;           ///< Of the factor's element type, the workgroup's.
    int64_t first, stageElements; ///< Where the first stage begins, and how far the next one is.
    int64_t rows, depth;          ///< Of a stage, in elements.
  };

  /// `outer` are the factor's own loops, rows or columns of the product.
  StagedFactor(mlir::OpBuilder &b, MatrixProduct &product, const ProductFactor &factor, llvm::ArrayRef<unsigned> outer,
               Space space, WorkgroupThreads threads, const AsyncCopies *copies);

  /// The upper bit of each element is changed on the way.
  void flip() {
    isFlipped = true;
    copies = nullptr;
  }

  bool isAsync() const { return copies && piece > 0; }

  /// Brings the piece that begins at `k` of rows from `row` on into a stage. What passes through registers is loaded
  /// here and stored by `finish`, so that work can stand in between.
  void begin(llvm::ArrayRef<mlir::Value> batch, mlir::Value row, mlir::Value k, mlir::Value stage);
  void finish(mlir::Value stage);

  /// The fragment whose first row is `row` + `below`, and whose first k is `k`; `lane` is the place of this lane's
  /// first element in it. `isTransposed`: the layout's columns are the factor's rows.
  mlir::Value fragment(const FragmentLayout &layout, std::pair<mlir::Value, mlir::Value> lane, bool isTransposed,
                       mlir::Value row, int64_t below, int64_t k, mlir::Value stage);

  mlir::Type elementType() const { return factor.element.getType(); }

private:
  int64_t perChunk() const { return chunkBytes / product.elementBytes(); }
  int64_t pieces() const { return space.rows * space.depth / pieceElements(); }
  int64_t pieceElements() const { return piece ? piece / product.elementBytes() : perChunk(); }
  int64_t findPiece() const;

  mlir::Value index(int64_t value);
  mlir::Value add(mlir::Value x, mlir::Value y);
  mlir::Value add(mlir::Value x, int64_t y);
  mlir::Value below(mlir::Value x, int64_t bound);
  mlir::Value both(mlir::Value x, mlir::Value y);
  mlir::Value swizzle(mlir::Value row, mlir::Value chunk);
  mlir::Value placeInStage(mlir::Value stage, mlir::Value row, mlir::Value element);
  std::pair<mlir::Value, mlir::Value> placeOfPiece(int64_t number);
  void copyPiece(llvm::ArrayRef<mlir::Value> point, mlir::Value valid, mlir::Value target);
  mlir::Value loadPiece(llvm::ArrayRef<mlir::Value> point, mlir::Value valid);
  mlir::Value gatherPiece(llvm::SmallVector<mlir::Value> point, mlir::Value k, mlir::Value valid);
  void whereAPieceIs(int64_t number, llvm::function_ref<void()> emit);

  mlir::OpBuilder &b;
  MatrixProduct &product;
  const ProductFactor &factor;
  llvm::ArrayRef<unsigned> outer;
  Space space;
  WorkgroupThreads threads;
  const AsyncCopies *copies;
  mlir::Location loc;
  bool isFlipped = false;
  int64_t piece;                       ///< Bytes that lie beside each other along k, aligned; 0: single elements.
  llvm::SmallVector<mlir::Value> held; ///< Pieces between `begin` and `finish`.
};

} // namespace sinter::gpu

#endif
