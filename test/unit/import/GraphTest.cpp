// Graphs: names, order, functions, what is reported and what is not.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/Provenance.h"
#include "test/unit/import/ModelBuilder.h"
#include <gtest/gtest.h>

using namespace sinter;
using namespace sinter::test;

TEST(Graph, KeepsNamesOfValuesAndNodes) {
  ModelBuilder m;
  m.input("some/x:0", {2, 3});
  m.node("Relu", {"some/x:0"}, {"a"}, {}, "first");
  m.node("Abs", {"a"}, {"y"});
  m.output("y");
  auto r = import(m.model);
  ASSERT_TRUE(r->ok()) << r->text();
  EXPECT_EQ(r->function().getName(), "main");
  EXPECT_EQ(r->function().getArgAttrOfType<mlir::StringAttr>(0, "nn.name").getValue(), "some/x:0");
  EXPECT_EQ(r->function().getResultAttrOfType<mlir::StringAttr>(0, "nn.name").getValue(), "y");
  std::vector<std::string> names;
  for (auto op : r->function().getOps<nn::UnaryOp>())
    names.push_back(nodeNames(op.getLoc())[0]);
  EXPECT_EQ(names, (std::vector<std::string>{"first", "Abs(y)"}));
}

TEST(Graph, RecordsProvenance) {
  ModelBuilder m;
  m.model.set_producer_name("exporter");
  m.model.set_producer_version("2.1");
  m.input("x", {1});
  m.node("Relu", {"x"}, {"y"});
  m.output("y");
  auto r = import(m.model);
  ASSERT_TRUE(r->ok());
  EXPECT_EQ(r->info.producer, "exporter 2.1");
  EXPECT_EQ(r->info.nodeCount, 1u);
  ASSERT_EQ(r->info.opsets.size(), 1u);
  EXPECT_EQ(r->info.opsets[0], (std::pair<std::string, int64_t>("ai.onnx", 17)));
}

TEST(Graph, ReportsEveryUnsupportedNode) {
  ModelBuilder m;
  m.input("x", {2});
  m.node("Frobnicate", {"x"}, {"a"}, {}, "one");
  m.node("Relu", {"a"}, {"b"}, {}, "fine");
  m.node("Xyzzy", {"b"}, {"c"}, {}, "two");
  m.node("BitShift", {"x", "x"}, {"d"}, {stringAttr("direction", "UP")}, "three");
  m.node("Add", {"c", "d"}, {"y"});
  m.output("y");
  auto r = import(m.model);
  EXPECT_FALSE(r->ok());
  ASSERT_EQ(r->diagnostics.all().size(), 3u) << r->text();
  EXPECT_EQ(r->diagnostics.all()[0].node, "one");
  EXPECT_EQ(r->diagnostics.all()[0].code, DiagnosticCode::UnsupportedOp);
  EXPECT_EQ(r->diagnostics.all()[1].node, "two");
  EXPECT_EQ(r->diagnostics.all()[2].node, "three");
  EXPECT_EQ(r->diagnostics.all()[2].code, DiagnosticCode::InvalidModel);
  EXPECT_EQ(r->diagnostics.exitCode(), 1);
}

TEST(Graph, DoesNotReportWhatNoOutputNeeds) {
  ModelBuilder m;
  m.input("x", {2});
  m.node("Frobnicate", {"x"}, {"unused"});
  m.node("Relu", {"x"}, {"y"});
  m.output("y");
  EXPECT_TRUE(import(m.model)->ok());
}

TEST(Graph, RefusesUnknownAttributes) {
  ModelBuilder m;
  m.input("x", {2});
  m.node("Relu", {"x"}, {"y"}, {intAttr("mystery", 1)}, "r");
  m.output("y");
  auto r = import(m.model);
  EXPECT_EQ(r->code(), "unsupported-attribute") << r->text();
  EXPECT_NE(r->text().find("mystery"), std::string::npos);
}

TEST(Graph, RefusesDuplicateNames) {
  ModelBuilder m;
  m.input("x", {2});
  m.node("Relu", {"x"}, {"a"});
  m.node("Abs", {"x"}, {"a"}, {}, "again");
  m.output("a");
  auto r = import(m.model);
  EXPECT_EQ(r->code(), "invalid-model") << r->text();
  EXPECT_EQ(r->diagnostics.all()[0].node, "again");
}

TEST(Graph, RefusesNodesOutOfOrder) {
  ModelBuilder m;
  m.input("x", {2});
  m.node("Abs", {"a"}, {"y"}, {}, "early");
  m.node("Relu", {"x"}, {"a"});
  m.output("y");
  auto r = import(m.model);
  EXPECT_EQ(r->code(), "invalid-model") << r->text();
  EXPECT_NE(r->text().find("topological order"), std::string::npos);
}

TEST(Graph, RefusesCycles) {
  ModelBuilder m;
  m.input("x", {2});
  m.node("Add", {"x", "b"}, {"a"}, {}, "loop");
  m.node("Relu", {"a"}, {"b"});
  m.output("b");
  auto r = import(m.model);
  EXPECT_EQ(r->code(), "invalid-model") << r->text();
  EXPECT_NE(r->text().find("cycle"), std::string::npos);
}

TEST(Graph, RefusesMissingInputs) {
  ModelBuilder m;
  m.input("x", {2});
  m.node("Add", {"x", "nowhere"}, {"y"}, {}, "n");
  m.output("y");
  auto r = import(m.model);
  EXPECT_EQ(r->code(), "invalid-model") << r->text();
  ModelBuilder few;
  few.input("x", {2});
  few.node("Add", {"x"}, {"y"}, {}, "n");
  few.output("y");
  EXPECT_EQ(import(few.model)->code(), "invalid-model");
}

TEST(Graph, ReportsShapesThatDoNotFitAtTheNode) {
  ModelBuilder m;
  m.input("x", {2, 3});
  m.input("z", {4});
  m.node("Add", {"x", "z"}, {"y"}, {}, "sum");
  m.output("y");
  auto r = import(m.model);
  EXPECT_EQ(r->code(), "invalid-model") << r->text();
  EXPECT_EQ(r->diagnostics.all()[0].node, "sum");
}

TEST(Graph, RefusesOutputOfAnotherTypeThanDeclared) {
  ModelBuilder m;
  m.input("x", {2});
  m.node("Relu", {"x"}, {"y"});
  m.output("y", onnx::TensorProto::INT64);
  EXPECT_EQ(import(m.model)->code(), "invalid-model");
}

TEST(Graph, RefusesUnknownOpsets) {
  ModelBuilder m(99);
  m.input("x", {2});
  m.node("Relu", {"x"}, {"y"});
  m.output("y");
  auto r = import(m.model);
  EXPECT_EQ(r->code(), "unsupported-op");
  EXPECT_NE(r->text().find("opset 99"), std::string::npos);
}

TEST(Graph, RefusesStringsAndSequences) {
  ModelBuilder strings;
  strings.input("x", {2}, onnx::TensorProto::STRING);
  strings.node("Identity", {"x"}, {"y"});
  strings.output("y", onnx::TensorProto::STRING);
  EXPECT_EQ(import(strings.model)->code(), "unsupported-type");
  ModelBuilder sequence;
  onnx::ValueInfoProto &info = *sequence.graph.add_input();
  info.set_name("x");
  info.mutable_type()->mutable_sequence_type();
  sequence.node("Identity", {"x"}, {"y"});
  sequence.output("y");
  EXPECT_EQ(import(sequence.model)->code(), "unsupported-type");
}

TEST(Graph, InlinesFunctionsWithTheirAttributes) {
  ModelBuilder m;
  m.model.add_opset_import()->set_domain("mine");
  m.model.mutable_opset_import(1)->set_version(1);
  onnx::FunctionProto &f = *m.model.add_functions();
  f.set_domain("mine");
  f.set_name("Leak");
  f.add_input("in");
  f.add_output("out");
  f.add_attribute("slope");
  f.add_opset_import()->set_version(17);
  onnx::NodeProto &body = *f.add_node();
  body.set_op_type("LeakyRelu");
  body.set_name("inner");
  body.add_input("in");
  body.add_output("out");
  onnx::AttributeProto &alpha = *body.add_attribute();
  alpha.set_name("alpha");
  alpha.set_type(onnx::AttributeProto::FLOAT);
  alpha.set_ref_attr_name("slope");
  m.input("x", {2});
  m.node("Leak", {"x"}, {"y"}, {floatAttr("slope", 0.5f)}, "call").set_domain("mine");
  m.output("y");
  auto r = import(m.model);
  ASSERT_TRUE(r->ok()) << r->text();
  EXPECT_EQ(r->run({{-4, 2}})[0], (std::vector<double>{-2, 2}));
  auto op = *r->function().getOps<nn::UnaryOp>().begin();
  EXPECT_EQ(nodeNames(op.getLoc())[0], "call/inner");
}

TEST(Graph, RefusesEndlessFunctionCalls) {
  ModelBuilder m;
  m.model.add_opset_import()->set_domain("mine");
  m.model.mutable_opset_import(1)->set_version(1);
  onnx::FunctionProto &f = *m.model.add_functions();
  f.set_domain("mine");
  f.set_name("Again");
  f.add_input("in");
  f.add_output("out");
  onnx::OperatorSetIdProto &opset = *f.add_opset_import();
  opset.set_domain("mine");
  opset.set_version(1);
  onnx::NodeProto &body = *f.add_node();
  body.set_op_type("Again");
  body.set_domain("mine");
  body.add_input("in");
  body.add_output("out");
  m.input("x", {2});
  m.node("Again", {"x"}, {"y"}, {}, "call").set_domain("mine");
  m.output("y");
  auto r = import(m.model);
  EXPECT_EQ(r->code(), "limit") << r->text();
}

TEST(Graph, MarksStates) {
  ModelBuilder m;
  m.input("x", {2});
  m.input("h", {2});
  m.node("Add", {"x", "h"}, {"hn"});
  m.output("hn");
  ImportOptions options;
  options.states.push_back({"h", "hn", ""});
  auto r = import(m.model, options);
  ASSERT_TRUE(r->ok()) << r->text();
  EXPECT_EQ(r->function().getArgAttrOfType<mlir::StringAttr>(1, "nn.state").getValue(), "h");
  EXPECT_EQ(r->function().getResultAttrOfType<mlir::StringAttr>(0, "nn.state").getValue(), "h");
  EXPECT_FALSE(r->function().getArgAttr(0, "nn.state"));
  options.states[0].output = "other";
  auto wrong = import(m.model, options);
  EXPECT_EQ(wrong->code(), "usage");
  EXPECT_EQ(wrong->diagnostics.exitCode(), 2);
}
