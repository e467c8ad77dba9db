// Compiles a kernel, runs it, and compares with the reference evaluator.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/cpu/KernelRunner.h"
#include "compiler/support/Registration.h"
#include "compiler/target/Target.h"
#include "mlir/Parser/Parser.h"
#include "targets/cpu/compiler/CpuTarget.h"
#include <cmath>
#include <random>
#include <sys/mman.h>

using namespace mlir;
using namespace sinter;
using namespace sinter::test;

namespace {

#if defined(__x86_64__)
bool canRun(StringRef variant) {
  if (variant == "v2")
    return __builtin_cpu_supports("x86-64-v2");
  if (variant == "v3")
    return __builtin_cpu_supports("x86-64-v3");
  if (variant == "v4")
    return __builtin_cpu_supports("x86-64-v4");
  return variant == "v4+vnni" && __builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("avx512vnni");
}
std::unique_ptr<Target> hostTarget() { return cpu::createX8664Target(); }
#else
bool canRun(StringRef) { return true; }
std::unique_ptr<Target> hostTarget() { return cpu::createAarch64Target(); }
#endif

/// The image, executable; never writable at the same time.
struct Mapping {
  explicit Mapping(ArrayRef<char> bytes) : size((bytes.size() + 4095) / 4096 * 4096) {
    address = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(address, bytes.data(), bytes.size());
    mprotect(address, size, PROT_READ | PROT_EXEC);
  }
  ~Mapping() { munmap(address, size); }
  void *address;
  size_t size;
};

/// A 64-byte aligned block with a pattern behind it that must survive.
struct Buffer {
  explicit Buffer(size_t bytes) : bytes(bytes), block(bytes + 192, 0xA5) {
    data = reinterpret_cast<uint8_t *>((reinterpret_cast<uintptr_t>(block.data()) + 63) / 64 * 64);
  }
  Buffer(Buffer &&) = default;
  bool guardIntact() const {
    return std::all_of(data + bytes, data + bytes + 64, [](uint8_t byte) { return byte == 0xA5; });
  }
  size_t bytes;
  std::vector<uint8_t> block;
  uint8_t *data;
};

nn::Tensor randomTensor(RankedTensorType type, InputRange range, std::mt19937 &random) {
  std::uniform_real_distribution<double> uniform(range.low, range.high);
  if (isa<FloatType>(type.getElementType())) {
    std::vector<double> values(type.getNumElements());
    for (double &value : values)
      value = uniform(random);
    return nn::Tensor::fromDoubles(type, values);
  }
  std::vector<int64_t> values(type.getNumElements());
  for (int64_t &value : values)
    value = type.getElementType().isInteger(1) ? uniform(random) > 0 : std::llround(uniform(random));
  return nn::Tensor::fromInts(type, values);
}

void runKernel(const EmittedVariant &variant, int64_t grid, std::vector<Buffer> &buffers) {
  Mapping code(variant.image);
  using Entry = void (*)(void *const *, const int64_t *, uint64_t, uint64_t, void *);
  auto entry = reinterpret_cast<Entry>(static_cast<char *>(code.address) + variant.entries[0]);
  std::vector<void *> bindings;
  for (Buffer &buffer : buffers)
    bindings.push_back(buffer.data);
  Buffer scratch(variant.scratch[0]);
  // In two parts and backwards: workgroups do not depend on each other.
  uint64_t half = grid / 2;
  entry(bindings.data(), nullptr, half, grid - half, scratch.data);
  entry(bindings.data(), nullptr, 0, half, scratch.data);
  EXPECT_TRUE(scratch.guardIntact());
}

void compareFloats(const nn::Tensor &expected, const nn::Tensor &actual, Tolerance tolerance) {
  std::vector<double> want = expected.toDoubles(), got = actual.toDoubles();
  unsigned wrong = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    bool same = want[i] == got[i] || (std::isnan(want[i]) && std::isnan(got[i])) ||
                std::abs(want[i] - got[i]) <= tolerance.absolute + tolerance.relative * std::abs(want[i]);
    if (!same && wrong++ < 3)
      ADD_FAILURE() << "element " << i << ": expected " << want[i] << ", got " << got[i];
  }
  EXPECT_EQ(wrong, 0u) << "of " << want.size();
}

void compareInts(const nn::Tensor &expected, const nn::Tensor &actual) {
  std::vector<int64_t> want = expected.toInts(), got = actual.toInts();
  unsigned wrong = 0;
  for (size_t i = 0; i < want.size(); ++i)
    if (want[i] != got[i] && wrong++ < 3)
      ADD_FAILURE() << "element " << i << ": expected " << want[i] << ", got " << got[i];
  EXPECT_EQ(wrong, 0u) << "of " << want.size();
}

void compare(const nn::Tensor &expected, const Buffer &buffer, Tolerance tolerance) {
  EXPECT_TRUE(buffer.guardIntact()) << "written beyond the result's end";
  nn::Tensor actual =
      nn::Tensor::fromBytes(expected.getType(), std::vector<uint8_t>(buffer.data, buffer.data + buffer.bytes));
  if (isa<FloatType>(expected.getElementType()))
    compareFloats(expected, actual, tolerance);
  else
    compareInts(expected, actual);
}

} // namespace

KernelTest::KernelTest() {
  DialectRegistry registry;
  registerAllDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
}

void KernelTest::check(StringRef function, InputRange range, Tolerance tolerance) {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(function, &context);
  ASSERT_TRUE(module) << function.str();
  auto func = *module->getOps<func::FuncOp>().begin();
  std::mt19937 random(7);
  SmallVector<nn::Tensor> arguments;
  for (Type type : func.getArgumentTypes())
    arguments.push_back(randomTensor(cast<RankedTensorType>(type), range, random));
  FailureOr<SmallVector<nn::Tensor>> expected = nn::evaluateFunction(func, arguments);
  ASSERT_TRUE(succeeded(expected));

  std::unique_ptr<Target> target = hostTarget();
  SmallVector<Operation *> ops;
  for (Operation &op : func.getBody().front().without_terminator())
    ops.push_back(&op);
  for (const Refusal &refusal : target->claim(ops).refusals)
    ADD_FAILURE() << "refused: " << refusal.reason;
  ASSERT_TRUE(succeeded(target->lower(*module)));
  int64_t grid = (*module->getOps<func::FuncOp>().begin())->getAttrOfType<IntegerAttr>("program.grid").getInt();
  FailureOr<std::vector<EmittedVariant>> variants = target->emit(*module, {}, 1);
  ASSERT_TRUE(succeeded(variants));
  unsigned executed = 0;
  for (const EmittedVariant &variant : *variants) {
    if (!canRun(variant.info.name))
      continue;
    SCOPED_TRACE("variant " + variant.info.name + ", grid " + std::to_string(grid));
    std::vector<Buffer> buffers;
    for (const nn::Tensor &argument : arguments) {
      buffers.emplace_back(argument.getBytes().size());
      memcpy(buffers.back().data, argument.getBytes().data(), argument.getBytes().size());
    }
    for (const nn::Tensor &result : *expected)
      buffers.emplace_back(result.getBytes().size());
    runKernel(variant, grid, buffers);
    for (auto [i, result] : llvm::enumerate(*expected))
      compare(result, buffers[arguments.size() + i], tolerance);
    ++executed;
  }
  EXPECT_GT(executed, 0u) << "no variant of the code runs on this machine";
}

void KernelTest::checkOp(StringRef op, ArrayRef<std::string> types, StringRef resultType, InputRange range,
                         Tolerance tolerance) {
  std::string arguments;
  for (auto [i, type] : llvm::enumerate(types))
    arguments += (i ? ", %" : "%") + std::to_string(i) + ": " + type;
  SCOPED_TRACE(op.str());
  check("func.func @kernel(" + arguments + ") -> " + resultType.str() + " {\n  %r = " + op.str() +
            "\n  return %r : " + resultType.str() + "\n}",
        range, tolerance);
}
