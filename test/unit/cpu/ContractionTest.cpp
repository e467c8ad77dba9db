// Matrix products and convolutions of every form against the reference evaluator.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/cpu/KernelRunner.h"

using namespace sinter::test;

namespace {

// Sums of products near zero lose relative accuracy: the bound is absolute, in units of the summands.
constexpr Tolerance sums = {1e-5, 2e-4};

class Contraction : public KernelTest {
protected:
  void conv(const std::string &x, const std::string &w, const std::string &attributes, const std::string &result) {
    checkOp("nn.conv %0, %1 " + attributes + " : (" + x + ", " + w + ") -> " + result, {x, w}, result, {}, sums);
  }
  void matmul(const std::string &a, const std::string &b, const std::string &result) {
    checkOp("nn.matmul %0, %1 : (" + a + ", " + b + ") -> " + result, {a, b}, result, {}, sums);
  }
};

TEST_F(Contraction, Conv2D) {
  conv("tensor<2x3x9x11xf32>", "tensor<5x3x3x3xf32>", "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 1",
       "tensor<2x5x9x11xf32>");
  conv("tensor<1x17x7x7xf32>", "tensor<33x17x1x1xf32>", "strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1",
       "tensor<1x33x7x7xf32>");
  conv("tensor<1x4x13x13xf32>", "tensor<18x4x3x3xf32>", "strides [2, 2] pads [0, 0, 1, 1] dilations [1, 1] group 1",
       "tensor<1x18x6x6xf32>");
  conv("tensor<1x4x13x13xf32>", "tensor<6x4x3x3xf32>", "strides [1, 2] pads [2, 2, 2, 2] dilations [2, 2] group 1",
       "tensor<1x6x13x7xf32>");
}

TEST_F(Contraction, GroupedAndDepthwise) {
  conv("tensor<1x6x8x9xf32>", "tensor<9x2x3x3xf32>", "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 3",
       "tensor<1x9x8x9xf32>");
  conv("tensor<1x32x15x15xf32>", "tensor<32x1x3x3xf32>", "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 32",
       "tensor<1x32x15x15xf32>");
  conv("tensor<1x32x15x15xf32>", "tensor<32x1x5x5xf32>", "strides [2, 2] pads [2, 2, 2, 2] dilations [1, 1] group 32",
       "tensor<1x32x8x8xf32>");
}

TEST_F(Contraction, Conv1DAnd3D) {
  conv("tensor<1x3x50xf32>", "tensor<7x3x5xf32>", "strides [2] pads [2, 2] dilations [1] group 1", "tensor<1x7x25xf32>");
  conv("tensor<1x2x5x6x7xf32>", "tensor<3x2x3x3x3xf32>",
       "strides [1, 1, 1] pads [1, 1, 1, 1, 1, 1] dilations [1, 1, 1] group 1", "tensor<1x3x5x6x7xf32>");
}

TEST_F(Contraction, ConvWithBiasAndRelu) {
  check(R"(func.func @kernel(%x: tensor<1x16x14x14xf32>, %w: tensor<32x16x3x3xf32>, %b: tensor<32xf32>) -> tensor<1x32x14x14xf32> {
    %0 = nn.conv %x, %w, %b strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 1
      : (tensor<1x16x14x14xf32>, tensor<32x16x3x3xf32>, tensor<32xf32>) -> tensor<1x32x14x14xf32>
    %1 = nn.unary relu %0 : tensor<1x32x14x14xf32> -> tensor<1x32x14x14xf32>
    return %1 : tensor<1x32x14x14xf32>
  })",
        {}, sums);
}

TEST_F(Contraction, Matmul) {
  matmul("tensor<13x17xf32>", "tensor<17x19xf32>", "tensor<13x19xf32>");
  matmul("tensor<1x257xf32>", "tensor<257x65xf32>", "tensor<1x65xf32>");
  matmul("tensor<64x64xf32>", "tensor<64x64xf32>", "tensor<64x64xf32>");
  matmul("tensor<100x70xf32>", "tensor<70x1xf32>", "tensor<100x1xf32>");
}

TEST_F(Contraction, BatchedAndBroadcast) {
  matmul("tensor<2x3x5x8xf32>", "tensor<3x8x6xf32>", "tensor<2x3x5x6xf32>");
  matmul("tensor<2x1x5x8xf32>", "tensor<1x3x8x6xf32>", "tensor<2x3x5x6xf32>");
}

TEST_F(Contraction, Integers) { matmul("tensor<4x5xi32>", "tensor<5x6xi32>", "tensor<4x6xi32>"); }

} // namespace
