// The reference evaluator against values computed by hand or taken from ONNX's documentation.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/Evaluator.h"
#include "compiler/support/Registration.h"
#include "dialects/nn/Nn.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace sinter::nn;

namespace {
class EvaluatorTest : public ::testing::Test {
protected:
  EvaluatorTest() {
    DialectRegistry registry;
    sinter::registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  // Results of the body `text`, whose last line returns; it takes no arguments.
  SmallVector<Tensor> run(StringRef text, StringRef resultTypes) {
    std::string source = ("func.func @f() -> (" + resultTypes + ") {\n" + text + "\n}").str();
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(source, &context);
    if (!module) {
      ADD_FAILURE() << "does not parse:\n" << source;
      return {};
    }
    FailureOr<SmallVector<Tensor>> results = evaluateFunction(*module->getOps<func::FuncOp>().begin(), {});
    EXPECT_TRUE(succeeded(results));
    return succeeded(results) ? *results : SmallVector<Tensor>();
  }

  void expectFloats(StringRef text, StringRef type, std::vector<double> expected, double tolerance = 0) {
    SmallVector<Tensor> results = run((text + "\nreturn %r : " + type).str(), type);
    ASSERT_EQ(results.size(), 1u);
    std::vector<double> values = results[0].toDoubles();
    ASSERT_EQ(values.size(), expected.size());
    for (size_t i = 0; i < values.size(); ++i) {
      if (std::isnan(expected[i]))
        EXPECT_TRUE(std::isnan(values[i])) << "element " << i << " is " << values[i];
      else if (values[i] != expected[i])
        EXPECT_NEAR(values[i], expected[i], tolerance) << "element " << i;
    }
  }

  void expectInts(StringRef text, StringRef type, std::vector<int64_t> expected) {
    SmallVector<Tensor> results = run((text + "\nreturn %r : " + type).str(), type);
    ASSERT_EQ(results.size(), 1u);
    EXPECT_EQ(results[0].toInts(), expected);
  }

  MLIRContext context;
};
} // namespace

//===--------------------------------------------------------------------------------------------------------------===//
// Tensors
//===--------------------------------------------------------------------------------------------------------------===//

TEST_F(EvaluatorTest, AttributesRoundTrip) {
  const char *attributes[] = {
      "dense<[1.5, -2.0, 3.0]> : tensor<3xf32>",   "dense<7> : tensor<4xi64>",
      "dense<[true, false, true]> : tensor<3xi1>", "dense<[-8, 7, 0]> : tensor<3xi4>",
      "dense<[0, 255]> : tensor<2xui8>",           "dense<[1.5, 2.5]> : tensor<2xbf16>",
      "dense<[1.5, 2.5]> : tensor<2xf16>",         "dense<> : tensor<0xf32>",
      "dense<[1.0, 2.0]> : tensor<2xf8E4M3FN>",
  };
  for (const char *text : attributes) {
    auto attr = cast<ElementsAttr>(parseAttribute(text, &context));
    std::optional<Tensor> tensor = Tensor::fromAttr(attr, cast<RankedTensorType>(attr.getShapedType()));
    ASSERT_TRUE(tensor) << text;
    EXPECT_EQ(Attribute(tensor->toAttr()), Attribute(attr)) << text;
  }
}

TEST_F(EvaluatorTest, LargeTensorsBecomeResources) {
  auto type = RankedTensorType::get({8192}, Float32Type::get(&context));
  std::vector<double> values(8192);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = i;
  ElementsAttr attr = Tensor::fromDoubles(type, values).toAttr();
  EXPECT_TRUE(isa<DenseResourceElementsAttr>(attr));
  EXPECT_EQ(Tensor::fromAttr(attr, type)->toDoubles(), values);
}

TEST_F(EvaluatorTest, FloatsRoundOnce) {
  // 2049 is halfway between two halves; float8 overflows unless it saturates.
  expectFloats("%a = nn.constant dense<2049.0> : tensor<1xf32>\n%r = nn.cast %a : tensor<1xf32> -> tensor<1xf16>",
               "tensor<1xf16>", {2048});
  expectFloats("%a = nn.constant dense<[1000.0, -0.3]> : tensor<2xf32>\n"
               "%r = nn.cast %a : tensor<2xf32> -> tensor<2xf8E4M3FN>",
               "tensor<2xf8E4M3FN>", {448, -0.3125});
  expectFloats("%a = nn.constant dense<1000.0> : tensor<1xf32>\n"
               "%r = nn.cast %a {saturate = false} : tensor<1xf32> -> tensor<1xf8E4M3FN>",
               "tensor<1xf8E4M3FN>", {NAN});
}

//===--------------------------------------------------------------------------------------------------------------===//
// Element-wise
//===--------------------------------------------------------------------------------------------------------------===//

TEST_F(EvaluatorTest, CastTruncatesAndWraps) {
  expectInts(
      "%a = nn.constant dense<[1.9, -1.9, 300.0]> : tensor<3xf32>\n%r = nn.cast %a : tensor<3xf32> -> tensor<3xi32>",
      "tensor<3xi32>", {1, -1, 300});
  expectInts("%a = nn.constant dense<[255, 256, -1]> : tensor<3xi64>\n%r = nn.cast %a : tensor<3xi64> -> tensor<3xui8>",
             "tensor<3xui8>", {255, 0, 255});
  expectInts(
      "%a = nn.constant dense<[0.0, 0.1, -0.0]> : tensor<3xf32>\n%r = nn.cast %a : tensor<3xf32> -> tensor<3xi1>",
      "tensor<3xi1>", {0, 1, 0});
}

TEST_F(EvaluatorTest, BinaryBroadcasts) {
  expectFloats(
      "%a = nn.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>\n%b = nn.constant dense<[10.0, 20.0]> : tensor<2xf32>\n"
      "%r = nn.binary add %a, %b : (tensor<2x1xf32>, tensor<2xf32>) -> tensor<2x2xf32>",
      "tensor<2x2xf32>", {11, 21, 12, 22});
}

TEST_F(EvaluatorTest, RemaindersFollowDivisorOrDividend) {
  const char *operands = "%a = nn.constant dense<[-7, 7, -7, 7]> : tensor<4xi32>\n"
                         "%b = nn.constant dense<[3, -3, -3, 0]> : tensor<4xi32>\n";
  expectInts(std::string(operands) + "%r = nn.binary mod %a, %b : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>",
             "tensor<4xi32>", {2, -2, -1, 0});
  expectInts(std::string(operands) + "%r = nn.binary fmod %a, %b : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>",
             "tensor<4xi32>", {-1, 1, -1, 0});
  expectInts(std::string(operands) + "%r = nn.binary div %a, %b : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>",
             "tensor<4xi32>", {-2, -2, 2, 0});
}

TEST_F(EvaluatorTest, UnsignedComparesAndShifts) {
  expectInts("%a = nn.constant dense<[200, 1]> : tensor<2xui8>\n%b = nn.constant dense<[1, 200]> : tensor<2xui8>\n"
             "%r = nn.compare gt %a, %b : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xi1>",
             "tensor<2xi1>", {1, 0});
  expectInts("%a = nn.constant dense<[200, 1]> : tensor<2xui8>\n%b = nn.constant dense<[3, 9]> : tensor<2xui8>\n"
             "%r = nn.binary shift_right %a, %b : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>",
             "tensor<2xui8>", {25, 0});
}

TEST_F(EvaluatorTest, UnaryFunctions) {
  auto unary = [](const char *kind) {
    return std::string("%a = nn.constant dense<[-2.0, -0.5, 0.0, 2.0]> : tensor<4xf32>\n%r = nn.unary ") + kind;
  };
  const char *types = " : tensor<4xf32> -> tensor<4xf32>";
  expectFloats(unary("relu %a") + types, "tensor<4xf32>", {0, 0, 0, 2});
  expectFloats(unary("leaky_relu %a {alpha = 0.5 : f64}") + types, "tensor<4xf32>", {-1, -0.25, 0, 2});
  expectFloats(unary("hard_sigmoid %a {alpha = 0.5 : f64, beta = 0.5 : f64}") + types, "tensor<4xf32>",
               {0, 0.25, 0.5, 1});
  expectFloats(unary("hard_swish %a") + types, "tensor<4xf32>", {-1.0 / 3, -0.5 * 2.5 / 6, 0, 5.0 / 3}, 1e-7);
  expectFloats(unary("sigmoid %a") + types, "tensor<4xf32>", {0.11920292, 0.37754067, 0.5, 0.88079708}, 1e-7);
  expectFloats(unary("round %a") + types, "tensor<4xf32>", {-2, 0, 0, 2});
  expectFloats(unary("sign %a") + types, "tensor<4xf32>", {-1, -1, 0, 1});
  expectFloats(unary("shrink %a {alpha = 1.0 : f64, beta = 0.25 : f64}") + types, "tensor<4xf32>", {-1.75, 0, 0, 1.75});
}

TEST_F(EvaluatorTest, MaximumKeepsNan) {
  expectFloats(
      "%a = nn.constant dense<[0x7FC00000, 1.0]> : tensor<2xf32>\n%b = nn.constant dense<2.0> : tensor<2xf32>\n"
      "%r = nn.binary max %a, %b : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>",
      "tensor<2xf32>", {NAN, 2});
}

TEST_F(EvaluatorTest, SelectBroadcasts) {
  expectInts(
      "%c = nn.constant dense<[[true], [false]]> : tensor<2x1xi1>\n%a = nn.constant dense<[1, 2]> : tensor<2xi64>\n"
      "%b = nn.constant dense<9> : tensor<i64>\n"
      "%r = nn.select %c, %a, %b : (tensor<2x1xi1>, tensor<2xi64>, tensor<i64>) -> tensor<2x2xi64>",
      "tensor<2x2xi64>", {1, 2, 9, 9});
}

//===--------------------------------------------------------------------------------------------------------------===//
// Contractions
//===--------------------------------------------------------------------------------------------------------------===//

TEST_F(EvaluatorTest, ConvPadsWithZero) {
  // ONNX's "test_basic_conv_with_padding" on a 3x3 image of 0..8.
  expectFloats("%x = nn.constant dense<[[[[0.0,1.0,2.0],[3.0,4.0,5.0],[6.0,7.0,8.0]]]]> : tensor<1x1x3x3xf32>\n"
               "%w = nn.constant dense<1.0> : tensor<1x1x3x3xf32>\n%b = nn.constant dense<0.5> : tensor<1xf32>\n"
               "%r = nn.conv %x, %w, %b strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 1 : "
               "(tensor<1x1x3x3xf32>, tensor<1x1x3x3xf32>, tensor<1xf32>) -> tensor<1x1x3x3xf32>",
               "tensor<1x1x3x3xf32>", {8.5, 15.5, 12.5, 21.5, 36.5, 27.5, 20.5, 33.5, 24.5});
}

TEST_F(EvaluatorTest, ConvGroupsStridesDilations) {
  expectFloats(
      "%x = nn.constant dense<[[[1.0,2.0,3.0,4.0,5.0],[10.0,20.0,30.0,40.0,50.0]]]> : tensor<1x2x5xf32>\n"
      "%w = nn.constant dense<[[[1.0,-1.0]],[[2.0,1.0]]]> : tensor<2x1x2xf32>\n"
      "%r = nn.conv %x, %w strides [2] pads [0, 0] dilations [2] group 2 : (tensor<1x2x5xf32>, tensor<2x1x2xf32>) "
      "-> tensor<1x2x2xf32>",
      "tensor<1x2x2xf32>", {-2, -2, 50, 110});
}

TEST_F(EvaluatorTest, ConvTransposeSpreads) {
  expectFloats("%x = nn.constant dense<[[[1.0, 2.0]]]> : tensor<1x1x2xf32>\n"
               "%w = nn.constant dense<[[[1.0, 10.0, 100.0]]]> : tensor<1x1x3xf32>\n"
               "%r = nn.conv_transpose %x, %w strides [2] pads [0, 1] dilations [1] group 1 output_padding [1] : "
               "(tensor<1x1x2xf32>, tensor<1x1x3xf32>) -> tensor<1x1x5xf32>",
               "tensor<1x1x5xf32>", {1, 10, 102, 20, 200});
}

TEST_F(EvaluatorTest, MatmulBroadcastsBatches) {
  expectFloats("%a = nn.constant dense<[[[1.0, 2.0]], [[3.0, 4.0]]]> : tensor<2x1x2xf32>\n"
               "%b = nn.constant dense<[[1.0, 0.0], [0.0, 10.0]]> : tensor<2x2xf32>\n%c = nn.constant dense<[0.5, "
               "0.0]> : tensor<2xf32>\n"
               "%r = nn.matmul %a, %b, %c : (tensor<2x1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x1x2xf32>",
               "tensor<2x1x2xf32>", {1.5, 20, 3.5, 40});
}

TEST_F(EvaluatorTest, LstmForwardAndReverse) {
  // With zero weights and biases b: i = o = f = 0.5, candidate = 0; c halves each step, h = 0.5 tanh(c).
  const char *body =
      "%x = nn.constant dense<1.0> : tensor<2x1x1xf32>\n%w = nn.constant dense<0.0> : tensor<1x4x1xf32>\n"
      "%b = nn.constant dense<0.0> : tensor<1x8xf32>\n%h = nn.constant dense<0.0> : tensor<1x1x1xf32>\n"
      "%c = nn.constant dense<2.0> : tensor<1x1x1xf32>\n"
      "%y, %yh, %yc = nn.lstm reverse %x, %w, %w, %b, %h, %c : (tensor<2x1x1xf32>, tensor<1x4x1xf32>, "
      "tensor<1x4x1xf32>, "
      "tensor<1x8xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>) -> (tensor<2x1x1x1xf32>, tensor<1x1x1xf32>, "
      "tensor<1x1x1xf32>)\n"
      "return %y, %yh, %yc : tensor<2x1x1x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>";
  SmallVector<Tensor> results = run(body, "tensor<2x1x1x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>");
  ASSERT_EQ(results.size(), 3u);
  EXPECT_NEAR(results[0].toDoubles()[1], 0.5 * std::tanh(1.0), 1e-7);
  EXPECT_NEAR(results[0].toDoubles()[0], 0.5 * std::tanh(0.5), 1e-7);
  EXPECT_NEAR(results[1].toDoubles()[0], 0.5 * std::tanh(0.5), 1e-7);
  EXPECT_EQ(results[2].toDoubles()[0], 0.5);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Windows and reductions
//===--------------------------------------------------------------------------------------------------------------===//

TEST_F(EvaluatorTest, AveragePoolCountsAsAsked) {
  auto pool = [](const char *kind, const char *extra) {
    return std::string("%x = nn.constant dense<[[[1.0, 2.0, 3.0]]]> : tensor<1x1x3xf32>\n%r = nn.pool ") + kind +
           " %x kernel [2] strides [2] pads [1, 2] dilations [1]" + extra + " : tensor<1x1x3xf32> -> tensor<1x1x3xf32>";
  };
  expectFloats(pool("average", ""), "tensor<1x1x3xf32>", {1, 2.5, 0});
  expectFloats(pool("average_include_pad", ""), "tensor<1x1x3xf32>", {0.5, 2.5, 0});
  expectFloats(pool("max", ""), "tensor<1x1x3xf32>", {1, 3, -INFINITY});
  expectFloats("%x = nn.constant dense<[[[1.0, 2.0, 3.0]]]> : tensor<1x1x3xf32>\n"
               "%r = nn.pool average_include_pad %x kernel [2] strides [2] pads [0, 1] dilations [1] {counted_pads = "
               "array<i64: 0>} "
               ": tensor<1x1x3xf32> -> tensor<1x1x2xf32>",
               "tensor<1x1x2xf32>", {1.5, 3});
}

TEST_F(EvaluatorTest, Reductions) {
  auto reduce = [](const char *kind, const char *axes, const char *type) {
    return std::string(
               "%x = nn.constant dense<[[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]]> : tensor<2x3xf32>\n%r = nn.reduce ") +
           kind + " %x axes " + axes + " keepdims false : tensor<2x3xf32> -> " + type;
  };
  expectFloats(reduce("sum", "[1]", "tensor<2xf32>"), "tensor<2xf32>", {2, 3});
  expectFloats(reduce("mean", "[0]", "tensor<3xf32>"), "tensor<3xf32>", {2.5, 1.5, -1.5});
  expectFloats(reduce("max", "[0, 1]", "tensor<f32>"), "tensor<f32>", {5});
  expectFloats(reduce("prod", "[1]", "tensor<2xf32>"), "tensor<2xf32>", {-6, -120});
  expectFloats(reduce("l1", "[1]", "tensor<2xf32>"), "tensor<2xf32>", {6, 15});
  expectFloats(reduce("sum_square", "[1]", "tensor<2xf32>"), "tensor<2xf32>", {14, 77});
}

TEST_F(EvaluatorTest, ArgReduceTies) {
  auto arg = [](const char *last) {
    return std::string(
               "%x = nn.constant dense<[3, 7, 7, 1]> : tensor<4xi32>\n%r = nn.arg_reduce max %x axis 0 keepdims true "
               "select_last ") +
           last + " : tensor<4xi32> -> tensor<1xi64>";
  };
  expectInts(arg("false"), "tensor<1xi64>", {1});
  expectInts(arg("true"), "tensor<1xi64>", {2});
}

TEST_F(EvaluatorTest, TopKSortsWithTiesByIndex) {
  expectInts("%x = nn.constant dense<[3, 7, 1, 7]> : tensor<4xi32>\n"
             "%v, %r = nn.topk %x k 3 axis 0 largest true : tensor<4xi32> -> tensor<3xi32>, tensor<3xi64>",
             "tensor<3xi64>", {1, 3, 0});
}

TEST_F(EvaluatorTest, CumSum) {
  expectInts("%x = nn.constant dense<[1, 2, 3]> : tensor<3xi32>\n"
             "%r = nn.cumsum %x axis 0 exclusive true reverse true : tensor<3xi32> -> tensor<3xi32>",
             "tensor<3xi32>", {5, 3, 0});
}

TEST_F(EvaluatorTest, SoftmaxAndLayerNorm) {
  expectFloats("%x = nn.constant dense<[[1.0, 1.0, 1000.0], [0.0, 0.0, 0.0]]> : tensor<2x3xf32>\n"
               "%r = nn.softmax %x axis 1 : tensor<2x3xf32> -> tensor<2x3xf32>",
               "tensor<2x3xf32>", {0, 0, 1, 1.0 / 3, 1.0 / 3, 1.0 / 3}, 1e-7);
  expectFloats("%x = nn.constant dense<[[1.0, 3.0], [2.0, 2.0]]> : tensor<2x2xf32>\n%s = nn.constant dense<[2.0, 2.0]> "
               ": tensor<2xf32>\n"
               "%b = nn.constant dense<1.0> : tensor<1xf32>\n"
               "%r = nn.layer_norm %x scale %s bias %b axis 1 epsilon 0.0 : (tensor<2x2xf32>, tensor<2xf32>, "
               "tensor<1xf32>) -> tensor<2x2xf32>",
               "tensor<2x2xf32>", {-1, 3, NAN, NAN});
}

TEST_F(EvaluatorTest, DynamicQuantize) {
  // ONNX's "test_dynamicquantizelinear".
  SmallVector<Tensor> results =
      run("%x = nn.constant dense<[0.0, 2.0, -3.0, -2.5, 1.34, 0.5]> : tensor<6xf32>\n"
          "%y, %s, %z = nn.dynamic_quantize %x : tensor<6xf32> -> tensor<6xui8>, tensor<f32>, tensor<ui8>\n"
          "return %y, %s, %z : tensor<6xui8>, tensor<f32>, tensor<ui8>",
          "tensor<6xui8>, tensor<f32>, tensor<ui8>");
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0].toInts(), (std::vector<int64_t>{153, 255, 0, 26, 221, 179}));
  EXPECT_FLOAT_EQ(results[1].toDoubles()[0], 0.0196078438);
  EXPECT_EQ(results[2].toInts()[0], 153);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Data movement
//===--------------------------------------------------------------------------------------------------------------===//

TEST_F(EvaluatorTest, MovesElements) {
  const std::string x = "%x = nn.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi8>\n";
  expectInts(x + "%r = nn.transpose %x permutation [1, 0] : tensor<2x3xi8> -> tensor<3x2xi8>", "tensor<3x2xi8>",
             {1, 4, 2, 5, 3, 6});
  expectInts(x + "%r = nn.slice %x starts [1, 2] sizes [2, 2] steps [-1, -2] : tensor<2x3xi8> -> tensor<2x2xi8>",
             "tensor<2x2xi8>", {6, 4, 3, 1});
  expectInts(x + "%r = nn.concat %x, %x axis 1 : (tensor<2x3xi8>, tensor<2x3xi8>) -> tensor<2x6xi8>", "tensor<2x6xi8>",
             {1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6});
  expectInts(x + "%i = nn.constant dense<[2, -3, 9]> : tensor<3xi64>\n"
                 "%r = nn.gather %x, %i axis 1 : (tensor<2x3xi8>, tensor<3xi64>) -> tensor<2x3xi8>",
             "tensor<2x3xi8>", {3, 1, 3, 6, 4, 6});
  expectInts(x + "%i = nn.constant dense<[[1, 0], [-1, -1]]> : tensor<2x2xi64>\n"
                 "%r = nn.gather_nd %x, %i batch_dims 0 : (tensor<2x3xi8>, tensor<2x2xi64>) -> tensor<2xi8>",
             "tensor<2xi8>", {4, 6});
  expectInts(x + "%i = nn.constant dense<[[1, 0, 1]]> : tensor<1x3xi64>\n"
                 "%r = nn.gather_elements %x, %i axis 0 : (tensor<2x3xi8>, tensor<1x3xi64>) -> tensor<1x3xi8>",
             "tensor<1x3xi8>", {4, 2, 6});
  expectInts(x + "%r = nn.reshape %x : tensor<2x3xi8> -> tensor<3x2xi8>", "tensor<3x2xi8>", {1, 2, 3, 4, 5, 6});
}

TEST_F(EvaluatorTest, Pads) {
  auto pad = [](const char *mode) {
    return std::string("%x = nn.constant dense<[1, 2, 3]> : tensor<3xi32>\n%r = nn.pad ") + mode +
           " %x pads [2, 2] : (tensor<3xi32>) -> tensor<7xi32>";
  };
  expectInts(pad("constant"), "tensor<7xi32>", {0, 0, 1, 2, 3, 0, 0});
  expectInts(pad("edge"), "tensor<7xi32>", {1, 1, 1, 2, 3, 3, 3});
  expectInts(pad("reflect"), "tensor<7xi32>", {3, 2, 1, 2, 3, 2, 1});
  expectInts(pad("wrap"), "tensor<7xi32>", {2, 3, 1, 2, 3, 1, 2});
  expectInts("%x = nn.constant dense<[1, 2, 3]> : tensor<3xi32>\n%v = nn.constant dense<9> : tensor<i32>\n"
             "%r = nn.pad constant %x, %v pads [-1, 1] : (tensor<3xi32>, tensor<i32>) -> tensor<3xi32>",
             "tensor<3xi32>", {2, 3, 9});
}

TEST_F(EvaluatorTest, ScattersInOrder) {
  const std::string operands =
      "%x = nn.constant dense<[1, 2, 3]> : tensor<3xi32>\n%u = nn.constant dense<[10, 20]> : tensor<2xi32>\n";
  expectInts(operands + "%i = nn.constant dense<[-1, 2]> : tensor<2xi64>\n"
                        "%r = nn.scatter_elements none %x, %i, %u axis 0 : (tensor<3xi32>, tensor<2xi64>, "
                        "tensor<2xi32>) -> tensor<3xi32>",
             "tensor<3xi32>", {1, 2, 20});
  expectInts(operands +
                 "%i = nn.constant dense<[[0], [0]]> : tensor<2x1xi64>\n"
                 "%r = nn.scatter_nd add %x, %i, %u : (tensor<3xi32>, tensor<2x1xi64>, tensor<2xi32>) -> tensor<3xi32>",
             "tensor<3xi32>", {31, 2, 3});
}

TEST_F(EvaluatorTest, Resizes) {
  const std::string x = "%x = nn.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>\n";
  expectFloats(
      x + "%r = nn.resize nearest %x scales [2.0] half_pixel round_prefer_floor : tensor<4xf32> -> tensor<8xf32>",
      "tensor<8xf32>", {1, 1, 2, 2, 3, 3, 4, 4});
  expectFloats(
      x + "%r = nn.resize linear %x scales [2.0] half_pixel round_prefer_floor : tensor<4xf32> -> tensor<8xf32>",
      "tensor<8xf32>", {1, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75, 4});
  expectFloats(
      x + "%r = nn.resize linear %x scales [2.0] align_corners round_prefer_floor : tensor<4xf32> -> tensor<8xf32>",
      "tensor<8xf32>", {1, 1.4285714, 1.8571428, 2.2857142, 2.7142857, 3.1428571, 3.5714286, 4}, 1e-6);
  // Keys' cubic with -0.75, worked out in rational numbers.
  expectFloats(
      x + "%r = nn.resize cubic %x scales [2.0] half_pixel round_prefer_floor : tensor<4xf32> -> tensor<8xf32>",
      "tensor<8xf32>", {0.89453125, 1.19140625, 1.66796875, 2.296875, 2.703125, 3.33203125, 3.80859375, 4.10546875},
      1e-6);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Regions and failures
//===--------------------------------------------------------------------------------------------------------------===//

TEST_F(EvaluatorTest, ExecutesDispatches) {
  expectFloats("%x = nn.constant dense<[-1.0, 2.0]> : tensor<2xf32>\n"
               "%r = nn.dispatch(%x) : (tensor<2xf32>) -> tensor<2xf32> {\n^bb0(%a: tensor<2xf32>):\n"
               "%y = nn.unary relu %a : tensor<2xf32> -> tensor<2xf32>\nnn.yield %y : tensor<2xf32>\n}",
               "tensor<2xf32>", {0, 2});
}

TEST_F(EvaluatorTest, NamesWhatItCannotEvaluate) {
  std::string message;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) { message += diagnostic.str(); });
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>("func.func @f() -> i32 { %r = arith.constant 1 : i32\nreturn %r : i32 }", &context);
  ASSERT_TRUE(module);
  EXPECT_TRUE(failed(evaluateFunction(*module->getOps<func::FuncOp>().begin(), {})));
  EXPECT_NE(message.find("'arith.constant' op has no reference evaluation"), std::string::npos) << message;
}
