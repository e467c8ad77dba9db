// Bytes that are not what they claim to be: a typed error or a valid model, never a crash, never
// much memory.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/WireScan.h"
#include "compiler/support/Limits.h"
#include "test/unit/import/ModelBuilder.h"
#include <gtest/gtest.h>
#include <sys/resource.h>

using namespace sinter;
using namespace sinter::test;

// One of most things: initializers of several forms, attributes, a branch, a function.
static std::string sampleModel() {
  ModelBuilder m;
  m.input("x", {1, 1, 4, 4});
  m.floats("w", {2, 1, 3, 3}, std::vector<float>(18, 0.5f));
  m.ints("target", {2}, {1, -1});
  onnx::TensorProto &raw = *m.graph.add_initializer();
  raw.set_name("raw");
  raw.set_data_type(onnx::TensorProto::FLOAT);
  raw.add_dims(1);
  raw.set_raw_data(std::string(4, '\0'));
  m.node("Conv", {"x", "w"}, {"a"}, {intsAttr("pads", {1, 1, 1, 1})}, "conv");
  m.node("Add", {"a", "raw"}, {"b"});
  m.node("Reshape", {"b", "target"}, {"c"});
  m.node("Softmax", {"c"}, {"y"}, {intAttr("axis", -1)});
  m.output("y");
  return m.model.SerializeAsString();
}

static void expectTyped(const Imported &r) {
  EXPECT_NE(r.ok(), r.diagnostics.hasErrors()) << r.text();
  if (r.ok())
    return;
  EXPECT_EQ(r.diagnostics.exitCode(), 1) << r.text();
}

TEST(Hostile, TruncationAtEveryByte) {
  std::string bytes = sampleModel();
  ASSERT_TRUE(importBytes(bytes)->ok());
  for (size_t size = 0; size < bytes.size(); ++size)
    expectTyped(*importBytes(bytes.substr(0, size)));
}

TEST(Hostile, EveryByteChanged) {
  std::string bytes = sampleModel();
  for (size_t i = 0; i < bytes.size(); ++i)
    for (unsigned flip : {0x01u, 0x80u, 0xffu}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      expectTyped(*importBytes(changed));
    }
}

TEST(Hostile, NotAModel) {
  for (std::string bytes : {std::string("hello, world"), std::string(100, '\xff'), std::string("\x0b\x01", 2)}) {
    auto r = importBytes(bytes);
    EXPECT_EQ(r->code(), "malformed") << r->text();
  }
  EXPECT_EQ(importBytes("")->code(), "invalid-model");
}

static std::string field(unsigned number, const std::string &payload) {
  std::string bytes;
  for (uint64_t value : {uint64_t(number << 3 | 2), uint64_t(payload.size())}) {
    for (; value > 127; value >>= 7)
      bytes.push_back(static_cast<char>(value | 0x80));
    bytes.push_back(static_cast<char>(value));
  }
  return bytes + payload;
}

static long peakKilobytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// Protobuf would take 650 MB for this file.
TEST(Hostile, EmptyNodesAreRefusedWithLittleMemory) {
  std::string nodes;
  while (nodes.size() < (8u << 20))
    nodes += std::string("\x0a\x00", 2);
  std::string bytes = field(7, nodes);
  long before = peakKilobytes();
  auto r = importBytes(bytes);
  EXPECT_EQ(r->code(), "limit") << r->text();
  EXPECT_LT(peakKilobytes() - before, 8 << 10);
}

TEST(Hostile, DeepNestingIsRefused) {
  std::string graph;
  for (unsigned i = 0; i < 100; ++i)
    graph = field(1, field(5, field(6, graph))); // node { attribute { g { … } } }
  auto r = importBytes(field(7, graph));
  EXPECT_EQ(r->code(), "limit") << r->text();
  EXPECT_NE(r->text().find(std::to_string(limits::messageDepth)), std::string::npos);
}

static onnx::TensorProto &tensor(ModelBuilder &m, std::vector<int64_t> dims) {
  m.node("Identity", {"w"}, {"y"});
  m.output("y");
  onnx::TensorProto &t = *m.graph.add_initializer();
  t.set_name("w");
  t.set_data_type(onnx::TensorProto::FLOAT);
  for (int64_t dim : dims)
    t.add_dims(dim);
  return t;
}

TEST(Hostile, TensorsThatLie) {
  ModelBuilder raw;
  tensor(raw, {2}).set_raw_data("12345");
  EXPECT_EQ(import(raw.model)->code(), "invalid-model");
  ModelBuilder twice;
  onnx::TensorProto &t = tensor(twice, {1});
  t.set_raw_data("1234");
  t.add_float_data(1);
  EXPECT_EQ(import(twice.model)->code(), "invalid-model");
  ModelBuilder empty;
  tensor(empty, {3});
  EXPECT_EQ(import(empty.model)->code(), "invalid-model");
  ModelBuilder negative;
  tensor(negative, {-1}).set_raw_data("1234");
  EXPECT_EQ(import(negative.model)->code(), "invalid-model");
  ModelBuilder huge;
  tensor(huge, {1 << 30, 1 << 30, 1 << 30}).set_raw_data("1234");
  EXPECT_EQ(import(huge.model)->code(), "limit");
  ModelBuilder overflow;
  tensor(overflow, {INT64_MAX, INT64_MAX}).set_raw_data("1234");
  EXPECT_EQ(import(overflow.model)->code(), "invalid-model");
  ModelBuilder type;
  tensor(type, {1}).set_data_type(99);
  EXPECT_EQ(import(type.model)->code(), "unsupported-type");
}

TEST(Hostile, AttributesThatWouldOverflow) {
  for (const char *name : {"strides", "dilations", "pads"}) {
    ModelBuilder m;
    m.input("x", {1, 1, 4});
    m.floats("w", {1, 1, 1}, {1});
    size_t count = std::string(name) == "pads" ? 2 : 1;
    m.node("Conv", {"x", "w"}, {"y"}, {intsAttr(name, std::vector<int64_t>(count, INT64_MAX))});
    m.output("y");
    EXPECT_EQ(import(m.model)->code(), "invalid-model") << name;
  }
}
