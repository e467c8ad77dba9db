// Tensors with values: conversions from and to attributes and numbers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/Tensor.h"
#include "dialects/nn/Nn.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/bit.h"
#include <cstring>

using namespace mlir;
using namespace sinter::nn;

// Values up to this many bytes become uniqued dense attributes; larger ones are resources, owned once.
static constexpr size_t maxDenseBytes = 16 << 10;

//===--------------------------------------------------------------------------------------------------------------===//
// Element types
//===--------------------------------------------------------------------------------------------------------------===//

unsigned sinter::nn::elementBits(Type element) {
  if (auto quantized = dyn_cast<quant::QuantizedType>(element))
    return quantized.getStorageTypeIntegralWidth();
  return element.getIntOrFloatBitWidth();
}

bool sinter::nn::unpacksWeights(Operation *op) {
  constexpr int64_t fewest = 256;
  auto isNarrow = [](Type type) {
    Type element = cast<RankedTensorType>(type).getElementType();
    return elementBits(element) == 4 && !isa<FloatType>(element);
  };
  auto isWeight = [&](Type type) { return isNarrow(type) && cast<RankedTensorType>(type).getNumElements() >= fewest; };
  return llvm::any_of(op->getOperandTypes(), isWeight) && llvm::none_of(op->getResultTypes(), isNarrow);
}

bool sinter::nn::isUnsignedElement(Type element) {
  if (auto quantized = dyn_cast<quant::QuantizedType>(element))
    return !quantized.isSigned();
  auto integer = dyn_cast<IntegerType>(element);
  return integer && (integer.isUnsigned() || integer.getWidth() == 1);
}

unsigned Tensor::elementBytes(Type element) { return (elementBits(element) + 7) / 8; }

uint64_t sinter::nn::floatToBits(double value, FloatType type) {
  if (type.isF64())
    return llvm::bit_cast<uint64_t>(value);
  if (type.isF32())
    return llvm::bit_cast<uint32_t>(static_cast<float>(value));
  llvm::APFloat number(value);
  bool losesInfo;
  number.convert(type.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return number.bitcastToAPInt().getZExtValue();
}

double sinter::nn::bitsToFloat(uint64_t bits, FloatType type) {
  if (type.isF64())
    return llvm::bit_cast<double>(bits);
  if (type.isF32())
    return llvm::bit_cast<float>(static_cast<uint32_t>(bits));
  llvm::APFloat number(type.getFloatSemantics(), llvm::APInt(type.getWidth(), bits));
  bool losesInfo;
  number.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return number.convertToDouble();
}

// Little-endian bytes of one element.
static uint64_t readBits(const uint8_t *from, unsigned width) {
  uint64_t bits = 0;
  for (unsigned i = 0; i < width; ++i)
    bits |= static_cast<uint64_t>(from[i]) << (8 * i);
  return bits;
}

static void writeBits(uint8_t *to, uint64_t bits, unsigned width) {
  for (unsigned i = 0; i < width; ++i)
    to[i] = static_cast<uint8_t>(bits >> (8 * i));
}

// `value` cut to `width` bits and extended again, as the element is kept in memory and as it is read.
static int64_t normalized(int64_t value, unsigned width, bool isUnsigned) {
  if (width == 64)
    return value;
  unsigned shift = 64 - width;
  uint64_t high = static_cast<uint64_t>(value) << shift;
  return isUnsigned ? static_cast<int64_t>(high >> shift) : static_cast<int64_t>(high) >> shift;
}

//===--------------------------------------------------------------------------------------------------------------===//
// Building and reading
//===--------------------------------------------------------------------------------------------------------------===//

Tensor Tensor::fromBytes(RankedTensorType type, std::vector<uint8_t> bytes) {
  assert(bytes.size() == static_cast<size_t>(type.getNumElements()) * elementBytes(type.getElementType()));
  Tensor tensor;
  tensor.type = type;
  tensor.bytes = std::make_shared<const std::vector<uint8_t>>(std::move(bytes));
  return tensor;
}

Tensor Tensor::zeros(RankedTensorType type) {
  return fromBytes(type, std::vector<uint8_t>(type.getNumElements() * elementBytes(type.getElementType()), 0));
}

Tensor Tensor::fromDoubles(RankedTensorType type, ArrayRef<double> values) {
  auto element = cast<FloatType>(type.getElementType());
  unsigned width = elementBytes(element);
  std::vector<uint8_t> bytes(values.size() * width);
  for (size_t i = 0; i < values.size(); ++i)
    writeBits(&bytes[i * width], floatToBits(values[i], element), width);
  return fromBytes(type, std::move(bytes));
}

Tensor Tensor::fromInts(RankedTensorType type, ArrayRef<int64_t> values) {
  Type element = type.getElementType();
  unsigned width = elementBytes(element), bits = elementBits(element);
  bool isUnsigned = isUnsignedElement(element);
  std::vector<uint8_t> bytes(values.size() * width);
  for (size_t i = 0; i < values.size(); ++i)
    writeBits(&bytes[i * width], normalized(values[i], bits, isUnsigned), width);
  return fromBytes(type, std::move(bytes));
}

std::vector<double> Tensor::toDoubles() const {
  auto element = cast<FloatType>(getElementType());
  unsigned width = getElementBytes();
  std::vector<double> values(size());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = bitsToFloat(readBits(bytes->data() + i * width, width), element);
  return values;
}

std::vector<int64_t> Tensor::toInts() const {
  unsigned width = getElementBytes(), bits = elementBits(getElementType());
  bool isUnsigned = isUnsignedElement(getElementType());
  std::vector<int64_t> values(size());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = normalized(readBits(bytes->data() + i * width, width), bits, isUnsigned);
  return values;
}

Tensor Tensor::withType(RankedTensorType newType) const {
  assert(newType.getNumElements() == size() && elementBytes(newType.getElementType()) == getElementBytes());
  if (elementBits(newType.getElementType()) < 8 &&
      isUnsignedElement(newType.getElementType()) != isUnsignedElement(getElementType()))
    return fromInts(newType, toInts());
  Tensor other = *this;
  other.type = newType;
  return other;
}

//===--------------------------------------------------------------------------------------------------------------===//
// Attributes
//===--------------------------------------------------------------------------------------------------------------===//

static std::optional<Tensor> fromDense(DenseElementsAttr value, RankedTensorType type) {
  unsigned bits = elementBits(type.getElementType()), width = Tensor::elementBytes(type.getElementType());
  size_t count = type.getNumElements();
  if (bits < 8) {
    std::vector<int64_t> values;
    if (isa<FloatType>(value.getElementType())) {
      for (const APFloat &element : value.getValues<APFloat>())
        values.push_back(element.bitcastToAPInt().getZExtValue());
      return Tensor::fromBytes(type, std::vector<uint8_t>(values.begin(), values.end()));
    }
    for (const APInt &element : value.getValues<APInt>())
      values.push_back(element.getZExtValue());
    return Tensor::fromInts(type, values);
  }
  ArrayRef<char> raw = value.getRawData();
  std::vector<uint8_t> bytes(count * width);
  if (value.isSplat() && count != 0) {
    for (size_t i = 0; i < count; ++i)
      std::memcpy(&bytes[i * width], raw.data(), width);
  } else if (!bytes.empty()) {
    std::memcpy(bytes.data(), raw.data(), bytes.size());
  }
  return Tensor::fromBytes(type, std::move(bytes));
}

std::optional<Tensor> Tensor::fromAttr(ElementsAttr value, RankedTensorType type) {
  if (auto dense = dyn_cast<DenseElementsAttr>(value))
    return fromDense(dense, type);
  auto resource = dyn_cast<DenseResourceElementsAttr>(value);
  if (!resource || !resource.getRawHandle().getBlob())
    return std::nullopt;
  ArrayRef<char> data = resource.getRawHandle().getBlob()->getData();
  if (data.size() != static_cast<size_t>(type.getNumElements()) * elementBytes(type.getElementType()))
    return std::nullopt;
  return fromBytes(type, std::vector<uint8_t>(data.begin(), data.end()));
}

static bool allEqual(ArrayRef<uint8_t> bytes, unsigned width) {
  for (size_t i = width; i < bytes.size(); ++i)
    if (bytes[i] != bytes[i - width])
      return false;
  return true;
}

static DenseElementsAttr denseAttr(RankedTensorType type, ArrayRef<uint8_t> bytes, unsigned width) {
  unsigned bits = elementBits(type.getElementType());
  ArrayRef<char> raw(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  if (bits >= 8)
    return DenseElementsAttr::getFromRawBuffer(type, raw);
  SmallVector<APInt> values;
  for (uint8_t byte : bytes)
    values.push_back(APInt(bits, byte & ((1u << bits) - 1)));
  if (auto real = dyn_cast<FloatType>(type.getElementType())) {
    SmallVector<APFloat> floats;
    for (const APInt &value : values)
      floats.push_back(APFloat(real.getFloatSemantics(), value));
    return DenseElementsAttr::get(type, floats);
  }
  return DenseElementsAttr::get(type, values);
}

ElementsAttr Tensor::toAttr(StringRef resourceName) const {
  RankedTensorType held = type;
  if (auto quantized = dyn_cast<quant::QuantizedType>(type.getElementType()))
    held = RankedTensorType::get(type.getShape(), quantized.getStorageType());
  ArrayRef<uint8_t> data = getBytes();
  unsigned width = getElementBytes();
  if (!data.empty() && allEqual(data, width))
    return denseAttr(held, data.take_front(width), width);
  if (data.size() <= maxDenseBytes)
    return denseAttr(held, data, width);
  ArrayRef<char> raw(reinterpret_cast<const char *>(data.data()), data.size());
  AsmResourceBlob blob = HeapAsmResourceBlob::allocateAndCopyWithAlign(raw, 64, /*dataIsMutable=*/false);
  auto &manager = DenseResourceElementsHandle::getManagerInterface(type.getContext());
  return DenseResourceElementsAttr::get(held, manager.insert(resourceName, std::move(blob)));
}

std::optional<Tensor> sinter::nn::constantTensor(Value value) {
  auto constant = value ? value.getDefiningOp<ConstantOp>() : ConstantOp();
  return constant ? Tensor::fromAttr(constant.getValue(), constant.getType()) : std::nullopt;
}

std::optional<double> sinter::nn::constantSplat(Value value) {
  auto constant = value ? value.getDefiningOp<ConstantOp>() : ConstantOp();
  if (!constant || !isa<FloatType>(constant.getType().getElementType()) || constant.getType().getNumElements() == 0)
    return std::nullopt;
  if (auto dense = dyn_cast<DenseElementsAttr>(constant.getValue()); dense && dense.isSplat()) {
    Tensor one = *fromDense(dense, constant.getType().clone(ArrayRef<int64_t>()));
    return one.toDoubles().front();
  }
  std::optional<Tensor> tensor = Tensor::fromAttr(constant.getValue(), constant.getType());
  if (!tensor || !allEqual(tensor->getBytes(), tensor->getElementBytes()))
    return std::nullopt;
  return tensor->toDoubles().front();
}
