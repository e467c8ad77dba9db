// See Loaded.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/runtime/Loaded.h"

#include <stdlib.h>
#include <string.h>

using namespace sinter::test;

Block::Block(uint64_t bytes, uint64_t misalignment)
    : base(aligned_alloc(4096, (bytes + misalignment + 4096) / 4096 * 4096)),
      start(static_cast<char *>(base) + misalignment) {
  memset(start, 0, bytes);
}

Block::~Block() { free(base); }

void Block::set(const Floats &values) { memcpy(start, values.data(), values.size() * sizeof(float)); }

CountingAllocator::CountingAllocator() {
  hooks.user = this;
  hooks.allocate = [](void *user, size_t bytes, size_t alignment) -> void * {
    auto &self = *static_cast<CountingAllocator *>(user);
    self.violations += self.isForbidden;
    void *memory = nullptr;
    if (self.allocations++ == self.failAt || bytes > self.limit ||
        posix_memalign(&memory, alignment < 8 ? 8 : alignment, bytes + 1))
      return nullptr;
    ++self.outstanding;
    return memory;
  };
  hooks.release = [](void *user, void *memory, size_t, size_t) {
    --static_cast<CountingAllocator *>(user)->outstanding;
    free(memory);
  };
}

sinter_source sinter::test::memorySource(const void *data, uint64_t bytes) {
  sinter_source source = sized<sinter_source>();
  source.kind = SINTER_SOURCE_MEMORY;
  source.data = data;
  source.length = bytes;
  return source;
}

sinter_load_options Package::options(const sinter_hooks *hooks) {
  static const sinter_driver_entry drivers[] = {sinter_null_driver};
  sinter_load_options result = sized<sinter_load_options>();
  result.hooks = hooks;
  result.drivers = drivers;
  result.driver_count = 1;
  return result;
}

Package::Package(Bytes given, const sinter_load_options *options) : bytes(given.size()), block(65536) {
  memcpy(bytes.data(), given.data(), given.size());
  sinter_source source = memorySource(bytes.data(), given.size());
  sinter_load_options standard = Package::options();
  code = sinter_package_open(&source, options ? options : &standard, block.data(), 65536, &handle, &error);
}

Package::~Package() { sinter_package_close(handle); }

Context::Context(const sinter_package *package, uint32_t threads) : block(65536) {
  sinter_context_options options = sized<sinter_context_options>();
  options.threads = threads;
  code = sinter_context_create(package, &options, block.data(), 65536, &handle, &error);
}

Context::~Context() { sinter_context_destroy(handle); }

sinter_code Context::bind(uint32_t direction, uint32_t index, void *data, uint64_t bytes) {
  return sinter_bind(handle, 0, direction, index, data, bytes, &error);
}

sinter_code Context::run(const sinter_run_params *params) { return sinter_run(handle, 0, params, &error); }

Buffers::Buffers(Context &context, uint64_t misalignment)
    : a(kTensorBytes, misalignment), b(kTensorBytes, misalignment), y(kTensorBytes, misalignment) {
  a.set({1, 2, 3, 4});
  b.set({10, 20, 30, 40});
  EXPECT_CODE(SINTER_OK, context.bind(SINTER_INPUT, 0, a), context.error);
  EXPECT_CODE(SINTER_OK, context.bind(SINTER_INPUT, 1, b), context.error);
  EXPECT_CODE(SINTER_OK, context.bind(SINTER_OUTPUT, 0, y), context.error);
}
