// Shapes: binding of dimensions, arithmetic on shapes, branches that shapes decide.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/import/ModelBuilder.h"
#include <gtest/gtest.h>

using namespace sinter;
using namespace sinter::test;

static ModelBuilder dynamicModel() {
  ModelBuilder m;
  m.input("x", {"batch", 3, Dim(-1)});
  m.input("z", {"batch", 1, 1});
  m.node("Add", {"x", "z"}, {"y"});
  m.output("y");
  return m;
}

TEST(Dims, ListsAllUnboundWithARemedyToPaste) {
  auto r = import(dynamicModel().model);
  ASSERT_EQ(r->code(), "unbound-dimension") << r->text();
  EXPECT_NE(r->text().find("'batch' (input 'x', axis 0)"), std::string::npos) << r->text();
  EXPECT_NE(r->text().find("axis 2 of input 'x'"), std::string::npos);
  EXPECT_NE(r->diagnostics.all()[0].remedy.find("--dim batch=1 --shape x=1x3x1"), std::string::npos) << r->text();
}

TEST(Dims, BindByNameAndByShape) {
  ImportOptions options;
  options.dims["batch"] = {2, 2};
  options.shapes["x"] = {2, 3, 5};
  auto r = import(dynamicModel().model, options);
  ASSERT_TRUE(r->ok()) << r->text();
  EXPECT_EQ(llvm::cast<mlir::RankedTensorType>(r->function().getResultTypes()[0]).getShape(),
            (llvm::ArrayRef<int64_t>{2, 3, 5}));
}

TEST(Dims, ShapeOfOneInputBindsTheNamesForOthers) {
  ImportOptions options;
  options.shapes["x"] = {4, 3, 5};
  auto r = import(dynamicModel().model, options);
  ASSERT_TRUE(r->ok()) << r->text();
  EXPECT_EQ(llvm::cast<mlir::RankedTensorType>(r->function().getArgumentTypes()[1]).getShape()[0], 4);
}

TEST(Dims, ARangeIsRefusedByNameWithTheValueToGive) {
  ImportOptions options;
  options.dims["batch"] = {1, 8};
  options.shapes["x"] = {4, 3, 5};
  auto r = import(dynamicModel().model, options);
  ASSERT_EQ(r->code(), "unbound-dimension") << r->text();
  EXPECT_EQ(r->diagnostics.all()[0].node, "batch");
  EXPECT_EQ(r->diagnostics.all()[0].remedy, "give one value: --dim batch=8");
}

TEST(Dims, RefusesContradictions) {
  ImportOptions options;
  options.dims["batch"] = {3, 3};
  options.shapes["x"] = {4, 3, 5};
  EXPECT_EQ(import(dynamicModel().model, options)->code(), "usage");
  options.dims.clear();
  options.shapes["x"] = {4, 7, 5};
  EXPECT_EQ(import(dynamicModel().model, options)->diagnostics.exitCode(), 2);
}

TEST(Dims, RefusesNamesThatTheModelDoesNotHave) {
  ImportOptions options;
  options.dims["bacth"] = {1, 1};
  options.shapes["x"] = {4, 3, 5};
  auto r = import(dynamicModel().model, options);
  EXPECT_EQ(r->code(), "usage");
  EXPECT_NE(r->diagnostics.all()[0].remedy.find("batch"), std::string::npos);
}

TEST(Dims, RefusesRanges) {
  ImportOptions options;
  options.dims["batch"] = {1, 8};
  auto r = import(dynamicModel().model, options);
  EXPECT_NE(r->text().find("bounded dynamic shapes are not supported yet"), std::string::npos) << r->text();
}

TEST(Dims, RefusesTensorsBeyondTheLimits) {
  ModelBuilder m;
  m.input("x", {1 << 20, 1 << 20, 1 << 20});
  m.node("Relu", {"x"}, {"y"});
  m.output("y");
  EXPECT_EQ(import(m.model)->code(), "limit");
  ModelBuilder grows;
  grows.input("x", {1 << 20});
  grows.ints("shape", {3}, {1 << 20, 1 << 20, 1 << 20});
  grows.node("Expand", {"x", "shape"}, {"y"}, {}, "e");
  grows.output("y");
  auto r = import(grows.model);
  EXPECT_EQ(r->code(), "limit") << r->text();
  EXPECT_EQ(r->diagnostics.all()[0].node, "e");
}

// Shape, Gather, Mul and Concat vanish; one reshape stays.
TEST(ShapeArithmetic, FoldsAway) {
  ModelBuilder m;
  m.input("x", {2, 3, 4});
  m.ints("zero", {1}, {0});
  m.ints("minus", {1}, {-1});
  m.ints("two", {1}, {2});
  m.node("Shape", {"x"}, {"s"});
  m.node("Gather", {"s", "zero"}, {"batch"});
  m.node("Mul", {"batch", "two"}, {"double"});
  m.node("Concat", {"double", "minus"}, {"target"}, {intAttr("axis", 0)});
  m.node("Reshape", {"x", "target"}, {"y"});
  m.output("y");
  auto r = import(m.model);
  ASSERT_TRUE(r->ok()) << r->text();
  EXPECT_EQ(r->size(), 1u);
  EXPECT_EQ(llvm::cast<mlir::RankedTensorType>(r->function().getResultTypes()[0]).getShape(),
            (llvm::ArrayRef<int64_t>{4, 6}));
}

static onnx::GraphProto branch(const std::string &op, const std::string &output) {
  onnx::GraphProto graph;
  GraphBuilder b(graph);
  graph.set_name("branch");
  b.node(op, {"x"}, {output}, {}, "in " + op);
  b.output(output);
  return graph;
}

TEST(If, DecidedByShapesImportsOnlyTheTakenBranch) {
  ModelBuilder m;
  m.input("x", {2, 3});
  m.ints("three", {}, {3});
  m.ints("one", {}, {1});
  m.node("Shape", {"x"}, {"s"});
  m.node("Gather", {"s", "one"}, {"width"});
  m.node("Equal", {"width", "three"}, {"c"});
  m.node("If", {"c"}, {"y"},
         {graphAttr("then_branch", branch("Relu", "t")), graphAttr("else_branch", branch("Frobnicate", "e"))}, "if");
  m.output("y");
  auto r = import(m.model);
  ASSERT_TRUE(r->ok()) << r->text();
  EXPECT_EQ(r->size(), 1u);
  EXPECT_EQ(r->count<nn::UnaryOp>(), 1u);
}

TEST(If, WithUnknownConditionSelects) {
  ModelBuilder m;
  m.input("x", {2});
  m.input("c", {}, onnx::TensorProto::BOOL);
  m.node("If", {"c"}, {"y"},
         {graphAttr("then_branch", branch("Relu", "t")), graphAttr("else_branch", branch("Neg", "e"))}, "if");
  m.output("y");
  auto r = import(m.model);
  ASSERT_TRUE(r->ok()) << r->text();
  EXPECT_EQ(r->run({{-1, 2}, {1}})[0], (std::vector<double>{0, 2}));
  EXPECT_EQ(r->run({{-1, 2}, {0}})[0], (std::vector<double>{1, -2}));
}

TEST(If, WithUnknownConditionReportsBothBranches) {
  ModelBuilder m;
  m.input("x", {2});
  m.input("c", {}, onnx::TensorProto::BOOL);
  m.node("If", {"c"}, {"y"},
         {graphAttr("then_branch", branch("Foo", "t")), graphAttr("else_branch", branch("Bar", "e"))}, "if");
  m.output("y");
  auto r = import(m.model);
  ASSERT_EQ(r->diagnostics.all().size(), 2u) << r->text();
  EXPECT_EQ(r->diagnostics.all()[0].node, "in Foo");
  EXPECT_EQ(r->diagnostics.all()[1].node, "in Bar");
}

TEST(Loop, WithKnownTripsUnrolls) {
  onnx::GraphProto body;
  GraphBuilder b(body);
  b.input("i", {}, onnx::TensorProto::INT64);
  b.input("c", {}, onnx::TensorProto::BOOL);
  b.input("v", {2});
  b.node("Add", {"v", "x"}, {"next"});
  b.node("Identity", {"c"}, {"go"});
  b.output("go", onnx::TensorProto::BOOL);
  b.output("next");
  b.output("next");
  ModelBuilder m;
  m.input("x", {2});
  m.ints("trips", {}, {3});
  m.node("Loop", {"trips", "", "x"}, {"last", "all"}, {graphAttr("body", body)});
  m.output("last");
  m.output("all");
  auto r = import(m.model);
  ASSERT_TRUE(r->ok()) << r->text();
  auto results = r->run({{1, 10}});
  EXPECT_EQ(results[0], (std::vector<double>{4, 40}));
  EXPECT_EQ(results[1], (std::vector<double>{2, 20, 3, 30, 4, 40}));
}

TEST(KnownValues, AreNamedWhenMissing) {
  ModelBuilder m;
  m.input("x", {2, 3});
  m.input("target", {2}, onnx::TensorProto::INT64);
  m.node("Reshape", {"x", "target"}, {"y"}, {}, "r");
  m.output("y");
  auto r = import(m.model);
  EXPECT_EQ(r->code(), "unsupported-op");
  EXPECT_NE(r->text().find("shape must be known at compile time"), std::string::npos);
}
