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
    return IntegerType::get(element.getContext(), std::max(integer.getWidth(), 8u));
  return element;
}

bool sinter::lower::isFourBits(Type element) {
  if (auto quantized = dyn_cast<quant::QuantizedType>(element))
    element = quantized.getStorageType();
  return element.isInteger(4);
}

Type sinter::lower::storageType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (tensor && isFourBits(tensor.getElementType()))
    return RankedTensorType::get({(tensor.getNumElements() + 1) / 2}, IntegerType::get(type.getContext(), 8));
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
