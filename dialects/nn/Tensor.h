// A tensor with its values, as the reference evaluator computes with: shape, element type and dense row-major bytes.
//
// One element takes a whole number of bytes: i1 and integers below 8 bits take one (int4 sign- or zero-extended),
// floats are raw bits, quantised elements are their storage integers. Copies share the bytes, which never change after
// building.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_DIALECTS_NN_TENSOR_H
#define SINTER_DIALECTS_NN_TENSOR_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"
#include <memory>
#include <optional>
#include <vector>

namespace sinter::nn {

class Tensor {
public:
  Tensor() = default;

  /// Takes bytes in the layout described above; their number must fit `type`.
  static Tensor fromBytes(mlir::RankedTensorType type, std::vector<uint8_t> bytes);
  static Tensor zeros(mlir::RankedTensorType type);
  /// Rounds every value to the element type, a float type (to nearest even; out of range becomes infinity).
  static Tensor fromDoubles(mlir::RankedTensorType type, llvm::ArrayRef<double> values);
  /// Keeps the low bits of every value; the element type is an integer or quantised (the value is the stored integer).
  static Tensor fromInts(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> values);
  /// Reads a constant's value; `type` may be quantised. Fails for attributes without data.
  static std::optional<Tensor> fromAttr(mlir::ElementsAttr value, mlir::RankedTensorType type);

  mlir::RankedTensorType getType() const { return type; }
  mlir::Type getElementType() const { return type.getElementType(); }
  llvm::ArrayRef<int64_t> getShape() const { return type.getShape(); }
  int64_t getRank() const { return type.getRank(); }
  int64_t size() const { return type.getNumElements(); }

  llvm::ArrayRef<uint8_t> getBytes() const {
    return bytes ? llvm::ArrayRef<uint8_t>(*bytes) : llvm::ArrayRef<uint8_t>();
  }
  unsigned getElementBytes() const { return elementBytes(type.getElementType()); }

  /// All values, widened. Floats only.
  std::vector<double> toDoubles() const;
  /// All values, sign- or zero-extended as the element type says. Integers and quantised only; ui64 keeps its bits.
  std::vector<int64_t> toInts() const;

  /// The same bytes under another type with as many of equally wide elements.
  Tensor withType(mlir::RankedTensorType newType) const;

  /// A dense attribute (splat where all elements are equal), or a dense resource for large values. Its element type is
  /// the tensor's, or a quantised type's storage integer.
  mlir::ElementsAttr toAttr(llvm::StringRef resourceName = "value") const;

  static unsigned elementBytes(mlir::Type element);

private:
  mlir::RankedTensorType type;
  std::shared_ptr<const std::vector<uint8_t>> bytes;
};

/// Whether an element is an unsigned integer, or quantised with unsigned storage. i1 counts as unsigned.
bool isUnsignedElement(mlir::Type element);
/// Bits of an integer, float or quantised element.
unsigned elementBits(mlir::Type element);

/// Whether `op` makes wider elements of integers of four bits, and of more than a parameter such as a zero point has:
/// weights, which stay that narrow in the package, so that nothing computes them in advance.
bool unpacksWeights(mlir::Operation *op);

/// The value of an nn.constant that defines `value`; nothing if another operator does.
std::optional<Tensor> constantTensor(mlir::Value value);
/// The value of a constant of floats whose elements are all equal; nothing otherwise.
std::optional<double> constantSplat(mlir::Value value);

/// Conversions between double and a float type's bits, to nearest even.
uint64_t floatToBits(double value, mlir::FloatType type);
double bitsToFloat(uint64_t bits, mlir::FloatType type);

} // namespace sinter::nn

#endif
