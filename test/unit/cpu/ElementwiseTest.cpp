// Element-wise kernels of the CPU against the reference evaluator.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/cpu/KernelRunner.h"

using namespace sinter::test;

namespace {

class Elementwise : public KernelTest {
protected:
  void unary(const std::string &kind, const std::string &element, InputRange range = {}, Tolerance tolerance = {}) {
    std::string type = "tensor<3x37x" + element + ">";
    checkOp("nn.unary " + kind + " %0 : " + type + " -> " + type, {type}, type, range, tolerance);
  }
  void binary(const std::string &kind, const std::string &element, InputRange range = {}, Tolerance tolerance = {}) {
    std::string type = "tensor<3x37x" + element + ">", row = "tensor<37x" + element + ">";
    checkOp("nn.binary " + kind + " %0, %1 : (" + type + ", " + row + ") -> " + type, {type, row}, type, range,
            tolerance);
  }
};

TEST_F(Elementwise, ExactUnary) {
  for (const char *kind :
       {"abs", "neg", "sqrt", "reciprocal", "floor", "ceil", "round", "sign", "relu", "softsign", "hard_swish"})
    unary(kind, "f32", {0.1, 9});
  for (const char *kind : {"abs", "neg", "floor", "ceil", "round", "sign", "relu"})
    unary(kind, "f32");
}

TEST_F(Elementwise, Functions) {
  for (const char *kind : {"exp", "sigmoid", "erf"})
    unary(kind, "f32", {-4, 4}, {8e-7, 1e-7});
}

TEST_F(Elementwise, FloatBinary) {
  for (const char *kind : {"add", "sub", "mul", "div", "min", "max", "prelu"})
    binary(kind, "f32");
  binary("pow", "f32", {0.1, 4}, {2e-6, 0});
}

TEST_F(Elementwise, IntegerBinary) {
  for (const char *element : {"i8", "i32", "i64", "ui8"})
    for (const char *kind : {"add", "sub", "mul", "min", "max"})
      binary(kind, element, {1, 40});
  for (const char *kind : {"div", "mod", "fmod"})
    binary(kind, "i32", {1, 100});
}

TEST_F(Elementwise, LargeBroadcastIsSplit) {
  check(R"(func.func @kernel(%a: tensor<1x64x56x57xf32>, %b: tensor<64x1x1xf32>) -> tensor<1x64x56x57xf32> {
    %0 = nn.binary add %a, %b : (tensor<1x64x56x57xf32>, tensor<64x1x1xf32>) -> tensor<1x64x56x57xf32>
    %1 = nn.unary relu %0 : tensor<1x64x56x57xf32> -> tensor<1x64x56x57xf32>
    return %1 : tensor<1x64x56x57xf32>
  })");
}

TEST_F(Elementwise, UnevenLastWorkgroup) {
  check(R"(func.func @kernel(%a: tensor<1000003xf32>) -> tensor<1000003xf32> {
    %0 = nn.unary sigmoid %a : tensor<1000003xf32> -> tensor<1000003xf32>
    return %0 : tensor<1000003xf32>
  })");
}

TEST_F(Elementwise, CompareSelectCast) {
  check(R"(func.func @kernel(%a: tensor<5x33xf32>, %b: tensor<33xf32>) -> (tensor<5x33xf32>, tensor<5x33xi1>) {
    %c = nn.compare lt %a, %b : (tensor<5x33xf32>, tensor<33xf32>) -> tensor<5x33xi1>
    %s = nn.select %c, %a, %b : (tensor<5x33xi1>, tensor<5x33xf32>, tensor<33xf32>) -> tensor<5x33xf32>
    return %s, %c : tensor<5x33xf32>, tensor<5x33xi1>
  })");
  checkOp("nn.cast %0 : tensor<77xf32> -> tensor<77xi32>", {"tensor<77xf32>"}, "tensor<77xi32>");
  checkOp("nn.cast %0 : tensor<77xi64> -> tensor<77xf32>", {"tensor<77xi64>"}, "tensor<77xf32>");
  checkOp("nn.cast %0 : tensor<77xf32> -> tensor<77xi1>", {"tensor<77xf32>"}, "tensor<77xi1>");
  checkOp("nn.cast %0 : tensor<77xi1> -> tensor<77xf32>", {"tensor<77xi1>"}, "tensor<77xf32>");
}

TEST_F(Elementwise, HalfFloats) {
  for (const char *element : {"f16", "bf16"}) {
    unary("sigmoid", element);
    binary("add", element);
  }
}

TEST_F(Elementwise, Remainders) {
  for (const char *kind : {"mod", "fmod"}) {
    binary(kind, "f32", {-4, 4});
    checkOp(std::string("nn.binary ") + kind + " %0, %1 : (tensor<99xf32>, tensor<f32>) -> tensor<99xf32>",
            {"tensor<99xf32>", "tensor<f32>"}, "tensor<99xf32>", {-3e9, 3e9});
    binary(kind, "i32", {-9, 9});
  }
  for (const char *kind : {"div", "shift_right", "shift_left", "pow"})
    binary(kind, "i32", {-9, 9});
  for (const char *kind : {"div", "shift_right", "pow"})
    binary(kind, "ui8", {0, 20});
}

TEST_F(Elementwise, CastsOutOfRange) {
  for (const char *to : {"i8", "ui8", "i16", "ui16", "i32", "ui32", "i64", "ui64"})
    for (const char *from : {"f32", "f64"}) {
      std::string in = std::string("tensor<99x") + from + ">", out = std::string("tensor<99x") + to + ">";
      for (double range : {1e5, 3e19})
        checkOp("nn.cast %0 : " + in + " -> " + out, {in}, out, {-range, range});
    }
  for (const char *to : {"f16", "bf16"})
    for (const char *from : {"f32", "f64"}) {
      std::string in = std::string("tensor<99x") + from + ">", out = std::string("tensor<99x") + to + ">";
      for (double range : {1e-4, 70000.0})
        checkOp("nn.cast %0 : " + in + " -> " + out, {in}, out, {-range, range}, {0, 0});
    }
}

} // namespace
