// What a pass needs to know of an instruction that multiplies matrices.
//
// A target describes its instructions, one MatrixUnit each; the passes that use them know no target.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_MATRIXUNIT_H
#define SINTER_TARGETS_GPU_COMPILER_MATRIXUNIT_H

#include "mlir/IR/Builders.h"

namespace sinter::gpu {

/// An element of a matrix.
struct Place {
  int64_t row = 0, column = 0;

  bool operator==(const Place &) const = default;
};

/// Which elements of a matrix the lanes hold: each set bit of a lane's number, and of an element's number in the lane's
/// fragment, moves the element by so many rows and columns. A bit of the lane that moves nothing means that lanes hold
/// copies.
struct FragmentLayout {
  llvm::SmallVector<Place, 7> lane;    ///< By the bits of the lane's number, the lowest first.
  llvm::SmallVector<Place, 5> element; ///< By the bits of the element's number.

  int64_t elements() const { return int64_t(1) << element.size(); }
  int64_t lanes() const { return int64_t(1) << lane.size(); }

  /// What element `number` is away from the lane's first.
  Place offsetOf(int64_t number) const { return sum(element, number); }
  Place placeOf(int64_t laneNumber, int64_t number) const;

  /// The place of a lane's first element, computed: a row and a column, indices.
  std::pair<mlir::Value, mlir::Value> firstOf(mlir::OpBuilder &b, mlir::Location loc, mlir::Value laneNumber) const;

private:
  static Place sum(llvm::ArrayRef<Place> bits, int64_t number);
};

enum class MatrixElement { F16, BF16, I8, F32 };

/// Of the type, if units multiply it.
std::optional<MatrixElement> matrixElementOf(mlir::Type type);

/// What an instruction takes in each lane, in the order of its layouts' elements.
struct MatrixOperands {
  mlir::Value a, b; ///< Vectors of f16, bf16, i8 or f32; neighbours along k stand beside each other.
  mlir::Value c;    ///< A vector of f32, of i8 i32.
  bool aIsUnsigned = false, bIsUnsigned = false;
};

/// c[m, n] += a[m, k] b[k, n], by `lanes()` threads together. Sums of floats are f32, of 8-bit integers i32 that wraps.
struct MatrixUnit {
  llvm::StringRef name;
  MatrixElement element;
  int64_t m, n, k;
  FragmentLayout a;   ///< Rows are m, columns k.
  FragmentLayout b;   ///< Rows are k, columns n.
  FragmentLayout c;   ///< Rows are m, columns n.
  bool takesUnsigned; ///< Whether either factor may be unsigned, each for itself.
  mlir::Value (*build)(mlir::OpBuilder &b, mlir::Location loc, const MatrixOperands &operands); ///< The new c.

  int64_t lanes() const { return c.lanes(); }
};

/// Of f32, where a device has no such instruction, which is everywhere: each of 32 threads multiplies and adds by
/// itself. What it gains is that threads share what is staged, and a thread what it has read.
const MatrixUnit &fmaUnit();

/// Copies from global to workgroup memory that go on while threads compute.
struct AsyncCopies {
  /// Of `elements` elements (4, 8 or 16 bytes, and so aligned), or of as many as `valid` says and zeros behind them.
  void (*copy)(mlir::OpBuilder &b, mlir::Location loc, mlir::Value from, mlir::ValueRange at, mlir::Value to,
               mlir::Value place, int64_t elements, mlir::Value valid);
  /// Copies begun since the last call become a group.
  void (*close)(mlir::OpBuilder &b, mlir::Location loc);
  /// Until this thread's groups have arrived, but for the last `pending`.
  void (*wait)(mlir::OpBuilder &b, mlir::Location loc, int64_t pending);
};

/// What a device has for matrix products.
struct MatrixDevice {
  llvm::ArrayRef<MatrixUnit> units;    ///< The best first; any that fits a kernel's tile is taken.
  const AsyncCopies *copies = nullptr; ///< Or null.
};

} // namespace sinter::gpu

#endif
