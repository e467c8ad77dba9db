// Matrix cores, as the shared passes see them.
//
// Which lane holds which element is in AMD's ISA guides: "Instinct MI300 Instruction Set Architecture", chapter "Matrix
// Arithmetic Instructions", and "RDNA3 Instruction Set Architecture", section "Wave Matrix Multiply Accumulate (WMMA)".
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/rocm/compiler/MatrixCores.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::gpu;

namespace {

constexpr int64_t side = 16; ///< Of every unit's result.

//===--- MFMA: waves of 64
//--------------------------------------------------------------------------------------------===//

template <MatrixElement Element> Value buildMfma(OpBuilder &b, Location loc, const MatrixOperands &operands) {
  Type type = operands.c.getType();
  Value none = LLVM::ConstantOp::create(b, loc, b.getI32IntegerAttr(0)); // Neither broadcast nor permuted.
  auto as = [&](Type form) {
    return SmallVector<Value>{LLVM::BitcastOp::create(b, loc, form, operands.a),
                              LLVM::BitcastOp::create(b, loc, form, operands.b),
                              operands.c,
                              none,
                              none,
                              none};
  };
  if constexpr (Element == MatrixElement::F16)
    return ROCDL::mfma_f32_16x16x16f16::create(b, loc, type, as(operands.a.getType()));
  else if constexpr (Element == MatrixElement::BF16)
    return ROCDL::mfma_f32_16x16x16bf16_1k::create(b, loc, type, as(VectorType::get({4}, b.getI16Type())));
  else
    return ROCDL::mfma_i32_16x16x32_i8::create(b, loc, type, as(b.getI64Type()));
}

/// A lane holds neighbours along k of one row of a, or column of b; four groups of 16 lanes stand along k.
template <MatrixElement Element> MatrixUnit makeMfma(StringRef name) {
  constexpr int64_t run = Element == MatrixElement::I8 ? 8 : 4;
  MatrixUnit unit{name, Element, side, side, 4 * run, {}, {}, {}, /*takesUnsigned=*/false, buildMfma<Element>};
  unit.a.lane = {{1, 0}, {2, 0}, {4, 0}, {8, 0}, {0, run}, {0, 2 * run}};
  unit.b.lane = {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {run, 0}, {2 * run, 0}};
  for (int64_t neighbour = 1; neighbour < run; neighbour *= 2) {
    unit.a.element.push_back({0, neighbour});
    unit.b.element.push_back({neighbour, 0});
  }
  unit.c.lane = {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {4, 0}, {8, 0}};
  unit.c.element = {{1, 0}, {2, 0}};
  return unit;
}

//===--- WMMA: waves of 32
//--------------------------------------------------------------------------------------------===//

template <MatrixElement Element> Value buildWmma(OpBuilder &b, Location loc, const MatrixOperands &operands) {
  Type type = operands.c.getType();
  auto as = [&](Value value, Type form) { return LLVM::BitcastOp::create(b, loc, form, value); };
  if constexpr (Element == MatrixElement::F16) {
    return ROCDL::wmma_f32_16x16x16_f16::create(b, loc, type, operands.a, operands.b, operands.c);
  } else if constexpr (Element == MatrixElement::BF16) {
    auto form = VectorType::get({16}, b.getI16Type());
    return ROCDL::wmma_f32_16x16x16_bf16::create(b, loc, type, as(operands.a, form), as(operands.b, form), operands.c);
  } else {
    auto form = VectorType::get({4}, b.getI32Type());
    return ROCDL::wmma_i32_16x16x16_iu8::create(b, loc, type, /*signA=*/!operands.aIsUnsigned, as(operands.a, form),
                                                /*signB=*/!operands.bIsUnsigned, as(operands.b, form), operands.c,
                                                /*clamp=*/false);
  }
}

/// A lane holds a whole row of a, or column of b; lanes 16 to 31 hold copies. Of the result, every other row.
template <MatrixElement Element> MatrixUnit makeWmma(StringRef name) {
  MatrixUnit unit{name, Element, side, side, side, {}, {}, {}, /*takesUnsigned=*/true, buildWmma<Element>};
  unit.a.lane = {{1, 0}, {2, 0}, {4, 0}, {8, 0}, {0, 0}};
  unit.b.lane = {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 0}};
  unit.a.element = {{0, 1}, {0, 2}, {0, 4}, {0, 8}};
  unit.b.element = {{1, 0}, {2, 0}, {4, 0}, {8, 0}};
  unit.c.lane = {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {1, 0}};
  unit.c.element = {{2, 0}, {4, 0}, {8, 0}};
  return unit;
}

} // namespace

ArrayRef<MatrixUnit> sinter::rocm::matrixCores(StringRef processor) {
  static const std::array<MatrixUnit, 3> mfma = {makeMfma<MatrixElement::F16>("mfma.16x16x16.f16"),
                                                 makeMfma<MatrixElement::BF16>("mfma.16x16x16.bf16"),
                                                 makeMfma<MatrixElement::I8>("mfma.16x16x32.i8")};
  static const std::array<MatrixUnit, 3> wmma = {makeWmma<MatrixElement::F16>("wmma.16x16x16.f16"),
                                                 makeWmma<MatrixElement::BF16>("wmma.16x16x16.bf16"),
                                                 makeWmma<MatrixElement::I8>("wmma.16x16x16.iu8")};
  if (processor.starts_with("gfx94"))
    return mfma;
  if (processor.starts_with("gfx11"))
    return wmma;
  return {};
}
