// Data movement, resizing, scans and recurrences of the CPU against the reference evaluator.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/cpu/KernelRunner.h"

using namespace sinter::test;

namespace {

class Movement : public KernelTest {};

TEST_F(Movement, Transpose) {
  checkOp("nn.transpose %0 permutation [0, 2, 1] : tensor<3x37x20xf32> -> tensor<3x20x37xf32>", {"tensor<3x37x20xf32>"},
          "tensor<3x20x37xf32>");
  checkOp("nn.transpose %0 permutation [0, 2, 3, 1] : tensor<1x64x56x56xf32> -> tensor<1x56x56x64xf32>",
          {"tensor<1x64x56x56xf32>"}, "tensor<1x56x56x64xf32>");
  checkOp("nn.transpose %0 permutation [2, 0, 1] : tensor<3x5x7xi8> -> tensor<7x3x5xi8>", {"tensor<3x5x7xi8>"},
          "tensor<7x3x5xi8>");
  checkOp("nn.transpose %0 permutation [1, 0] : tensor<33x17xi1> -> tensor<17x33xi1>", {"tensor<33x17xi1>"},
          "tensor<17x33xi1>");
}

TEST_F(Movement, Slice) {
  checkOp("nn.slice %0 starts [1, 3] sizes [2, 30] steps [1, 1] : tensor<5x37xf32> -> tensor<2x30xf32>",
          {"tensor<5x37xf32>"}, "tensor<2x30xf32>");
  checkOp("nn.slice %0 starts [4, 36] sizes [3, 12] steps [-2, -3] : tensor<5x37xf32> -> tensor<3x12xf32>",
          {"tensor<5x37xf32>"}, "tensor<3x12xf32>");
  checkOp("nn.slice %0 starts [0, 1] sizes [5, 18] steps [1, 2] : tensor<5x37xf16> -> tensor<5x18xf16>",
          {"tensor<5x37xf16>"}, "tensor<5x18xf16>");
}

TEST_F(Movement, SliceIntoElementwise) {
  check(R"(func.func @kernel(%a: tensor<8x64x40xf32>) -> tensor<8x32x40xf32> {
    %0 = nn.slice %a starts [0, 0, 0] sizes [8, 32, 40] steps [1, 1, 1] : tensor<8x64x40xf32> -> tensor<8x32x40xf32>
    %1 = nn.slice %a starts [0, 32, 0] sizes [8, 32, 40] steps [1, 1, 1] : tensor<8x64x40xf32> -> tensor<8x32x40xf32>
    %2 = nn.binary mul %0, %1 : (tensor<8x32x40xf32>, tensor<8x32x40xf32>) -> tensor<8x32x40xf32>
    return %2 : tensor<8x32x40xf32>
  })");
}

TEST_F(Movement, Concat) {
  checkOp(
      "nn.concat %0, %1, %2 axis 1 : (tensor<3x5x9xf32>, tensor<3x1x9xf32>, tensor<3x32x9xf32>) -> tensor<3x38x9xf32>",
      {"tensor<3x5x9xf32>", "tensor<3x1x9xf32>", "tensor<3x32x9xf32>"}, "tensor<3x38x9xf32>");
  checkOp("nn.concat %0, %1 axis 0 : (tensor<7xi64>, tensor<1xi64>) -> tensor<8xi64>",
          {"tensor<7xi64>", "tensor<1xi64>"}, "tensor<8xi64>");
  check(R"(func.func @kernel(%a: tensor<2x5xf32>, %b: tensor<2x7xf32>) -> tensor<2x12xf32> {
    %0 = nn.unary relu %a : tensor<2x5xf32> -> tensor<2x5xf32>
    %1 = nn.concat %0, %b axis 1 : (tensor<2x5xf32>, tensor<2x7xf32>) -> tensor<2x12xf32>
    return %1 : tensor<2x12xf32>
  })");
}

TEST_F(Movement, Pad) {
  for (const char *mode : {"constant", "edge", "reflect", "wrap"})
    checkOp(std::string("nn.pad ") + mode + " %0 pads [0, 3, 1, 8] : (tensor<5x9xf32>) -> tensor<6x20xf32>",
            {"tensor<5x9xf32>"}, "tensor<6x20xf32>");
  checkOp("nn.pad constant %0, %1 pads [-1, 2, 1, -3] : (tensor<5x9xf32>, tensor<f32>) -> tensor<5x8xf32>",
          {"tensor<5x9xf32>", "tensor<f32>"}, "tensor<5x8xf32>");
  checkOp("nn.pad edge %0 pads [-2, 3] : (tensor<9xi32>) -> tensor<10xi32>", {"tensor<9xi32>"}, "tensor<10xi32>");
  checkOp("nn.pad reflect %0 pads [7, 9] : (tensor<3xi32>) -> tensor<19xi32>", {"tensor<3xi32>"}, "tensor<19xi32>");
}

TEST_F(Movement, Gather) {
  // Indices leave the axis on both sides: they are brought back.
  checkOp("nn.gather %0, %1 axis 1 : (tensor<3x6x5xf32>, tensor<2x4xi64>) -> tensor<3x2x4x5xf32>",
          {"tensor<3x6x5xf32>", "tensor<2x4xi64>"}, "tensor<3x2x4x5xf32>", {-9, 9});
  checkOp("nn.gather %0, %1 axis 0 : (tensor<6x40xf32>, tensor<i32>) -> tensor<40xf32>",
          {"tensor<6x40xf32>", "tensor<i32>"}, "tensor<40xf32>");
  checkOp("nn.gather %0, %1 axis 0 : (tensor<300x384xf32>, tensor<1x200xi64>) -> tensor<1x200x384xf32>",
          {"tensor<300x384xf32>", "tensor<1x200xi64>"}, "tensor<1x200x384xf32>", {0, 299});
  checkOp("nn.gather_elements %0, %1 axis 1 : (tensor<3x6xi8>, tensor<3x4xi64>) -> tensor<3x4xi8>",
          {"tensor<3x6xi8>", "tensor<3x4xi64>"}, "tensor<3x4xi8>", {-6, 5});
  // Data and indices are one tensor: the result must not take its place.
  check(R"(func.func @kernel(%a: tensor<16xi64>) -> tensor<16xi64> {
    %0 = nn.gather_elements %a, %a axis 0 : (tensor<16xi64>, tensor<16xi64>) -> tensor<16xi64>
    return %0 : tensor<16xi64>
  })",
        {0, 15});
  checkOp("nn.gather_nd %0, %1 batch_dims 1 : (tensor<2x3x4x5xf32>, tensor<2x7x2xi64>) -> tensor<2x7x5xf32>",
          {"tensor<2x3x4x5xf32>", "tensor<2x7x2xi64>"}, "tensor<2x7x5xf32>", {-2, 2});
}

TEST_F(Movement, Scatter) {
  for (const char *kind : {"none", "add", "mul", "max", "min"})
    checkOp(std::string("nn.scatter_elements ") + kind +
                " %0, %1, %2 axis 1 : (tensor<3x6xf32>, tensor<3x8xi64>, tensor<3x8xf32>) -> tensor<3x6xf32>",
            {"tensor<3x6xf32>", "tensor<3x8xi64>", "tensor<3x8xf32>"}, "tensor<3x6xf32>", {-6, 5}, {1e-6, 1e-6});
  checkOp("nn.scatter_nd add %0, %1, %2 : (tensor<4x6xi32>, tensor<5x1xi64>, tensor<5x6xi32>) -> tensor<4x6xi32>",
          {"tensor<4x6xi32>", "tensor<5x1xi64>", "tensor<5x6xi32>"}, "tensor<4x6xi32>");
}

TEST_F(Movement, Resize) {
  for (const char *rest : {"asymmetric floor", "half_pixel round_prefer_floor", "half_pixel round_prefer_ceil",
                           "align_corners ceil", "pytorch_half_pixel round_prefer_floor", "half_pixel_symmetric floor"})
    for (const char *mode : {"nearest", "linear", "cubic"})
      checkOp(std::string("nn.resize ") + mode + " %0 scales [1.0, 1.0, 2.0, 0.6] " + rest +
                  " : tensor<1x2x7x10xf32> -> tensor<1x2x14x6xf32>",
              {"tensor<1x2x7x10xf32>"}, "tensor<1x2x14x6xf32>", {}, {1e-6, 2e-6});
  checkOp("nn.resize cubic %0 scales [2.0] half_pixel floor {exclude_outside = true} : tensor<5xf32> -> tensor<10xf32>",
          {"tensor<5xf32>"}, "tensor<10xf32>", {}, {1e-6, 2e-6});
  checkOp("nn.resize nearest %0 scales [1.0, 1.0, 2.0, 2.0] asymmetric floor : tensor<1x96x40x40xf32> -> "
          "tensor<1x96x80x80xf32>",
          {"tensor<1x96x40x40xf32>"}, "tensor<1x96x80x80xf32>");
  checkOp("nn.resize nearest %0 scales [3.0] asymmetric floor : tensor<5xui8> -> tensor<15xui8>", {"tensor<5xui8>"},
          "tensor<15xui8>", {0, 200});
}

TEST_F(Movement, Scans) {
  for (const char *flags :
       {"exclusive false reverse false", "exclusive true reverse false", "exclusive true reverse true"}) {
    checkOp(std::string("nn.cumsum %0 axis 1 ") + flags + " : tensor<3x40x2xf32> -> tensor<3x40x2xf32>",
            {"tensor<3x40x2xf32>"}, "tensor<3x40x2xf32>");
    checkOp(std::string("nn.cumsum %0 axis 0 ") + flags + " : tensor<9xi32> -> tensor<9xi32>", {"tensor<9xi32>"},
            "tensor<9xi32>");
  }
  // Integers between -4 and 4: many ties.
  for (const char *kind : {"max", "min"})
    for (const char *last : {"false", "true"}) {
      checkOp(std::string("nn.arg_reduce ") + kind + " %0 axis 1 keepdims false select_last " + last +
                  " : tensor<5x40xi32> -> tensor<5xi64>",
              {"tensor<5x40xi32>"}, "tensor<5xi64>");
      checkOp(std::string("nn.arg_reduce ") + kind + " %0 axis 0 keepdims true select_last " + last +
                  " : tensor<40x3xf32> -> tensor<1x3xi64>",
              {"tensor<40x3xf32>"}, "tensor<1x3xi64>");
    }
}

TEST_F(Movement, TopK) {
  for (const char *largest : {"true", "false"})
    for (const char *element : {"f32", "i32", "ui8"}) {
      std::string in = std::string("tensor<3x40x2x") + element + ">",
                  out = std::string("tensor<3x7x2x") + element + ">";
      check("func.func @kernel(%a: " + in + ") -> (" + out +
                ", tensor<3x7x2xi64>) {\n%v, %i = nn.topk %a k 7 axis 1 largest " + largest + " : " + in + " -> " +
                out + ", tensor<3x7x2xi64>\nreturn %v, %i : " + out + ", tensor<3x7x2xi64>\n}",
            {0, 20});
    }
}

TEST_F(Movement, Lstm) {
  for (const char *direction : {"forward", "reverse", "bidirectional"}) {
    std::string d = std::string(direction) == "bidirectional" ? "2" : "1";
    std::string types = "tensor<5x2x19xf32>, tensor<" + d + "x96x19xf32>, tensor<" + d + "x96x24xf32>, tensor<" + d +
                        "x192xf32>, tensor<" + d + "x2x24xf32>, tensor<" + d + "x2x24xf32>";
    std::string results = "tensor<5x" + d + "x2x24xf32>, tensor<" + d + "x2x24xf32>, tensor<" + d + "x2x24xf32>";
    check("func.func @kernel(%x: tensor<5x2x19xf32>, %w: tensor<" + d + "x96x19xf32>, %r: tensor<" + d +
              "x96x24xf32>, %b: tensor<" + d + "x192xf32>, %h: tensor<" + d + "x2x24xf32>, %c: tensor<" + d +
              "x2x24xf32>) -> (" + results + ") {\n%y, %yh, %yc = nn.lstm " + direction +
              " %x, %w, %r, %b, %h, %c : (" + types + ") -> (" + results + ")\nreturn %y, %yh, %yc : " + results +
              "\n}",
          {-0.5, 0.5}, {2e-5, 2e-6});
  }
}

} // namespace
