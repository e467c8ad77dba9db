// External data: read from the model's folder, never from outside of it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/import/ModelBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace sinter;
using namespace sinter::test;

namespace {

// A folder with a model whose only weight, two floats, lies in a file of its own.
class ExternalData : public testing::Test {
protected:
  void SetUp() override {
    llvm::SmallString<128> path;
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("sinter-import", path));
    root = std::string(path);
    ASSERT_FALSE(llvm::sys::fs::create_directory(root + "/model"));
    float values[2] = {1, 10};
    write("/model/weights.bin", std::string(reinterpret_cast<char *>(values), sizeof(values)));
    write("/secret.bin", std::string(reinterpret_cast<char *>(values), sizeof(values)));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(root); }

  void write(const std::string &name, const std::string &bytes) {
    std::ofstream(root + name, std::ios::binary) << bytes;
  }

  std::unique_ptr<Imported> load(const std::string &location, const std::string &offset = "0",
                                 const std::string &length = "8") {
    ModelBuilder m;
    m.input("x", {2});
    onnx::TensorProto &t = *m.graph.add_initializer();
    t.set_name("w");
    t.set_data_type(onnx::TensorProto::FLOAT);
    t.add_dims(2);
    t.set_data_location(onnx::TensorProto::EXTERNAL);
    for (auto [key, value] :
         {std::pair("location", location), std::pair("offset", offset), std::pair("length", length)}) {
      onnx::StringStringEntryProto &entry = *t.add_external_data();
      entry.set_key(key);
      entry.set_value(value);
    }
    m.node("Mul", {"x", "w"}, {"y"}, {}, "n");
    m.output("y");
    write("/model/m.onnx", m.model.SerializeAsString());
    auto r = std::make_unique<Imported>();
    r->module = importModel(root + "/model/m.onnx", r->context, {}, r->diagnostics, &r->info);
    return r;
  }

  std::string root;
};

} // namespace

TEST_F(ExternalData, IsRead) {
  auto r = load("weights.bin");
  ASSERT_TRUE(r->ok()) << r->text();
  EXPECT_EQ(r->run({{2, 3}})[0], (std::vector<double>{2, 30}));
  ASSERT_EQ(r->info.files.size(), 2u);
  EXPECT_EQ(r->info.files[0].path, root + "/model/m.onnx");
  EXPECT_EQ(r->info.files[1].path, root + "/model/weights.bin");
  EXPECT_EQ(r->info.files[1].sha256.size(), 64u);
}

TEST_F(ExternalData, NeverLeavesTheFolder) {
  for (std::string location : {std::string("../secret.bin"), root + "/secret.bin", std::string("sub/../../secret.bin"),
                               std::string("..\\secret.bin"), std::string("")}) {
    auto r = load(location);
    EXPECT_EQ(r->code(), "invalid-model") << location << "\n" << r->text();
    EXPECT_EQ(r->info.files.size(), 1u);
  }
}

TEST_F(ExternalData, DoesNotFollowLinksOut) {
  ASSERT_EQ(symlink("../secret.bin", (root + "/model/link.bin").c_str()), 0);
  EXPECT_EQ(load("link.bin")->code(), "invalid-model");
  ASSERT_EQ(symlink("..", (root + "/model/up").c_str()), 0);
  EXPECT_EQ(load("up/secret.bin")->code(), "invalid-model");
  ASSERT_EQ(symlink("weights.bin", (root + "/model/inside.bin").c_str()), 0);
  EXPECT_TRUE(load("inside.bin")->ok());
}

TEST_F(ExternalData, RangesAreChecked) {
  EXPECT_EQ(load("weights.bin", "4")->code(), "invalid-model");
  EXPECT_EQ(load("weights.bin", "18446744073709551615")->code(), "invalid-model");
  EXPECT_EQ(load("weights.bin", "-1")->code(), "invalid-model");
  EXPECT_EQ(load("weights.bin", "0", "4")->code(), "invalid-model");
  EXPECT_EQ(load("missing.bin")->code(), "file");
}

TEST_F(ExternalData, ModelFileErrors) {
  auto r = std::make_unique<Imported>();
  EXPECT_FALSE(importModel(root + "/none.onnx", r->context, {}, r->diagnostics));
  EXPECT_EQ(r->code(), "file");
  auto folder = std::make_unique<Imported>();
  EXPECT_FALSE(importModel(root, folder->context, {}, folder->diagnostics));
  EXPECT_EQ(folder->code(), "file");
}
