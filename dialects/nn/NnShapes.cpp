// Shape arithmetic of the nn operators.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/NnShapes.h"
#include <algorithm>

using namespace sinter::nn;

std::optional<Shape> sinter::nn::broadcastShapes(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  Shape result(a.begin(), a.end());
  size_t offset = a.size() - b.size();
  for (size_t i = 0; i < b.size(); ++i) {
    int64_t &dim = result[offset + i];
    if (dim == 1)
      dim = b[i];
    else if (b[i] != 1 && b[i] != dim)
      return std::nullopt;
  }
  return result;
}

bool sinter::nn::broadcastsTo(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to) {
  std::optional<Shape> shape = broadcastShapes(from, to);
  return shape && llvm::ArrayRef<int64_t>(*shape) == to;
}

int64_t sinter::nn::windowPositions(int64_t input, int64_t kernel, int64_t stride, int64_t dilation, int64_t padBegin,
                                    int64_t padEnd) {
  int64_t room = input + padBegin + padEnd - (dilation * (kernel - 1) + 1);
  return room < 0 ? 0 : room / stride + 1;
}

Shape sinter::nn::packedShape(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> axes,
                              llvm::ArrayRef<int64_t> blocks) {
  Shape packed;
  for (size_t i = 0; i < axes.size(); ++i)
    packed.push_back((shape[axes[i]] + blocks[i] - 1) / blocks[i]);
  for (size_t i = 0; i < shape.size(); ++i)
    if (std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) == axes.end())
      packed.push_back(shape[i]);
  packed.append(blocks.begin(), blocks.end());
  return packed;
}

int64_t sinter::nn::elementCount(llvm::ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t dim : shape)
    count *= dim;
  return count;
}

std::string sinter::nn::shapeString(llvm::ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "scalar";
  std::string text;
  for (int64_t dim : shape)
    text += (text.empty() ? "" : "x") + std::to_string(dim);
  return text;
}
