// Quantised operators of the CPU: every bit as the reference evaluator's.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/cpu/KernelRunner.h"

using namespace sinter::test;

namespace {

constexpr InputRange allSigned = {-128, 127}, allUnsigned = {0, 255};

std::string tensor(const std::string &shape, const std::string &type) {
  return "tensor<" + shape + "x!quant.uniform<" + type + ">>";
}

class Quantized : public KernelTest {
protected:
  /// A convolution with a bias, by both ways of requantizing: in double where the accumulator is proven small, else in
  /// integers.
  void conv(const std::string &x, const std::string &w, const std::string &channels, const std::string &y,
            const std::string &window, InputRange range = allSigned) {
    std::string bias = "tensor<" + channels + "xi32>";
    for (const char *attributes : {"", " {nn.accumulator_bits = 26 : i64}"})
      checkOp("nn.conv %0, %1, %2 " + window + attributes + " : (" + x + ", " + w + ", " + bias + ") -> " + y,
              {x, w, bias}, y, range);
  }
};

TEST_F(Quantized, ConvPointwise) {
  conv(tensor("1x24x7x9", "i8:f32, 0.05:-11"), tensor("13x24x1x1", "i8:f32, 0.01"), "13",
       tensor("1x13x7x9", "i8:f32, 0.31:17"), "strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1");
}

TEST_F(Quantized, ConvPaddedAndStrided) {
  conv(tensor("2x3x11x19", "i8:f32, 0.05:-128"), tensor("8x3x3x3", "i8:f32, 0.01"), "8",
       tensor("2x8x6x10", "i8:f32, 0.2:-128"), "strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] group 1");
  conv(tensor("1x4x12x70", "u8:f32, 0.05:100"), tensor("6x4x3x3", "u8:f32, 0.01:77"), "6",
       tensor("1x6x12x70", "u8:f32, 0.4:9"), "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 1", allUnsigned);
}

TEST_F(Quantized, ConvDepthwise) {
  conv(tensor("1x16x10x10", "i8:f32, 0.05:3"), tensor("16x1x3x3", "i8:f32, 0.01"), "16",
       tensor("1x16x10x10", "i8:f32, 0.06:-5"), "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 16");
}

TEST_F(Quantized, ConvPerChannel) {
  conv(tensor("1x3x8x8", "i8:f32, 0.05:3"), tensor("4x3x3x3", "i8:f32:0, {0.01, 0.02:1, 0.005:-7, 0.5}"), "4",
       tensor("1x4x6x6", "i8:f32, 0.3"), "strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1");
}

TEST_F(Quantized, ConvOneDimension) {
  conv(tensor("1x6x40", "i8:f32, 0.05:3"), tensor("4x3x5", "i8:f32, 0.01"), "4", tensor("1x4x38", "i8:f32, 0.1:1"),
       "strides [1] pads [1, 1] dilations [1] group 2");
}

TEST_F(Quantized, Matmul) {
  std::string x = tensor("5x37", "i8:f32, 0.05:9"), w = tensor("37x21", "i8:f32, 0.01"),
              y = tensor("5x21", "i8:f32, 0.2:-40");
  for (const char *attributes : {"", " {nn.accumulator_bits = 26 : i64}"})
    checkOp("nn.matmul %0, %1, %2" + std::string(attributes) + " : (" + x + ", " + w + ", tensor<21xi32>) -> " + y,
            {x, w, "tensor<21xi32>"}, y, allSigned);
  std::string a = tensor("3x4x8", "u8:f32, 0.05:128"), b = tensor("1x8x6", "u8:f32, 0.01:3"),
              c = tensor("3x4x6", "u8:f32, 0.2:90");
  checkOp("nn.matmul %0, %1 : (" + a + ", " + b + ") -> " + c, {a, b}, c, allUnsigned);
}

TEST_F(Quantized, Binary) {
  std::string x = tensor("3x70", "i8:f32, 0.05:9"), y = tensor("3x70", "i8:f32, 0.021:-100"),
              z = tensor("3x70", "i8:f32, 0.063:4");
  for (const char *kind : {"add", "sub", "mul"})
    checkOp(std::string("nn.binary ") + kind + " %0, %1 : (" + x + ", " + y + ") -> " + z, {x, y}, z, allSigned);
  std::string row = tensor("70", "i8:f32, 0.25");
  checkOp("nn.binary add %0, %1 {nn.clamp = array<i64: 4, 60>} : (" + x + ", " + row + ") -> " + z, {x, row}, z,
          allSigned);
}

TEST_F(Quantized, Tables) {
  std::string x = tensor("3x70", "i8:f32, 0.05:9"), y = tensor("3x70", "u8:f32, 0.00390625");
  for (const char *kind : {"sigmoid", "hard_swish", "tanh", "relu"})
    checkOp(std::string("nn.unary ") + kind + " %0 : " + x + " -> " + y, {x}, y, allSigned);
}

TEST_F(Quantized, Requantize) {
  std::string x = tensor("3x70", "i8:f32, 0.05:9"), y = tensor("3x70", "u8:f32, 0.11:128");
  checkOp("nn.quantize %0 : " + x + " -> " + y, {x}, y, allSigned);
  std::string z = tensor("3x70", "i8:f32, 0.05:9");
  checkOp("nn.quantize %0 {nn.clamp = array<i64: 9, 100>} : " + x + " -> " + z, {x}, z, allSigned);
}

TEST_F(Quantized, Concat) {
  std::string x = tensor("3x20", "i8:f32, 0.05:9"), y = tensor("3x30", "i8:f32, 0.11:-3"),
              z = tensor("3x50", "i8:f32, 0.11:-3");
  checkOp("nn.concat %0, %1 axis 1 : (" + x + ", " + y + ") -> " + z, {x, y}, z, allSigned);
}

TEST_F(Quantized, Pool) {
  std::string window = " kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] : ";
  std::string x = tensor("1x5x9x9", "i8:f32, 0.05:9"), y = tensor("1x5x5x5", "i8:f32, 0.03:-7"),
              same = tensor("1x5x5x5", "i8:f32, 0.05:9");
  for (const char *kind : {"average", "average_include_pad"})
    checkOp(std::string("nn.pool ") + kind + " %0" + window + x + " -> " + y, {x}, y, allSigned);
  checkOp("nn.pool max %0" + window + x + " -> " + same, {x}, same, allSigned);
  std::string u = tensor("1x5x9x9", "u8:f32, 0.05:9"), v = tensor("1x5x5x5", "u8:f32, 0.05:9");
  checkOp("nn.pool max %0" + window + u + " -> " + v, {u}, v, allUnsigned);
}

TEST_F(Quantized, Mean) {
  std::string x = tensor("2x40x7x7", "i8:f32, 0.05:9"), y = tensor("2x40x1x1", "i8:f32, 0.02:-7");
  checkOp("nn.reduce mean %0 axes [2, 3] keepdims true : " + x + " -> " + y, {x}, y, allSigned);
}

TEST_F(Quantized, Softmax) {
  for (const char *scale : {"0.05:9", "0.2"}) {
    std::string x = tensor("6x33", std::string("i8:f32, ") + scale), y = tensor("6x33", "i8:f32, 0.00390625:-128");
    checkOp("nn.softmax %0 axis 1 : " + x + " -> " + y, {x}, y, allSigned);
  }
  std::string u = tensor("2x10x3", "u8:f32, 0.1:3"), v = tensor("2x10x3", "u8:f32, 0.00390625");
  checkOp("nn.softmax %0 axis 1 : " + u + " -> " + v, {u}, v, allUnsigned);
}

} // namespace
