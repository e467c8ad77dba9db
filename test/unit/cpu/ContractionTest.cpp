// Matrix products and convolutions of every form against the reference evaluator.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/cpu/KernelRunner.h"
#include "llvm/ADT/ArrayRef.h"

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

/// The same convolution with its filter packed in blocks of 16 channels: the form that is tiled for registers.
class PackedConv : public KernelTest {
protected:
  void conv(std::vector<int64_t> x, std::vector<int64_t> w, const std::string &attributes, std::vector<int64_t> y,
            bool bias = false) {
    auto spell = [](llvm::ArrayRef<int64_t> shape) {
      std::string text = "tensor<";
      for (int64_t dim : shape)
        text += std::to_string(dim) + "x";
      return text + "f32>";
    };
    std::vector<int64_t> packed = w;
    packed[0] = (w[0] + 15) / 16;
    packed.push_back(16);
    std::string tx = spell(x), tw = spell(w), tp = spell(packed), ty = spell(y),
                tb = "tensor<" + std::to_string(w[0]) + "xf32>";
    std::string text = "func.func @kernel(%x: " + tx + ", %p: " + tp + ", %b: " + tb + ") -> " + ty + " {\n" +
                       "%w = nn.unpack %p axes [0] blocks [16] : " + tp + " -> " + tw + "\n" + "%0 = nn.conv %x, %w" +
                       (bias ? ", %b " : " ") + attributes + " : (" + tx + ", " + tw + (bias ? ", " + tb : "") +
                       ") -> " + ty + "\n%1 = nn.unary relu %0 : " + ty + " -> " + ty + "\nreturn " +
                       (bias ? "%1" : "%0") + " : " + ty + "\n}";
    check(text, {}, sums);
  }
};

TEST_F(PackedConv, BordersAndStrides) {
  conv({1, 3, 9, 11}, {16, 3, 3, 3}, "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 1", {1, 16, 9, 11});
  conv({2, 5, 20, 31}, {48, 5, 3, 3}, "strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] group 1", {2, 48, 10, 16},
       true);
  conv({1, 4, 13, 13}, {32, 4, 3, 3}, "strides [1, 2] pads [2, 2, 2, 2] dilations [2, 2] group 1", {1, 32, 13, 7});
  conv({1, 3, 30, 30}, {32, 3, 7, 7}, "strides [2, 2] pads [3, 3, 3, 3] dilations [1, 1] group 1", {1, 32, 15, 15},
       true);
  conv({1, 2, 5, 3}, {16, 2, 5, 5}, "strides [1, 1] pads [4, 4, 4, 4] dilations [1, 1] group 1", {1, 16, 9, 7});
}

TEST_F(PackedConv, LongKernels) {
  conv({1, 2, 1, 200}, {32, 2, 1, 60}, "strides [1, 7] pads [0, 0, 0, 0] dilations [1, 1] group 1", {1, 32, 1, 21},
       true);
  conv({1, 1, 150}, {20, 1, 40}, "strides [3] pads [0, 0] dilations [2] group 1", {1, 20, 24});
}

/// Borders of which a tile's pixels see different taps, on both sides of a loop over those that all
/// see.
TEST_F(PackedConv, LongPaddedKernels) {
  conv({1, 3, 5, 40}, {8, 3, 3, 25}, "strides [1, 1] pads [1, 12, 1, 12] dilations [1, 1] group 1", {1, 8, 5, 40},
       true);
  conv({1, 2, 1, 50}, {16, 2, 1, 21}, "strides [1, 2] pads [0, 19, 0, 3] dilations [1, 1] group 1", {1, 16, 1, 26});
  conv({1, 2, 9}, {16, 2, 31}, "strides [1] pads [15, 15] dilations [1] group 1", {1, 16, 9});
}

TEST_F(PackedConv, OneColumn) {
  conv({1, 16, 70, 1}, {64, 16, 5, 1}, "strides [1, 1] pads [2, 0, 1, 0] dilations [1, 1] group 1", {1, 64, 69, 1},
       true);
  conv({2, 40, 300, 1}, {64, 40, 7, 1}, "strides [2, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1", {2, 64, 147, 1});
}

TEST_F(PackedConv, PartialBlocks) {
  conv({1, 6, 8, 8}, {24, 6, 1, 1}, "strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1", {1, 24, 8, 8}, true);
  conv({1, 6, 7, 9}, {37, 6, 3, 3}, "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 1", {1, 37, 7, 9}, true);
  conv({1, 6, 7, 9}, {5, 6, 3, 3}, "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 1", {1, 5, 7, 9});
}

TEST_F(PackedConv, ShallowPointwise) {
  conv({2, 5, 9, 11}, {16, 5, 1, 1}, "strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1", {2, 16, 9, 11}, true);
  conv({1, 16, 8, 8}, {7, 16, 1, 1}, "strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1", {1, 7, 8, 8});
  conv({1, 24, 56, 56}, {144, 24, 1, 1}, "strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1", {1, 144, 56, 56},
       true);
  conv({1, 96, 14, 14}, {40, 96, 1, 1}, "strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1", {1, 40, 14, 14},
       true);
}

TEST_F(PackedConv, SplitIntoWorkgroups) {
  conv({1, 64, 28, 28}, {64, 64, 3, 3}, "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 1", {1, 64, 28, 28},
       true);
  conv({1, 64, 28, 28}, {128, 64, 1, 1}, "strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1", {1, 128, 28, 28},
       true);
  conv({1, 160, 7, 7}, {320, 160, 1, 1}, "strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1", {1, 320, 7, 7},
       true);
}

TEST_F(PackedConv, GroupsAndOneDimension) {
  conv({1, 8, 9, 9}, {64, 4, 3, 3}, "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 2", {1, 64, 9, 9}, true);
  conv({1, 3, 50}, {32, 3, 5}, "strides [2] pads [2, 2] dilations [1] group 1", {1, 32, 25}, true);
}

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

TEST_F(Contraction, DepthwiseRows) {
  conv("tensor<2x3x7x7xf32>", "tensor<3x1x3x3xf32>", "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 3",
       "tensor<2x3x7x7xf32>");
  conv("tensor<1x5x21x37xf32>", "tensor<5x1x3x3xf32>", "strides [2, 2] pads [0, 1, 1, 0] dilations [1, 1] group 5",
       "tensor<1x5x10x18xf32>");
  conv("tensor<1x4x20x41xf32>", "tensor<4x1x5x5xf32>", "strides [1, 2] pads [3, 2, 1, 2] dilations [1, 1] group 4",
       "tensor<1x4x20x21xf32>");
  conv("tensor<1x4x20x29xf32>", "tensor<4x1x3x3xf32>", "strides [2, 1] pads [2, 2, 2, 2] dilations [2, 2] group 4",
       "tensor<1x4x10x29xf32>");
  conv("tensor<1x2x13x50xf32>", "tensor<2x1x3x5xf32>", "strides [2, 2] pads [0, 4, 0, 4] dilations [3, 3] group 2",
       "tensor<1x2x4x23xf32>");
  conv("tensor<1x3x30x31xf32>", "tensor<3x1x7x7xf32>", "strides [3, 3] pads [3, 3, 3, 3] dilations [1, 1] group 3",
       "tensor<1x3x10x11xf32>");
  conv("tensor<1x6x2x3xf32>", "tensor<6x1x3x3xf32>", "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 6",
       "tensor<1x6x2x3xf32>");
  conv("tensor<1x3x1x1xf32>", "tensor<3x1x3x3xf32>", "strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] group 3",
       "tensor<1x3x1x1xf32>");
  conv("tensor<1x8x100xf32>", "tensor<8x1x9xf32>", "strides [2] pads [4, 4] dilations [1] group 8",
       "tensor<1x8x50xf32>");
}

TEST_F(Contraction, DepthwiseSplitIntoWorkgroups) {
  conv("tensor<1x96x56x56xf32>", "tensor<96x1x3x3xf32>", "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 96",
       "tensor<1x96x56x56xf32>");
  conv("tensor<1x5x200x300xf32>", "tensor<5x1x5x5xf32>", "strides [2, 2] pads [2, 2, 2, 2] dilations [1, 1] group 5",
       "tensor<1x5x100x150xf32>");
}

TEST_F(Contraction, FewChannelsAGroup) {
  conv("tensor<1x6x9x20xf32>", "tensor<12x1x3x3xf32>", "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 6",
       "tensor<1x12x9x20xf32>");
  conv("tensor<1x12x9x20xf32>", "tensor<20x3x3x3xf32>", "strides [1, 2] pads [1, 1, 1, 1] dilations [1, 1] group 4",
       "tensor<1x20x9x10xf32>");
  conv("tensor<1x33x20x40xf32>", "tensor<1x33x3x3xf32>", "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 1",
       "tensor<1x1x20x40xf32>");
  conv("tensor<1x1x1x900xf32>", "tensor<1x1x1x64xf32>", "strides [1, 2] pads [0, 0, 0, 0] dilations [1, 1] group 1",
       "tensor<1x1x1x419xf32>");
  conv("tensor<1x80x6x90xf32>", "tensor<2x80x7x3xf32>", "strides [1, 1] pads [3, 1, 3, 1] dilations [1, 1] group 1",
       "tensor<1x2x6x90xf32>");
}

TEST_F(Contraction, EndThatNoWindowReaches) {
  conv("tensor<1x8x12x12xf32>", "tensor<8x1x3x3xf32>", "strides [2, 2] pads [0, 0, 1, 1] dilations [1, 1] group 8",
       "tensor<1x8x6x6xf32>");
  conv("tensor<1x3x8xf32>", "tensor<4x3x3xf32>", "strides [2] pads [0, 0] dilations [1] group 1", "tensor<1x4x3xf32>");
}

TEST_F(Contraction, Conv1DAnd3D) {
  conv("tensor<1x3x50xf32>", "tensor<7x3x5xf32>", "strides [2] pads [2, 2] dilations [1] group 1",
       "tensor<1x7x25xf32>");
  conv("tensor<1x2x5x6x7xf32>", "tensor<3x2x3x3x3xf32>",
       "strides [1, 1, 1] pads [1, 1, 1, 1, 1, 1] dilations [1, 1, 1] group 1", "tensor<1x3x5x6x7xf32>");
}

TEST_F(Contraction, ConvWithBiasAndRelu) {
  check(
      R"(func.func @kernel(%x: tensor<1x16x14x14xf32>, %w: tensor<32x16x3x3xf32>, %b: tensor<32xf32>) -> tensor<1x32x14x14xf32> {
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

TEST_F(Contraction, MatmulTiledForRegisters) {
  matmul("tensor<40x120xf32>", "tensor<120x417xf32>", "tensor<40x417xf32>");
  matmul("tensor<150x130xf32>", "tensor<130x256xf32>", "tensor<150x256xf32>");
  matmul("tensor<1x512xf32>", "tensor<512x1000xf32>", "tensor<1x1000xf32>");
  matmul("tensor<3x17x20xf32>", "tensor<3x20x33xf32>", "tensor<3x17x33xf32>");
  matmul("tensor<2x4x17x20xf32>", "tensor<20x48xf32>", "tensor<2x4x17x48xf32>");
}

TEST_F(Contraction, BatchedAndBroadcast) {
  matmul("tensor<2x3x5x8xf32>", "tensor<3x8x6xf32>", "tensor<2x3x5x6xf32>");
  matmul("tensor<2x1x5x8xf32>", "tensor<1x3x8x6xf32>", "tensor<2x3x5x6xf32>");
}

TEST_F(Contraction, Integers) { matmul("tensor<4x5xi32>", "tensor<5x6xi32>", "tensor<4x6xi32>"); }

} // namespace
