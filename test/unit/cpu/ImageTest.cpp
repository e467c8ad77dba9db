// Images: for every architecture and variant, without undefined symbols, the same bytes whatever the thread count.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Parser/Parser.h"
#include "targets/cpu/compiler/CpuTarget.h"
#include "test/unit/cpu/KernelRunner.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::test;

namespace {

class ImageTest : public KernelTest {
protected:
  /// Kernels that need what some processor lacks: functions, half floats, conversions, fused multiply-add.
  static std::string kernels() {
    std::string text;
    auto unary = [&](const std::string &kind, const std::string &element) {
      std::string type = "tensor<1000x" + element + ">";
      text += "func.func @" + kind + "_" + element + "(%0: " + type + ") -> " + type + " {\n  %1 = nn.unary " + kind +
              " %0 : " + type + " -> " + type + "\n  return %1 : " + type + "\n}\n";
    };
    for (const char *kind :
         {"exp",   "log",   "sin", "cos",     "tan",      "asin", "acos", "atan",  "sinh",  "cosh", "tanh", "asinh",
          "acosh", "atanh", "erf", "sigmoid", "softplus", "gelu", "mish", "round", "floor", "ceil", "sqrt"})
      unary(kind, "f32");
    for (const char *element : {"f16", "bf16"})
      unary("exp", element);
    for (const char *kind : {"round", "floor", "sqrt"})
      unary(kind, "f64");
    for (const char *kind : {"pow", "mod", "fmod", "max"})
      text += std::string("func.func @") + kind + "(%0: tensor<99xf32>) -> tensor<99xf32> {\n  %1 = nn.binary " + kind +
              " %0, %0 : (tensor<99xf32>, tensor<99xf32>) -> tensor<99xf32>\n  return %1 : tensor<99xf32>\n}\n";
    for (const char *to : {"i8", "ui8", "i64", "ui64", "f16", "bf16"})
      text += std::string("func.func @cast_") + to + "(%0: tensor<99xf64>) -> tensor<99x" + to +
              "> {\n  %1 = nn.cast %0 : tensor<99xf64> -> tensor<99x" + to + ">\n  return %1 : tensor<99x" + to +
              ">\n}\n";
    text += R"(
func.func @softmax(%0: tensor<64x1000xf32>) -> tensor<64x1000xf32> {
  %1 = nn.softmax %0 axis 1 : tensor<64x1000xf32> -> tensor<64x1000xf32>
  return %1 : tensor<64x1000xf32>
}
func.func @matmul(%0: tensor<40x70xf32>, %1: tensor<70x90xf32>) -> tensor<40x90xf32> {
  %2 = nn.matmul %0, %1 : (tensor<40x70xf32>, tensor<70x90xf32>) -> tensor<40x90xf32>
  return %2 : tensor<40x90xf32>
}
func.func @copy(%0: tensor<100000xf32>) -> tensor<100000xf32> {
  return %0 : tensor<100000xf32>
}
)";
    return text;
  }

  std::vector<EmittedVariant> build(const Target &target, unsigned threads) {
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(kernels(), &context);
    EXPECT_TRUE(module);
    EXPECT_TRUE(succeeded(target.lower(*module)));
    FailureOr<std::vector<EmittedVariant>> variants = target.emit(*module, {}, threads);
    EXPECT_TRUE(succeeded(variants));
    return succeeded(variants) ? *variants : std::vector<EmittedVariant>();
  }
};

// The link fails on an undefined symbol, a writable segment or a relocation.
TEST_F(ImageTest, EveryVariantLinksWithoutALibrary) {
  for (auto create : {cpu::createX8664Target, cpu::createAarch64Target, cpu::createRiscv64Target}) {
    std::unique_ptr<Target> target = create();
    SCOPED_TRACE(target->info().name);
    std::vector<EmittedVariant> variants = build(*target, 2);
    EXPECT_EQ(variants.size(), target->info().variants.size());
    for (const EmittedVariant &variant : variants)
      for (uint64_t entry : variant.entries)
        EXPECT_LT(entry, variant.image.size());
  }
}

TEST_F(ImageTest, BytesDoNotDependOnThreads) {
  std::unique_ptr<Target> target = cpu::createX8664Target();
  std::vector<EmittedVariant> one = build(*target, 1), four = build(*target, 4);
  ASSERT_EQ(one.size(), four.size());
  for (size_t i = 0; i < one.size(); ++i) {
    EXPECT_TRUE(one[i].image == four[i].image) << one[i].info.name;
    EXPECT_EQ(one[i].entries, four[i].entries);
  }
}

} // namespace
