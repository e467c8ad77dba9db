// Packages of released formats load and run: test/golden.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/runtime/Loaded.h"

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace sinter;
using namespace sinter::test;

namespace {

std::vector<std::filesystem::path> goldenPackages() {
  std::vector<std::filesystem::path> found;
  for (const auto &entry : std::filesystem::recursive_directory_iterator(SINTER_GOLDEN))
    if (entry.path().extension() == ".sinter")
      found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

Bytes readBytes(const std::filesystem::path &path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

/// What test/golden/model.mlir says, for two runs.
void expectModel(const Package &package) {
  Context context(package);
  ASSERT_CODE_OK(context);
  Block x(kTensorBytes), y(kTensorBytes), z(kTensorBytes);
  x.set({10, 20, 30, 40});
  ASSERT_CODE(SINTER_OK, context.bind(SINTER_INPUT, 0, x), context.error);
  ASSERT_CODE(SINTER_OK, context.bind(SINTER_OUTPUT, 0, y), context.error);
  ASSERT_CODE(SINTER_OK, context.bind(SINTER_OUTPUT, 1, z), context.error);
  ASSERT_CODE(SINTER_OK, context.run(), context.error);
  EXPECT_EQ(y.get(), (Floats{11, 22, 33, 44}));
  EXPECT_EQ(z.get(), (Floats{122, 244, 366, 488}));
  ASSERT_CODE(SINTER_OK, context.run(), context.error);
  EXPECT_EQ(y.get(), (Floats{11, 22, 33, 44}));
  EXPECT_EQ(z.get(), (Floats{133, 266, 399, 532}));
}

} // namespace

TEST(Golden, EveryReleasedPackageRuns) {
  std::vector<std::filesystem::path> paths = goldenPackages();
  ASSERT_FALSE(paths.empty());
  for (const std::filesystem::path &path : paths) {
    SCOPED_TRACE(path.string());
    Package package(readBytes(path));
    ASSERT_CODE_OK(package);
    expectModel(package);
  }
}
