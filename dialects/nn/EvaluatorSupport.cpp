// Index arithmetic that the evaluator's operators share.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/EvaluatorOps.h"
#include <cstring>

using namespace mlir;
using namespace sinter::nn;

Shape sinter::nn::stridesOf(ArrayRef<int64_t> shape) {
  Shape strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

void sinter::nn::forEachIndex(ArrayRef<int64_t> shape, llvm::function_ref<void(ArrayRef<int64_t>, int64_t)> visit) {
  Shape index(shape.size(), 0);
  int64_t count = elementCount(shape);
  for (int64_t linear = 0; linear < count; ++linear) {
    visit(index, linear);
    for (size_t d = shape.size(); d-- > 0;) {
      if (++index[d] < shape[d])
        break;
      index[d] = 0;
    }
  }
}

std::vector<int64_t> sinter::nn::broadcastMap(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  Shape strides = stridesOf(from);
  size_t offset = to.size() - from.size();
  for (size_t i = 0; i < from.size(); ++i)
    if (from[i] == 1)
      strides[i] = 0;
  std::vector<int64_t> map(elementCount(to));
  forEachIndex(to, [&](ArrayRef<int64_t> index, int64_t linear) {
    int64_t source = 0;
    for (size_t i = 0; i < strides.size(); ++i)
      source += index[offset + i] * strides[i];
    map[linear] = source;
  });
  return map;
}

Tensor sinter::nn::gatherElements(const Tensor &input, RankedTensorType type, ArrayRef<int64_t> sources,
                                  const Tensor *fill) {
  unsigned width = input.getElementBytes();
  const uint8_t *from = input.getBytes().data();
  std::vector<uint8_t> bytes(sources.size() * width, 0);
  for (size_t i = 0; i < sources.size(); ++i) {
    if (sources[i] >= 0)
      std::memcpy(&bytes[i * width], from + sources[i] * width, width);
    else if (fill)
      std::memcpy(&bytes[i * width], fill->getBytes().data(), width);
  }
  return Tensor::fromBytes(type.clone(input.getElementType()), std::move(bytes));
}

int64_t sinter::nn::clampIndex(int64_t index, int64_t size) {
  if (index < 0)
    index += size;
  return std::max<int64_t>(0, std::min(index, size - 1));
}

AxisView::AxisView(ArrayRef<int64_t> shape, int64_t axis)
    : outer(elementCount(shape.take_front(axis))), size(shape[axis]), stride(elementCount(shape.drop_front(axis + 1))) {
}
