// How much an operator computes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/Work.h"
#include "dialects/nn/Nn.h"
#include "dialects/nn/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sinter;

namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }
uint64_t elements(Value value) { return typeOf(value).getNumElements(); }

template <typename... RestT> uint64_t product(uint64_t first, RestT... rest) {
  ((first = llvm::SaturatingMultiply<uint64_t>(first, rest)), ...);
  return first;
}
template <typename... RestT> uint64_t sum(uint64_t first, RestT... rest) {
  ((first = llvm::SaturatingAdd<uint64_t>(first, rest)), ...);
  return first;
}

uint64_t macsOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, uint64_t>(op)
      .Case([](nn::ConvOp conv) -> uint64_t {
        auto filter = conv.getFilter().getType(); // [M, C/group, kernel…]
        uint64_t maps = filter.getDimSize(0);
        return maps ? product(elements(conv.getResult()), filter.getNumElements() / maps) : 0;
      })
      .Case([](nn::ConvTransposeOp conv) -> uint64_t {
        auto filter = conv.getFilter().getType(); // [C, M/group, kernel…]
        uint64_t channels = filter.getDimSize(0);
        return channels ? product(elements(conv.getInput()), filter.getNumElements() / channels) : 0;
      })
      .Case([](nn::MatmulOp matmul) {
        return product(elements(matmul.getResult()), matmul.getLhs().getType().getShape().back());
      })
      .Case([](nn::LstmOp lstm) {
        ArrayRef<int64_t> input = typeOf(lstm.getInput()).getShape(); // [T, B, I]; w [D, 4H, I], r [D, 4H, H]
        return product(input[0], input[1], sum(elements(lstm.getW()), elements(lstm.getR())));
      })
      .Default(uint64_t(0));
}

/// What is computed besides macs.
uint64_t otherFlops(Operation *op) {
  if (op->getNumResults() == 0)
    return 0;
  uint64_t results = elements(op->getResult(0));
  uint64_t inputs = op->getNumOperands() ? elements(op->getOperand(0)) : 0;
  return llvm::TypeSwitch<Operation *, uint64_t>(op)
      .Case<nn::UnaryOp, nn::BinaryOp, nn::CompareOp, nn::SelectOp, nn::CastOp, nn::QuantizeOp, nn::DequantizeOp>(
          [&](auto) { return results; })
      .Case<nn::ConvOp, nn::ConvTransposeOp, nn::MatmulOp>(
          [&](auto contraction) { return contraction.getBias() ? results : 0; })
      // Of each cell: eight bias terms added, four gates, c' = f*c + i*g, h = o*tanh(c').
      .Case([&](nn::LstmOp) { return product(results, 8 + 4 + 3 + 2); })
      .Case([&](nn::PoolOp pool) {
        uint64_t window = 1;
        for (int64_t size : pool.getKernel())
          window = product(window, size);
        return product(results, window);
      })
      .Case([&](nn::ReduceOp reduce) {
        bool twice = reduce.getKind() == nn::ReduceKind::SumSquare || reduce.getKind() == nn::ReduceKind::L1;
        return product(inputs, twice ? 2 : 1);
      })
      .Case<nn::ArgReduceOp, nn::CumSumOp, nn::TopKOp>([&](auto) { return inputs; })
      // Largest, difference, exp, sum, quotient.
      .Case([&](nn::SoftmaxOp) { return product(inputs, 5); })
      // Mean, difference, square, sum, product with the inverse deviation; then what is optional.
      .Case([&](nn::LayerNormOp norm) {
        return product(inputs, (norm.getRms() ? 3 : 5) + (norm.getScale() ? 1 : 0) + (norm.getBias() ? 1 : 0));
      })
      // Least, largest, quantised value.
      .Case([&](nn::DynamicQuantizeOp) { return product(inputs, 3); })
      .Case<nn::ScatterElementsOp, nn::ScatterNdOp>(
          [&](auto scatter) { return scatter.getKind() == nn::ScatterKind::None ? 0 : elements(scatter.getUpdates()); })
      // A multiplication and an addition for each tap.
      .Case([&](nn::ResizeOp resize) -> uint64_t {
        if (resize.getMode() == nn::ResizeMode::Nearest)
          return 0;
        uint64_t taps = 1;
        for (double scale : resize.getScales())
          if (scale != 1.0)
            taps *= resize.getMode() == nn::ResizeMode::Linear ? 2 : 4;
        return taps == 1 ? 0 : product(results, 2, taps);
      })
      .Default(uint64_t(0));
}

} // namespace

nn::Work &nn::Work::operator+=(const Work &other) {
  macs = sum(macs, other.macs);
  flops = sum(flops, other.flops);
  bytes = sum(bytes, other.bytes);
  return *this;
}

uint64_t nn::storedBytes(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  uint64_t bits = nn::elementBits(type.getElementType());
  return llvm::divideCeil(product(type.getNumElements(), bits == 1 ? 8 : bits), 8);
}

nn::Work nn::workOf(Operation *op) {
  Work work;
  work.macs = macsOf(op);
  work.flops = sum(product(2, work.macs), otherFlops(op));
  for (Type type : op->getOperandTypes())
    work.bytes = sum(work.bytes, storedBytes(type));
  for (Type type : op->getResultTypes())
    work.bytes = sum(work.bytes, storedBytes(type));
  return work;
}
