// Element types as they lie in memory.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lower/Lowering.h"

using namespace mlir;
using namespace sinter::lower;

Type sinter::lower::storageElementType(Type element) {
  if (auto quantized = dyn_cast<quant::QuantizedType>(element))
    element = quantized.getStorageType();
  if (auto integer = dyn_cast<IntegerType>(element))
    return IntegerType::get(element.getContext(), integer.getWidth() == 1 ? 8 : integer.getWidth());
  return element;
}

Type sinter::lower::storageType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? tensor.clone(storageElementType(tensor.getElementType())) : type;
}

StorageTypeConverter::StorageTypeConverter(LoweringChoices choices) : choices(choices) {
  addConversion([](Type type) { return storageType(type); });
}

bool sinter::lower::anyQuantized(Operation *op) {
  auto quantized = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && isa<quant::QuantizedType>(tensor.getElementType());
  };
  return llvm::any_of(op->getOperandTypes(), quantized) || llvm::any_of(op->getResultTypes(), quantized);
}
