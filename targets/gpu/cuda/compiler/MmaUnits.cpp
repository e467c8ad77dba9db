// Tensor cores, as the shared passes see them.
//
// Which thread of a warp holds which element is in the PTX ISA, "Matrix Fragments for mma.m16n8k16" and "m16n8k32".
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/cuda/compiler/MmaUnits.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::gpu;

namespace {

constexpr int64_t rows = 16, columns = 8;

/// The registers of a fragment: two f16, or 32 bits of other types.
SmallVector<Value> registersOf(OpBuilder &b, Location loc, Value fragment) {
  auto type = cast<VectorType>(fragment.getType());
  int64_t count = type.getNumElements() * type.getElementTypeBitWidth() / 32;
  SmallVector<Value> registers;
  Value words = vector::BitCastOp::create(b, loc, VectorType::get({count}, b.getI32Type()), fragment);
  for (int64_t i = 0; i < count; ++i) {
    Value word = vector::ExtractOp::create(b, loc, words, i);
    bool isPair = type.getElementType().isF16();
    registers.push_back(isPair ? LLVM::BitcastOp::create(b, loc, VectorType::get({2}, b.getF16Type()), word) : word);
  }
  return registers;
}

template <MatrixElement Element> Value buildMma(OpBuilder &b, Location loc, const MatrixOperands &operands) {
  constexpr bool isInteger = Element == MatrixElement::I8;
  auto formOf = [](bool isUnsigned) {
    return isInteger                       ? (isUnsigned ? NVVM::MMATypes::u8 : NVVM::MMATypes::s8)
           : Element == MatrixElement::F16 ? NVVM::MMATypes::f16
                                           : NVVM::MMATypes::bf16;
  };
  auto type = cast<VectorType>(operands.c.getType());
  SmallVector<Value> sums;
  for (int64_t i = 0; i < type.getNumElements(); ++i)
    sums.push_back(vector::ExtractOp::create(b, loc, operands.c, i));
  auto results =
      LLVM::LLVMStructType::getLiteral(b.getContext(), SmallVector<Type>(sums.size(), type.getElementType()));
  std::optional<NVVM::MMAIntOverflow> overflow;
  if (isInteger)
    overflow = NVVM::MMAIntOverflow::wrapped;
  Value product = NVVM::MmaOp::create(b, loc, results, registersOf(b, loc, operands.a), registersOf(b, loc, operands.b),
                                      sums, {rows, columns, isInteger ? 32 : 16}, std::nullopt, overflow,
                                      std::array{formOf(operands.aIsUnsigned), formOf(operands.bIsUnsigned)},
                                      std::array{NVVM::MMALayout::row, NVVM::MMALayout::col});
  for (auto [i, sum] : llvm::enumerate(sums))
    sum = LLVM::ExtractValueOp::create(b, loc, product, static_cast<int64_t>(i));
  return vector::FromElementsOp::create(b, loc, type, sums);
}

/// A register has 2 neighbours along k of 16 bits, 4 of 8. Four lanes stand along k, eight along the other side.
template <MatrixElement Element> MatrixUnit makeMma(StringRef name) {
  constexpr bool isByte = Element == MatrixElement::I8;
  MatrixUnit unit{name, Element, rows, columns, isByte ? 32 : 16, {}, {}, {}, true, buildMma<Element>};
  const int64_t run = isByte ? 4 : 2;
  unit.a.lane = {{0, run}, {0, 2 * run}, {1, 0}, {2, 0}, {4, 0}};
  unit.b.lane = {{run, 0}, {2 * run, 0}, {0, 1}, {0, 2}, {0, 4}};
  for (int64_t neighbour = 1; neighbour < run; neighbour *= 2) {
    unit.a.element.push_back({0, neighbour});
    unit.b.element.push_back({neighbour, 0});
  }
  unit.a.element.append({{8, 0}, {0, 4 * run}});
  unit.b.element.push_back({4 * run, 0});
  unit.c.lane = {{0, 2}, {0, 4}, {1, 0}, {2, 0}, {4, 0}};
  unit.c.element = {{0, 1}, {8, 0}};
  return unit;
}

void copy(OpBuilder &b, Location loc, Value from, ValueRange at, Value to, Value place, int64_t elements, Value valid) {
  auto token = nvgpu::DeviceAsyncTokenType::get(b.getContext());
  int64_t bytes = elements * cast<MemRefType>(from.getType()).getElementTypeBitWidth() / 8;
  UnitAttr past = bytes == 16 ? b.getUnitAttr() : UnitAttr(); // Past the first cache: each is read once.
  nvgpu::DeviceAsyncCopyOp::create(b, loc, token, to, place, from, at, b.getIndexAttr(elements), valid, past);
}

void closeGroup(OpBuilder &b, Location loc) { NVVM::CpAsyncCommitGroupOp::create(b, loc); }

void waitForGroups(OpBuilder &b, Location loc, int64_t pending) { NVVM::CpAsyncWaitGroupOp::create(b, loc, pending); }

} // namespace

const AsyncCopies &sinter::cuda::asyncCopies() {
  static const AsyncCopies copies = {copy, closeGroup, waitForGroups};
  return copies;
}

ArrayRef<MatrixUnit> sinter::cuda::mmaUnits() {
  static const std::array<MatrixUnit, 3> units = {makeMma<MatrixElement::F16>("mma.sync.m16n8k16.f16"),
                                                  makeMma<MatrixElement::BF16>("mma.sync.m16n8k16.bf16"),
                                                  makeMma<MatrixElement::I8>("mma.sync.m16n8k32.s8")};
  return units;
}
