// Packs constants of contractions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/contraction/CpuPackConstants.h"
#include "dialects/nn/NnShapes.h"
#include "dialects/nn/QuantizedParameters.h"
#include "dialects/nn/Tensor.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "targets/cpu/compiler/contraction/QuantizedPacking.h"
#include "targets/cpu/compiler/contraction/RowConv.h"
#include "targets/cpu/compiler/dialect/Cpu.h"
#include <cstring>

namespace sinter {
#define GEN_PASS_DEF_CPUPACKCONSTANTS
#include "targets/cpu/compiler/contraction/CpuPackConstants.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;

namespace {

using cpu::Packing;

/// The packed form's elements: scales of channels have lost their axis, and the bytes do not need
/// them.
Type packedElement(Type element) {
  auto quantized = dyn_cast<quant::UniformQuantizedPerAxisType>(element);
  if (!quantized)
    return element;
  return quant::UniformQuantizedType::get(quantized.getFlags(), quantized.getStorageType(),
                                          quantized.getExpressedType(), 1.0, 0, quantized.getStorageTypeMin(),
                                          quantized.getStorageTypeMax());
}

/// Elements by blocks (nn.unpack says how), zeros in the rest of the last blocks.
nn::Tensor pack(const nn::Tensor &tensor, const Packing &packing) {
  ArrayRef<int64_t> shape = tensor.getShape();
  nn::Shape target = nn::packedShape(shape, packing.axes, packing.blocks);
  size_t blocked = packing.axes.size();
  SmallVector<int64_t> strides(target.size(), 1);
  for (size_t i = target.size() - 1; i > 0; --i)
    strides[i - 1] = strides[i] * target[i];
  // Where an element of a source axis goes: its block's number and its place in the block, or one
  // stride.
  SmallVector<std::array<int64_t, 3>> steps; // block, stride of blocks, stride in the block
  for (size_t axis = 0, kept = blocked; axis < shape.size(); ++axis) {
    const auto *at = llvm::find(packing.axes, static_cast<int64_t>(axis));
    size_t i = at - packing.axes.begin();
    if (i == blocked)
      steps.push_back({1, strides[kept++], 0});
    else
      steps.push_back({packing.blocks[i], strides[i], strides[target.size() - blocked + i]});
  }
  int64_t width = tensor.getElementBytes();
  std::vector<uint8_t> bytes(nn::elementCount(target) * width);
  const uint8_t *source = tensor.getBytes().data();
  for (int64_t linear = 0; linear < tensor.size(); ++linear) {
    int64_t to = 0, rest = linear;
    for (size_t axis = shape.size(); axis-- > 0; rest /= shape[axis]) {
      auto [block, outer, inner] = steps[axis];
      int64_t index = rest % shape[axis];
      to += index / block * outer + index % block * inner;
    }
    std::memcpy(&bytes[to * width], source + linear * width, width);
  }
  return nn::Tensor::fromBytes(RankedTensorType::get(target, packedElement(tensor.getElementType())), std::move(bytes));
}

/// The sum of the stored weights of each index of `axis`.
SmallVector<int32_t> sumsAlong(const nn::Tensor &tensor, int64_t axis) {
  int64_t inner = 1, size = tensor.getShape()[axis];
  for (int64_t i = axis + 1; i < tensor.getRank(); ++i)
    inner *= tensor.getShape()[i];
  SmallVector<int32_t> sums(size, 0);
  for (auto [i, value] : llvm::enumerate(tensor.toInts()))
    sums[static_cast<int64_t>(i) / inner % size] += value;
  return sums;
}

struct CpuPackConstants : sinter::impl::CpuPackConstantsBase<CpuPackConstants> {
  using Base::Base;

  void runOnOperation() override {
    getOperation().walk([&](nn::DispatchOp dispatch) {
      dispatch.getBody().walk([&](Operation *op) {
        if (auto conv = dyn_cast<nn::ConvOp>(op))
          packContraction(dispatch, conv, conv.getFilterMutable(), 0, wantsPackedFilter(conv));
        else if (auto matmul = dyn_cast<nn::MatmulOp>(op))
          packContraction(dispatch, matmul, matmul.getRhsMutable(), matmul.getRhs().getType().getRank() - 1,
                          wantsPackedRhs(matmul));
      });
    });
  }

  /// `channels`: the operand's axis of output channels or columns.
  void packContraction(nn::DispatchOp dispatch, Operation *op, OpOperand &operand, int64_t channels, bool wantsFloats) {
    std::optional<Packing> packing;
    if (wantsFloats)
      packing = Packing{{channels}, {cpu::kPackedBlock}};
    else
      packing = cpu::quantizedPacking(op, {doubles, columns});
    if (!packing)
      return;
    std::optional<nn::Tensor> value = packOperand(dispatch, operand, *packing);
    if (value && !wantsFloats)
      op->setAttr(nn::filterSumsName, DenseI32ArrayAttr::get(&getContext(), sumsAlong(*value, channels)));
  }

  static bool wantsPackedFilter(nn::ConvOp conv) {
    auto filter = conv.getFilter().getType();
    int64_t perGroup = filter.getDimSize(0) / static_cast<int64_t>(conv.getGroup()), spatial = filter.getRank() - 2;
    bool wholeBlocks = conv.getGroup() == 1 || perGroup % cpu::kPackedBlock == 0;
    return !cpu::isRowConv(conv) && filter.getElementType().isF32() && spatial <= 2 && wholeBlocks &&
           conv.getResult().getType().getNumElements() > 0;
  }

  static bool wantsPackedRhs(nn::MatmulOp matmul) {
    auto rhs = matmul.getRhs().getType();
    return rhs.getElementType().isF32() && rhs.getRank() == 2 && rhs.getDimSize(1) >= cpu::kPackedBlock &&
           matmul.getLhs().getType().getRank() == matmul.getResult().getType().getRank() && rhs.getDimSize(0) > 0;
  }

  /// Replaces a region's argument that is a constant outside by its packed form and an unpack of
  /// it. Returns its value.
  std::optional<nn::Tensor> packOperand(nn::DispatchOp dispatch, OpOperand &operand, const Packing &packing) {
    auto argument = dyn_cast<BlockArgument>(operand.get());
    if (!argument || argument.getOwner()->getParentOp() != dispatch)
      return std::nullopt;
    OpOperand &outside = dispatch->getOpOperand(argument.getArgNumber());
    std::optional<nn::Tensor> value = nn::constantTensor(outside.get());
    if (!value)
      return std::nullopt;
    OpBuilder b(dispatch);
    Value packed = packedConstant(b, outside.get(), *value, packing);
    // The argument may have other users inside; they see the same value through the unpack.
    Type type = argument.getType();
    outside.set(packed);
    argument.setType(packed.getType());
    b.setInsertionPointToStart(argument.getOwner());
    auto unpack = nn::UnpackOp::create(b, operand.getOwner()->getLoc(), type, argument, packing.axes, packing.blocks);
    argument.replaceAllUsesExcept(unpack, unpack);
    return value;
  }

  /// One packed constant for each constant and packing.
  Value packedConstant(OpBuilder &b, Value constant, const nn::Tensor &value, const Packing &packing) {
    auto key = b.getDenseI64ArrayAttr(llvm::to_vector(llvm::concat<const int64_t>(packing.axes, packing.blocks)));
    Value &packed = packedConstants[{constant, key}];
    if (!packed) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointAfterValue(constant);
      nn::Tensor tensor = pack(value, packing);
      packed = nn::ConstantOp::create(b, constant.getLoc(), tensor.getType(), tensor.toAttr("packed"));
    }
    return packed;
  }

  llvm::DenseMap<std::pair<Value, Attribute>, Value> packedConstants;
};

} // namespace
