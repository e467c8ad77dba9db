// Reductions, normalisation and pooling of the CPU against the reference evaluator.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/cpu/KernelRunner.h"

using namespace sinter::test;

namespace {

class Reduce : public KernelTest {
protected:
  void reduce(const std::string &kind, const std::string &in, const std::string &axes, const std::string &out,
              InputRange range = {}, Tolerance tolerance = {1e-5, 1e-5}) {
    checkOp("nn.reduce " + kind + " %0 axes [" + axes + "] keepdims false : " + in + " -> " + out, {in}, out, range,
            tolerance);
  }
};

TEST_F(Reduce, Rows) {
  for (const char *kind : {"sum", "mean", "max", "min", "sum_square", "l1"}) {
    reduce(kind, "tensor<5x133xf32>", "1", "tensor<5xf32>");
    reduce(kind, "tensor<5x7xf32>", "1", "tensor<5xf32>");
    reduce(kind, "tensor<64x32xf32>", "1", "tensor<64xf32>");
  }
  reduce("prod", "tensor<5x40xf32>", "1", "tensor<5xf32>", {0.9, 1.1});
}

TEST_F(Reduce, Columns) {
  for (const char *kind : {"sum", "mean", "max", "min"}) {
    reduce(kind, "tensor<9x133xf32>", "0", "tensor<133xf32>");
    reduce(kind, "tensor<3x9x20xf32>", "1", "tensor<3x20xf32>");
    reduce(kind, "tensor<3x9x20xf32>", "0, 2", "tensor<9xf32>");
    reduce(kind, "tensor<3x9x20xf32>", "0, 1, 2", "tensor<f32>");
  }
}

TEST_F(Reduce, OtherTypes) {
  for (const char *kind : {"sum", "max", "min"}) {
    reduce(kind, "tensor<5x133xi32>", "1", "tensor<5xi32>");
    reduce(kind, "tensor<5x33xi64>", "0", "tensor<33xi64>");
    reduce(kind, "tensor<5x33xf64>", "1", "tensor<5xf64>");
  }
  reduce("max", "tensor<5x33xui8>", "1", "tensor<5xui8>", {0, 255});
}

TEST_F(Reduce, LargeIsSplit) {
  reduce("mean", "tensor<1x128x56x56xf32>", "2, 3", "tensor<1x128xf32>");
  reduce("sum", "tensor<300x4000xf32>", "0", "tensor<4000xf32>", {0.5, 4}); // No cancellation.
}

TEST_F(Reduce, Softmax) {
  Tolerance few = {2e-6, 1e-7};
  for (const char *type : {"tensor<4x133xf32>", "tensor<7x5xf32>", "tensor<600x1000xf32>"})
    checkOp(std::string("nn.softmax %0 axis 1 : ") + type + " -> " + type, {type}, type, {}, few);
  checkOp("nn.softmax %0 axis 1 : tensor<3x9x20xf32> -> tensor<3x9x20xf32>", {"tensor<3x9x20xf32>"},
          "tensor<3x9x20xf32>", {}, few);
  checkOp("nn.softmax %0 axis 1 {log = true} : tensor<4x33xf32> -> tensor<4x33xf32>", {"tensor<4x33xf32>"},
          "tensor<4x33xf32>", {}, few);
}

TEST_F(Reduce, LayerNorm) {
  checkOp("nn.layer_norm %0 scale %1 bias %2 axis 1 epsilon 1.000000e-05 : "
          "(tensor<40x96xf32>, tensor<96xf32>, tensor<96xf32>) -> tensor<40x96xf32>",
          {"tensor<40x96xf32>", "tensor<96xf32>", "tensor<96xf32>"}, "tensor<40x96xf32>", {}, {1e-5, 2e-6});
  checkOp("nn.layer_norm %0 axis 1 epsilon 1.000000e-05 {rms = true} : (tensor<3x4x9xf32>) -> tensor<3x4x9xf32>",
          {"tensor<3x4x9xf32>"}, "tensor<3x4x9xf32>", {}, {1e-5, 2e-6});
}

TEST_F(Reduce, Pool) {
  for (const char *kind : {"max", "average", "average_include_pad"}) {
    std::string op = std::string("nn.pool ") + kind;
    checkOp(op + " %0 kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] : tensor<1x4x15x18xf32> -> "
                 "tensor<1x4x8x9xf32>",
            {"tensor<1x4x15x18xf32>"}, "tensor<1x4x8x9xf32>");
    checkOp(op + " %0 kernel [2, 3] strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] : tensor<2x3x9x70xf32> -> "
                 "tensor<2x3x8x68xf32>",
            {"tensor<2x3x9x70xf32>"}, "tensor<2x3x8x68xf32>");
    checkOp(op + " %0 kernel [3] strides [2] pads [1, 0] dilations [1] : tensor<1x3x20xf32> -> tensor<1x3x10xf32>",
            {"tensor<1x3x20xf32>"}, "tensor<1x3x10xf32>");
  }
  checkOp(
      "nn.pool max %0 kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] : tensor<1x64x112x112xf32> -> "
      "tensor<1x64x56x56xf32>",
      {"tensor<1x64x112x112xf32>"}, "tensor<1x64x56x56xf32>");
}

TEST_F(Reduce, ProducerAndEpilogue) {
  check(R"(func.func @kernel(%a: tensor<8x300xf32>, %b: tensor<8x300xf32>) -> tensor<8x1xf32> {
    %0 = nn.binary sub %a, %b : (tensor<8x300xf32>, tensor<8x300xf32>) -> tensor<8x300xf32>
    %1 = nn.unary abs %0 : tensor<8x300xf32> -> tensor<8x300xf32>
    %2 = nn.reduce mean %1 axes [1] keepdims true : tensor<8x300xf32> -> tensor<8x1xf32>
    %3 = nn.unary sqrt %2 : tensor<8x1xf32> -> tensor<8x1xf32>
    return %3 : tensor<8x1xf32>
  })",
        {}, {1e-5, 1e-5});
}

} // namespace
