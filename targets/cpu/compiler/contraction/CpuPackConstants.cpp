// Packs constants of contractions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/contraction/CpuPackConstants.h"
#include "dialects/nn/Tensor.h"
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

/// Shape of the packed form: block number, the other axes, element in the block.
SmallVector<int64_t> packedShape(ArrayRef<int64_t> shape, int64_t axis) {
  SmallVector<int64_t> packed(shape);
  packed.erase(packed.begin() + axis);
  packed.insert(packed.begin(), (shape[axis] + cpu::kPackedBlock - 1) / cpu::kPackedBlock);
  packed.push_back(cpu::kPackedBlock);
  return packed;
}

/// Moves elements [outer, axis, inner] to [axis / 16, outer, inner, axis % 16], zeros in the rest of the last block.
nn::Tensor pack(const nn::Tensor &tensor, int64_t axis) {
  ArrayRef<int64_t> shape = tensor.getShape();
  int64_t outer = 1, inner = 1, size = shape[axis], width = tensor.getElementBytes();
  for (int64_t i = 0; i < tensor.getRank(); ++i)
    (i < axis ? outer : inner) *= i == axis ? 1 : shape[i];
  SmallVector<int64_t> target = packedShape(shape, axis);
  std::vector<uint8_t> bytes(target.front() * outer * inner * cpu::kPackedBlock * width);
  const uint8_t *source = tensor.getBytes().data();
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t a = 0; a < size; ++a)
      for (int64_t i = 0; i < inner; ++i) {
        int64_t block = a / cpu::kPackedBlock, lane = a % cpu::kPackedBlock;
        int64_t to = ((block * outer + o) * inner + i) * cpu::kPackedBlock + lane;
        std::memcpy(&bytes[to * width], source + ((o * size + a) * inner + i) * width, width);
      }
  return nn::Tensor::fromBytes(RankedTensorType::get(target, tensor.getElementType()), std::move(bytes));
}

struct CpuPackConstants : sinter::impl::CpuPackConstantsBase<CpuPackConstants> {
  void runOnOperation() override {
    getOperation().walk([&](nn::DispatchOp dispatch) {
      dispatch.getBody().walk([&](Operation *op) {
        if (auto conv = dyn_cast<nn::ConvOp>(op); conv && wantsPackedFilter(conv))
          packOperand(dispatch, conv.getFilterMutable(), 0);
        else if (auto matmul = dyn_cast<nn::MatmulOp>(op); matmul && wantsPackedRhs(matmul))
          packOperand(dispatch, matmul.getRhsMutable(), 1);
      });
    });
  }

  static bool wantsPackedFilter(nn::ConvOp conv) {
    auto filter = conv.getFilter().getType();
    int64_t perGroup = filter.getDimSize(0) / static_cast<int64_t>(conv.getGroup()), spatial = filter.getRank() - 2;
    bool wholeBlocks = conv.getGroup() == 1 || perGroup % cpu::kPackedBlock == 0;
    return !cpu::isRowConv(conv) && filter.getElementType().isF32() && spatial <= 2 &&
           wholeBlocks && conv.getResult().getType().getNumElements() > 0;
  }

  static bool wantsPackedRhs(nn::MatmulOp matmul) {
    auto rhs = matmul.getRhs().getType();
    return rhs.getElementType().isF32() && rhs.getRank() == 2 && rhs.getDimSize(1) >= cpu::kPackedBlock &&
           matmul.getLhs().getType().getRank() == matmul.getResult().getType().getRank() && rhs.getDimSize(0) > 0;
  }

  /// Replaces a region's argument that is a constant outside by its packed form and an unpack of it.
  void packOperand(nn::DispatchOp dispatch, OpOperand &operand, int64_t axis) {
    auto argument = dyn_cast<BlockArgument>(operand.get());
    if (!argument || argument.getOwner()->getParentOp() != dispatch)
      return;
    OpOperand &outside = dispatch->getOpOperand(argument.getArgNumber());
    std::optional<nn::Tensor> value = nn::constantTensor(outside.get());
    if (!value)
      return;
    OpBuilder b(dispatch);
    Value packed = packedConstant(b, outside.get(), *value, axis);
    // The argument may have other users inside; they see the same value through the unpack.
    Type type = argument.getType();
    outside.set(packed);
    argument.setType(packed.getType());
    b.setInsertionPointToStart(argument.getOwner());
    auto unpack = nn::UnpackOp::create(b, operand.getOwner()->getLoc(), type, argument, axis, cpu::kPackedBlock);
    argument.replaceAllUsesExcept(unpack, unpack);
  }

  /// One packed constant for each constant and axis.
  Value packedConstant(OpBuilder &b, Value constant, const nn::Tensor &value, int64_t axis) {
    Value &packed = packedConstants[{constant, axis}];
    if (!packed) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointAfterValue(constant);
      nn::Tensor tensor = pack(value, axis);
      packed = nn::ConstantOp::create(b, constant.getLoc(), tensor.getType(), tensor.toAttr("packed"));
    }
    return packed;
  }

  llvm::DenseMap<std::pair<Value, int64_t>, Value> packedConstants;
};

} // namespace
