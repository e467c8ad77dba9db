// Operators whose meaning changed between opsets, and forms that are easy to get wrong, evaluated
// by the reference evaluator.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Operators.h"
#include "test/unit/import/ModelBuilder.h"
#include <gtest/gtest.h>
#include <set>

using namespace sinter;
using namespace sinter::test;
using Values = std::vector<double>;

static void expectNear(const Values &actual, const Values &expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i)
    EXPECT_NEAR(actual[i], expected[i], 1e-5) << "at " << i;
}

TEST(Table, HasNoTwoEntriesForOneVersion) {
  std::set<std::string> seen;
  size_t count = 0;
  for (auto family : onnx_import::operatorFamilies())
    for (const onnx_import::OperatorEntry &e : family) {
      ++count;
      EXPECT_TRUE(seen.insert(std::string(e.domain) + "." + e.name + "@" + std::to_string(e.since)).second) << e.name;
      EXPECT_LE(e.requiredInputs, e.maximumInputs) << e.name;
    }
  EXPECT_GT(count, 140u);
}

TEST(Table, FindsTheVersionInForce) {
  bool known;
  EXPECT_EQ(onnx_import::findOperator("", "Clip", 10, known)->since, 6);
  EXPECT_EQ(onnx_import::findOperator("", "Clip", 13, known)->since, 11);
  EXPECT_EQ(onnx_import::findOperator("", "Upsample", 11, known), nullptr);
  EXPECT_TRUE(known);
  EXPECT_EQ(onnx_import::findOperator("", "Gelu", 17, known), nullptr);
  EXPECT_TRUE(known);
  EXPECT_EQ(onnx_import::findOperator("com.microsoft", "Gelu", 1, known), nullptr);
  EXPECT_FALSE(known);
}

// Up to opset 12 softmax runs over all axes from `axis` on.
TEST(Opsets, SoftmaxFlattensBefore13) {
  for (int64_t opset : {11, 13}) {
    ModelBuilder m(opset);
    m.input("x", {1, 2, 2});
    m.node("Softmax", {"x"}, {"y"}, {intAttr("axis", 1)});
    m.output("y");
    auto r = import(m.model);
    ASSERT_TRUE(r->ok()) << r->text();
    expectNear(r->run({{1, 1, 1, 1}})[0], opset == 11 ? Values(4, 0.25) : Values(4, 0.5));
  }
}

TEST(Opsets, ClipLimitsAreAttributesThenInputs) {
  ModelBuilder old(10);
  old.input("x", {3});
  old.node("Clip", {"x"}, {"y"}, {floatAttr("min", 0), floatAttr("max", 6)});
  old.output("y");
  EXPECT_EQ(import(old.model)->run({{-1, 3, 9}})[0], (Values{0, 3, 6}));
  ModelBuilder now(11);
  now.input("x", {3});
  now.floats("high", {}, {6});
  now.node("Clip", {"x", "", "high"}, {"y"});
  now.output("y");
  EXPECT_EQ(import(now.model)->run({{-1, 3, 9}})[0], (Values{-1, 3, 6}));
}

TEST(Opsets, AxesAreAttributesThenInputs) {
  ModelBuilder old(12);
  old.input("x", {1, 2, 2});
  old.node("Squeeze", {"x"}, {"a"}, {intsAttr("axes", {0})});
  old.node("ReduceSum", {"a"}, {"y"}, {intsAttr("axes", {1}), intAttr("keepdims", 0)});
  old.output("y");
  EXPECT_EQ(import(old.model)->run({{1, 2, 3, 4}})[0], (Values{3, 7}));
  ModelBuilder now(13);
  now.input("x", {1, 2, 2});
  now.ints("zero", {1}, {0});
  now.ints("last", {1}, {-1});
  now.node("Squeeze", {"x", "zero"}, {"a"});
  now.node("ReduceSum", {"a", "last"}, {"y"}, {intAttr("keepdims", 0)});
  now.output("y");
  EXPECT_EQ(import(now.model)->run({{1, 2, 3, 4}})[0], (Values{3, 7}));
}

TEST(Opsets, UpsampleIsResize) {
  ModelBuilder m(9);
  m.input("x", {1, 1, 1, 2});
  m.floats("scales", {4}, {1, 1, 2, 2});
  m.node("Upsample", {"x", "scales"}, {"y"});
  m.output("y");
  EXPECT_EQ(import(m.model)->run({{1, 2}})[0], (Values{1, 1, 2, 2, 1, 1, 2, 2}));
}

TEST(Operators, SliceFollowsNumpy) {
  ModelBuilder m;
  m.input("x", {5});
  m.ints("start", {1}, {INT64_MAX});
  m.ints("end", {1}, {INT64_MIN});
  m.ints("axes", {1}, {0});
  m.ints("steps", {1}, {-2});
  m.node("Slice", {"x", "start", "end", "axes", "steps"}, {"y"});
  m.output("y");
  EXPECT_EQ(import(m.model)->run({{0, 1, 2, 3, 4}})[0], (Values{4, 2, 0}));
}

TEST(Operators, PoolWithCeilModeDropsWindowsInThePadding) {
  ModelBuilder m;
  m.input("x", {1, 1, 5});
  m.node("MaxPool", {"x"}, {"y"}, {intsAttr("kernel_shape", {2}), intsAttr("strides", {2}), intAttr("ceil_mode", 1)});
  m.output("y");
  EXPECT_EQ(import(m.model)->run({{1, 2, 3, 4, 5}})[0], (Values{2, 4, 5}));
}

TEST(Operators, ConvPadsForSameUpper) {
  ModelBuilder m;
  m.input("x", {1, 1, 4});
  m.floats("w", {1, 1, 2}, {1, 10});
  m.node("Conv", {"x", "w"}, {"y"}, {stringAttr("auto_pad", "SAME_UPPER")});
  m.output("y");
  EXPECT_EQ(import(m.model)->run({{1, 2, 3, 4}})[0], (Values{21, 32, 43, 4}));
}

TEST(Operators, GemmTransposesAndScales) {
  ModelBuilder m;
  m.input("a", {2, 1});
  m.floats("b", {2, 2}, {1, 2, 3, 4});
  m.floats("c", {2}, {1, 1});
  m.node("Gemm", {"a", "b", "c"}, {"y"},
         {intAttr("transA", 1), intAttr("transB", 1), floatAttr("alpha", 2), floatAttr("beta", 3)});
  m.output("y");
  EXPECT_EQ(import(m.model)->run({{1, 10}})[0], (Values{45, 89}));
}

TEST(Operators, BatchNormalizationFoldsItsConstants) {
  ModelBuilder m;
  m.input("x", {1, 1, 2});
  m.floats("scale", {1}, {2});
  m.floats("bias", {1}, {1});
  m.floats("mean", {1}, {3});
  m.floats("var", {1}, {4});
  m.node("BatchNormalization", {"x", "scale", "bias", "mean", "var"}, {"y"}, {floatAttr("epsilon", 0)});
  m.output("y");
  auto r = import(m.model);
  ASSERT_TRUE(r->ok()) << r->text();
  EXPECT_EQ(r->count<nn::BinaryOp>(), 2u);
  expectNear(r->run({{3, 5}})[0], {1, 3});
}

TEST(Operators, EinsumContractsAndTransposes) {
  ModelBuilder m;
  m.input("a", {2, 3});
  m.input("b", {3, 1});
  m.node("Einsum", {"a", "b"}, {"y"}, {stringAttr("equation", "ij, jk -> ki")});
  m.output("y");
  auto r = import(m.model);
  ASSERT_TRUE(r->ok()) << r->text();
  EXPECT_EQ(r->run({{1, 2, 3, 4, 5, 6}, {1, 10, 100}})[0], (Values{321, 654}));
}

TEST(Operators, LstmWithDefaultsIsOneOperator) {
  ModelBuilder m;
  m.input("x", {2, 1, 1});
  m.floats("w", {1, 4, 1}, {1, 1, 1, 1});
  m.floats("r", {1, 4, 1}, {1, 1, 1, 1});
  m.node("LSTM", {"x", "w", "r"}, {"y", "h"}, {intAttr("hidden_size", 1)});
  m.output("h");
  auto r = import(m.model);
  ASSERT_TRUE(r->ok()) << r->text();
  EXPECT_EQ(r->count<nn::LstmOp>(), 1u);
  // With a clip that changes nothing the unrolled form must give the same.
  *m.graph.mutable_node(0)->add_attribute() = floatAttr("clip", 100);
  auto unrolled = import(m.model);
  ASSERT_TRUE(unrolled->ok()) << unrolled->text();
  EXPECT_EQ(unrolled->count<nn::LstmOp>(), 0u);
  expectNear(unrolled->run({{0.5, -1}})[0], r->run({{0.5, -1}})[0]);
}

TEST(Operators, TensorsWithoutElementsAreKnown) {
  ModelBuilder m(12);
  m.input("x", {"n", 2});
  m.node("ReduceSum", {"x"}, {"y"}, {intsAttr("axes", {0}), intAttr("keepdims", 0)});
  m.output("y");
  ImportOptions options;
  options.shapes["x"] = {0, 2};
  auto r = import(m.model, options);
  ASSERT_TRUE(r->ok()) << r->text();
  EXPECT_EQ(r->count<nn::ReduceOp>(), 0u);
  EXPECT_EQ(r->run({{}})[0], (Values{0, 0}));
}

TEST(Operators, LossIgnoresAndWeighs) {
  ModelBuilder m;
  m.input("logs", {3, 2});
  m.ints("target", {3}, {0, 1, 7});
  m.floats("weight", {2}, {1, 3});
  m.node("NegativeLogLikelihoodLoss", {"logs", "target", "weight"}, {"y"}, {intAttr("ignore_index", 7)});
  m.output("y");
  auto r = import(m.model);
  ASSERT_TRUE(r->ok()) << r->text();
  expectNear(r->run({{-1, -2, -3, -5, -100, -100}})[0], {(1 * 1 + 3 * 5) / 4.0});
}

// One head, two queries, two keys; the first query sees the first key alone.
TEST(Operators, AttentionHidesLaterKeys) {
  ModelBuilder m(23);
  m.input("q", {1, 1, 2, 1});
  m.input("k", {1, 1, 2, 1});
  m.input("v", {1, 1, 2, 1});
  m.node("Attention", {"q", "k", "v"}, {"y"}, {intAttr("is_causal", 1), floatAttr("scale", 1)});
  m.output("y");
  auto r = import(m.model);
  ASSERT_TRUE(r->ok()) << r->text();
  expectNear(r->run({{0, 0}, {1, 2}, {10, 30}})[0], {10, 20});
}

TEST(Operators, ScanRunsBackwardsOverAnAxis) {
  onnx::GraphProto body;
  GraphBuilder b(body);
  b.input("sum", {});
  b.input("x", {});
  b.node("Add", {"sum", "x"}, {"next"});
  b.output("next");
  b.output("next");
  ModelBuilder m;
  m.input("start", {});
  m.input("xs", {3});
  m.node("Scan", {"start", "xs"}, {"last", "all"},
         {graphAttr("body", body), intAttr("num_scan_inputs", 1), intsAttr("scan_input_directions", {1})});
  m.output("last");
  m.output("all");
  auto r = import(m.model);
  ASSERT_TRUE(r->ok()) << r->text();
  auto results = r->run({{100}, {1, 2, 3}});
  EXPECT_EQ(results[0], (Values{106}));
  EXPECT_EQ(results[1], (Values{103, 105, 106}));
}

static ModelBuilder quantizedPair(bool perAxis) {
  ModelBuilder m;
  m.input("x", {2, 3});
  if (perAxis) {
    m.floats("s", {2}, {0.5f, 0.25f});
    m.ints("z", {2}, {0, 0}, onnx::TensorProto::INT8);
  } else {
    m.floats("s", {}, {0.5f});
    m.ints("z", {}, {3}, onnx::TensorProto::INT8);
  }
  m.node("QuantizeLinear", {"x", "s", "z"}, {"q"}, {intAttr("axis", 0)});
  m.node("DequantizeLinear", {"q", "s", "z"}, {"y"}, {intAttr("axis", 0)});
  m.output("y");
  return m;
}

TEST(Quantization, PairsCarryQuantisedTypes) {
  for (bool perAxis : {false, true}) {
    auto r = import(quantizedPair(perAxis).model);
    ASSERT_TRUE(r->ok()) << r->text();
    EXPECT_EQ(r->size(), 2u); // Nothing but the two; the bitcasts cancel.
    auto q = *r->function().getOps<nn::QuantizeOp>().begin();
    mlir::Type element = q.getType().getElementType();
    EXPECT_EQ(llvm::isa<mlir::quant::UniformQuantizedPerAxisType>(element), perAxis);
    auto dequantize = *r->function().getOps<nn::DequantizeOp>().begin();
    EXPECT_EQ(dequantize.getInput(), q.getResult());
    if (auto uniform = llvm::dyn_cast<mlir::quant::UniformQuantizedType>(element)) {
      EXPECT_EQ(uniform.getScale(), 0.5);
      EXPECT_EQ(uniform.getZeroPoint(), 3);
      EXPECT_TRUE(uniform.isSigned());
    }
  }
}

TEST(Quantization, ConstantsAreSeenAsQuantised) {
  ModelBuilder m;
  m.input("x", {1, 2});
  m.ints("w", {2, 2}, {1, 2, 3, 4}, onnx::TensorProto::INT8);
  m.floats("s", {}, {0.5f});
  m.node("DequantizeLinear", {"w", "s"}, {"wf"});
  m.node("MatMul", {"x", "wf"}, {"y"});
  m.output("y");
  auto r = import(m.model);
  ASSERT_TRUE(r->ok()) << r->text();
  auto dequantize = *r->function().getOps<nn::DequantizeOp>().begin();
  auto weights = dequantize.getInput().getDefiningOp<nn::ConstantOp>();
  ASSERT_TRUE(weights);
  EXPECT_TRUE(llvm::isa<mlir::quant::UniformQuantizedType>(weights.getType().getElementType()));
}

TEST(Quantization, UnknownScalesUseTheFormula) {
  ModelBuilder m;
  m.input("x", {3});
  m.input("s", {});
  m.node("QuantizeLinear", {"x", "s"}, {"q"});
  m.output("q", onnx::TensorProto::UINT8);
  auto r = import(m.model);
  ASSERT_TRUE(r->ok()) << r->text();
  EXPECT_EQ(r->run({{0.25, 1000, -3}, {0.5}})[0], (Values{0, 255, 0}));
}
