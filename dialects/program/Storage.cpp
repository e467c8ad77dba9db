// How tensors lie in buffers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/program/Program.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"

using namespace mlir;

Type sinter::program::storageType(Type type) {
  auto quantized = dyn_cast<quant::QuantizedType>(type);
  return quantized ? quantized.getStorageType() : type;
}

FailureOr<uint64_t> sinter::program::storageSize(ShapedType type) {
  constexpr uint64_t limit = uint64_t(1) << 62;
  Type element = storageType(type.getElementType());
  if (!element.isIntOrFloat() || !type.hasStaticShape())
    return failure();
  uint64_t bits = element.getIntOrFloatBitWidth() == 1 ? 8 : element.getIntOrFloatBitWidth();
  for (int64_t dim : type.getShape()) {
    if (dim != 0 && bits > limit / static_cast<uint64_t>(dim))
      return failure();
    bits *= static_cast<uint64_t>(dim);
  }
  return (bits + 7) / 8;
}
