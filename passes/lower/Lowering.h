// nn to linalg: one file for each family of operators, each adding conversion patterns.
//
// Patterns see the operands already in storage types (StorageTypes.cpp) through their adaptor, and ask the nn operation
// for the meaning: signedness, quantisation. To add a family: a file, a populate function here, a call in
// NnToLinalg.cpp, and the cases in Support.cpp that let claim() promise it. A target with operations of its own adds
// patterns of a higher benefit before it calls lowerNn.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_LOWER_LOWERING_H
#define SINTER_PASSES_LOWER_LOWERING_H

#include "dialects/nn/Nn.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include <optional>
#include <string>

namespace sinter::lower {

/// Element types as they lie in memory: i1 as i8, integers signless, quantised types as their storage type. Tensors of
/// four bits are vectors of bytes, two elements in each.
mlir::Type storageElementType(mlir::Type element);
bool isFourBits(mlir::Type element);
mlir::Type storageType(mlir::Type type);

/// What a processor has that lowerings choose by.
struct LoweringChoices {
  bool vectors = true; ///< In one thread: recurrent dot products run in vectors of 16.
  bool doubles = true; ///< Arithmetic in double precision: it requantizes with fewer operations than integers.
};

/// Converts tensors with storageType(); everything else stays. Every pattern has it, and with it the choices.
class StorageTypeConverter : public mlir::TypeConverter {
public:
  explicit StorageTypeConverter(LoweringChoices choices = {});

  const LoweringChoices choices;
};
inline const LoweringChoices &choicesOf(const mlir::ConversionPattern &pattern) {
  return static_cast<const StorageTypeConverter *>(pattern.getTypeConverter())->choices;
}

/// Why `op` has no lowering, or nothing when it has one.
std::optional<std::string> whyUnsupported(mlir::Operation *op);

/// The same elements with another shape, as collapse and expand operations.
mlir::Value reshapeTensor(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value, mlir::RankedTensorType to);

/// Whether an operand or result is quantised: integer semantics, whose patterns are apart.
bool anyQuantized(mlir::Operation *op);

void populateElementwiseLowering(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateContractionLowering(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateQuantizeLowering(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateQuantizedContractionLowering(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateQuantizedElementwiseLowering(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateQuantizedReduceLowering(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateReshapeLowering(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateReduceLowering(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateNormalizeLowering(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populatePoolLowering(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateMovementLowering(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateGatherLowering(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateResizeLowering(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateScanLowering(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateLstmLowering(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);

/// All families.
void populateNnLowering(const StorageTypeConverter &types, mlir::RewritePatternSet &patterns);

/// Converts a module of kernels with `patterns`, signatures too. An nn operation that no pattern takes is an error
/// there.
mlir::LogicalResult lowerNn(mlir::ModuleOp module, const mlir::TypeConverter &types,
                            mlir::RewritePatternSet &&patterns);

} // namespace sinter::lower

#endif
