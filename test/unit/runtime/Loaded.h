// Handles with their blocks, for the loader's tests: open, create, bind and run in a line each.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_UNIT_RUNTIME_LOADED_H
#define SINTER_TEST_UNIT_RUNTIME_LOADED_H

#include "test/unit/runtime/TestPackage.h"

#include "sinter.h"

#include <atomic>
#include <gtest/gtest.h>

namespace sinter::test {

using Floats = std::vector<float>;

struct Error : sinter_error {
  Error() : sinter_error{} { size = sizeof(sinter_error); }
};

template <typename T> T sized() {
  T result = {};
  result.size = sizeof(T);
  return result;
}

/// Memory at a chosen distance from a multiple of 4096, freed at the end.
class Block {
public:
  explicit Block(uint64_t bytes, uint64_t misalignment = 0);
  ~Block();
  Block(const Block &) = delete;
  void *data() const { return start; }
  float *floats() const { return static_cast<float *>(start); }
  void set(const Floats &values);
  Floats get(size_t count = kElements) const { return Floats(floats(), floats() + count); }

private:
  void *base;
  void *start;
};

/// Allocator hooks that count, fail on demand and report allocations at a forbidden time.
struct CountingAllocator {
  CountingAllocator();
  sinter_hooks hooks = sized<sinter_hooks>();
  std::atomic<int64_t> outstanding{0}, allocations{0}, failAt{-1}, violations{0};
  std::atomic<bool> isForbidden{false};
  size_t limit = size_t(1) << 28; ///< Of one allocation: a hostile package must not be able to exhaust the machine.
};

/// An open package. `code` and `error` say how opening went.
class Package {
public:
  explicit Package(Bytes bytes, const sinter_load_options *options = nullptr);
  ~Package();
  Package(const Package &) = delete;

  /// The default: the null driver.
  static sinter_load_options options(const sinter_hooks *hooks = nullptr);

  operator const sinter_package *() const { return handle; }

  sinter_code code;
  Error error;
  sinter_package *handle = nullptr;

private:
  Block bytes;
  Block block;
};

class Context {
public:
  explicit Context(const sinter_package *package, uint32_t threads = 1);
  ~Context();
  Context(const Context &) = delete;

  operator sinter_context *() const { return handle; }

  sinter_code bind(uint32_t direction, uint32_t index, void *data, uint64_t bytes = kTensorBytes);
  sinter_code bind(uint32_t direction, uint32_t index, const Block &block) {
    return bind(direction, index, block.data());
  }
  sinter_code run(const sinter_run_params *params = nullptr);

  sinter_code code;
  Error error;
  sinter_context *handle = nullptr;

private:
  Block block;
};

/// Two inputs and an output, bound.
struct Buffers {
  explicit Buffers(Context &context, uint64_t misalignment = 0);
  Block a, b, y;
};

sinter_source memorySource(const void *data, uint64_t bytes);

#define ASSERT_CODE_OK(object) ASSERT_EQ(SINTER_OK, (object).code) << (object).error.text

#define EXPECT_CODE_OK(object) EXPECT_EQ(SINTER_OK, (object).code) << (object).error.text

#define ASSERT_CODE(expected, call, error)                                                                             \
  ASSERT_EQ(expected, call) << sinter_code_name((error).code) << ": " << (error).text

#define EXPECT_CODE(expected, call, error)                                                                             \
  EXPECT_EQ(expected, call) << sinter_code_name((error).code) << ": " << (error).text

} // namespace sinter::test

#endif
