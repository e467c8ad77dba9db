// The simplify stage keeps what a function means: the reference evaluator before and after, on seeded values.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/simplify/Simplify.h"
#include "compiler/support/Registration.h"
#include "dialects/nn/Evaluator.h"
#include "dialects/nn/Nn.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace mlir;
using namespace sinter::nn;

namespace {
class SimplifyTest : public ::testing::Test {
protected:
  SimplifyTest() {
    DialectRegistry registry;
    sinter::registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  Tensor random(RankedTensorType type) {
    std::uniform_real_distribution<double> uniform(-2, 2);
    std::vector<double> values(type.getNumElements());
    for (double &value : values)
      value = uniform(generator);
    return Tensor::fromDoubles(type, values);
  }

  SmallVector<Tensor> evaluated(ModuleOp module, ArrayRef<Tensor> arguments) {
    FailureOr<SmallVector<Tensor>> results = evaluateFunction(*module.getOps<func::FuncOp>().begin(), arguments);
    EXPECT_TRUE(succeeded(results));
    return succeeded(results) ? *results : SmallVector<Tensor>();
  }

  // The function's results before and after simplification agree; `gone` names an operator that is no longer there.
  void check(const std::string &text, StringRef gone) {
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(module) << text;
    func::FuncOp function = *module->getOps<func::FuncOp>().begin();
    SmallVector<Tensor> arguments;
    for (Type type : function.getArgumentTypes())
      arguments.push_back(random(cast<RankedTensorType>(type)));
    SmallVector<Tensor> expected = evaluated(*module, arguments);
    PassManager manager(&context);
    sinter::buildSimplifyPipeline(manager);
    ASSERT_TRUE(succeeded(manager.run(*module))) << text;
    module->walk([&](Operation *op) { EXPECT_NE(op->getName().getStringRef(), gone) << text; });
    SmallVector<Tensor> actual = evaluated(*module, arguments);
    ASSERT_EQ(expected.size(), actual.size());
    for (auto [want, got] : llvm::zip(expected, actual))
      expectClose(want, got, text);
  }

  void expectClose(const Tensor &want, const Tensor &got, const std::string &text) {
    ASSERT_EQ(want.getType(), got.getType());
    if (!isa<FloatType>(want.getElementType())) {
      EXPECT_EQ(want.toInts(), got.toInts()) << text;
      return;
    }
    std::vector<double> x = want.toDoubles(), y = got.toDoubles();
    for (size_t i = 0; i < x.size(); ++i)
      ASSERT_NEAR(x[i], y[i], 1e-5 * std::max(1.0, std::fabs(x[i]))) << "element " << i << "\n" << text;
  }

  std::mt19937 generator{7};
  MLIRContext context;
};

std::string convTranspose(const char *input, const char *filter, const char *bias, const char *attributes,
                          const char *result) {
  std::string in = std::string("tensor<") + input + "xf32>", w = std::string("tensor<") + filter + "xf32>";
  std::string b = std::string("tensor<") + bias + "xf32>", out = std::string("tensor<") + result + "xf32>";
  return "func.func @f(%x: " + in + ", %w: " + w + ", %b: " + b + ") -> " + out +
         " {\n%0 = nn.conv_transpose %x, %w, %b " + attributes + " : (" + in + ", " + w + ", " + b + ") -> " + out +
         "\nreturn %0 : " + out + "\n}";
}
} // namespace

TEST_F(SimplifyTest, ConvTranspose) {
  const char *gone = "nn.conv_transpose";
  check(convTranspose("1x3x5x4", "3x2x2x2", "2",
                      "strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] group 1 output_padding [0, 0]", "1x2x10x8"),
        gone);
  check(convTranspose("2x3x5x4", "3x2x3x3", "2",
                      "strides [2, 3] pads [1, 0, 1, 2] dilations [1, 1] group 1 output_padding [1, 0]", "2x2x10x10"),
        gone);
  check(convTranspose("1x4x6", "4x3x4", "6", "strides [2] pads [1, 1] dilations [2] group 2 output_padding [0]",
                      "1x6x15"),
        gone);
  check(
      convTranspose("1x4x6", "4x1x3", "1", "strides [1] pads [0, 0] dilations [1] group 1 output_padding [0]", "1x1x8"),
      gone);
  check(convTranspose("1x2x4", "2x1x2", "1", "strides [4] pads [0, 0] dilations [1] group 1 output_padding [3]",
                      "1x1x17"),
        gone);
  check(convTranspose("1x2x2x3x2", "2x1x2x3x1", "1",
                      "strides [2, 1, 2] pads [0, 1, 0, 0, 1, 0] dilations [1, 1, 1] group 1 output_padding [0, 0, 1]",
                      "1x1x4x3x4"),
        gone);
}

TEST_F(SimplifyTest, DynamicQuantize) {
  check(R"(func.func @f(%x: tensor<3x7xf32>) -> (tensor<3x7xui8>, tensor<f32>, tensor<ui8>) {
    %0:3 = nn.dynamic_quantize %x : tensor<3x7xf32> -> tensor<3x7xui8>, tensor<f32>, tensor<ui8>
    return %0#0, %0#1, %0#2 : tensor<3x7xui8>, tensor<f32>, tensor<ui8>
  })",
        "nn.dynamic_quantize");
}

TEST_F(SimplifyTest, BatchNormalisationAfterPaddedConvolution) {
  check(R"(func.func @f(%x: tensor<1x2x4x4xf32>) -> tensor<1x3x4x4xf32> {
    %w = nn.constant dense<[[[[1.0]], [[2.0]]], [[[0.5]], [[-1.0]]], [[[3.0]], [[0.25]]]]> : tensor<3x2x1x1xf32>
    %p = nn.pad constant %x pads [0, 0, 1, 1, 0, 0, -1, -1] : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
    %s = nn.constant dense<[[[1.5]], [[-2.0]], [[0.1]]]> : tensor<3x1x1xf32>
    %b = nn.constant dense<[[[0.5]], [[1.0]], [[-3.0]]]> : tensor<3x1x1xf32>
    %0 = nn.conv %p, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1 : (tensor<1x2x4x4xf32>, tensor<3x2x1x1xf32>) -> tensor<1x3x4x4xf32>
    %1 = nn.binary sub %0, %b : (tensor<1x3x4x4xf32>, tensor<3x1x1xf32>) -> tensor<1x3x4x4xf32>
    %2 = nn.binary mul %1, %s : (tensor<1x3x4x4xf32>, tensor<3x1x1xf32>) -> tensor<1x3x4x4xf32>
    %3 = nn.binary add %b, %2 : (tensor<3x1x1xf32>, tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32>
    return %3 : tensor<1x3x4x4xf32>
  })",
        "nn.binary");
}

TEST_F(SimplifyTest, Activations) {
  check(R"(func.func @f(%x: tensor<40xf32>) -> (tensor<40xf32>, tensor<40xf32>) {
    %zero = nn.constant dense<0.0> : tensor<f32>
    %three = nn.constant dense<3.0> : tensor<f32>
    %six = nn.constant dense<6.0> : tensor<f32>
    %0 = nn.binary add %x, %three : (tensor<40xf32>, tensor<f32>) -> tensor<40xf32>
    %1 = nn.binary max %0, %zero : (tensor<40xf32>, tensor<f32>) -> tensor<40xf32>
    %2 = nn.binary min %1, %six : (tensor<40xf32>, tensor<f32>) -> tensor<40xf32>
    %3 = nn.binary mul %x, %2 : (tensor<40xf32>, tensor<40xf32>) -> tensor<40xf32>
    %4 = nn.binary div %3, %six : (tensor<40xf32>, tensor<f32>) -> tensor<40xf32>
    %5 = nn.binary div %2, %six : (tensor<40xf32>, tensor<f32>) -> tensor<40xf32>
    return %4, %4 : tensor<40xf32>, tensor<40xf32>
  })",
        "nn.binary");
}
