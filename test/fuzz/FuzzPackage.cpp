// Any bytes as a package: opened, looked at, made a context of, its shapes resolved, and run, or
// refused with a typed error.
//
// A changed byte would end at its section's hash, and nothing behind the hashes would be tried. So
// the harness writes the right hashes into what it is given before it is opened, once as it is and
// once repaired. Code is for the null target only: a CPU image is native code, which is trusted
// like a shared library.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "format/Format.h"
#include "sinter.h"
#include "support/Sha256.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

using namespace sinter;

namespace {

constexpr uint64_t kMostMemory = uint64_t(1) << 20;

template <typename T> T sized() {
  T result = {};
  result.size = sizeof(T);
  return result;
}

/// Memory that a hostile package cannot make large, and of exactly that size: rounded up, it would hide what reads past
/// it.
void *allocate(void *, size_t bytes, size_t alignment) {
  void *memory = nullptr;
  return bytes > kMostMemory || posix_memalign(&memory, std::max(alignment, sizeof(void *)), bytes) ? nullptr : memory;
}
void release(void *, void *pointer, size_t, size_t) { std::free(pointer); }

/// A clock that counts how often it is asked: loops of a hostile package end after so many
/// commands.
constexpr uint64_t kMostCommands = 10000;
uint64_t tick(void *) {
  static uint64_t count = 0;
  return ++count;
}

struct Block {
  template <typename T>
  explicit Block(const T &needs) : data(allocate(nullptr, needs.bytes, std::max<uint64_t>(needs.alignment, 16))) {}
  ~Block() { std::free(data); }
  Block(const Block &) = delete;
  void *data;
};

void expect(bool fine, const char *what) {
  if (fine)
    return;
  std::fprintf(stderr, "defect: %s\n", what);
  std::abort();
}

void digest(const void *data, size_t size, uint8_t result[32]) {
  rt::Sha256 hash;
  hash.update(data, size);
  hash.finish(result);
}

/// Puts right what a changed byte breaks: the file's size, each section's hash, the directory's.
void repair(std::vector<uint8_t> &bytes) {
  if (bytes.size() < sizeof(format::Header))
    return;
  format::Header header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  std::memcpy(header.magic, format::kMagic, sizeof(header.magic));
  header.fileSize = bytes.size();
  std::memcpy(bytes.data(), &header, sizeof(header));
  uint64_t directory = sizeof(header) + header.sectionCount * sizeof(format::SectionEntry);
  if (header.sectionCount > 64 || directory + format::kDirectoryHashSize > bytes.size())
    return;
  for (uint32_t i = 0; i < header.sectionCount; ++i) {
    uint8_t *place = bytes.data() + sizeof(header) + i * sizeof(format::SectionEntry);
    format::SectionEntry entry;
    std::memcpy(&entry, place, sizeof(entry));
    if (entry.offset > bytes.size() || entry.storedSize > bytes.size() - entry.offset)
      continue;
    digest(bytes.data() + entry.offset, entry.storedSize, entry.sha256);
    std::memcpy(place, &entry, sizeof(entry));
  }
  digest(bytes.data(), directory, bytes.data() + directory);
}

/// Resolves the inputs' shapes at their bounds.
void resolve(sinter_context *context, const sinter_package *package, uint32_t entry, const sinter_entry_info &info) {
  sinter_error error = sized<sinter_error>();
  if (info.input_count > 1024 || info.output_count > 1024)
    return;
  std::vector<sinter_shape> inputs(info.input_count, sized<sinter_shape>()),
      outputs(info.output_count, sized<sinter_shape>());
  for (uint32_t i = 0; i < info.input_count; ++i) {
    sinter_value_info value = sized<sinter_value_info>();
    if (sinter_value_get_info(package, entry, SINTER_INPUT, i, &value, &error))
      continue;
    inputs[i].rank = value.rank;
    std::copy_n(value.extent, SINTER_MAX_RANK, inputs[i].extent);
  }
  sinter_resolve(context, entry, inputs.data(), info.input_count, outputs.data(), info.output_count, &error);
}

/// Binds each value of the entry point to memory of its size and runs twice.
void use(sinter_context *context, const sinter_package *package, uint32_t entry, const sinter_entry_info &info) {
  sinter_error error = sized<sinter_error>();
  resolve(context, package, entry, info);
  std::vector<std::vector<uint64_t>> memory;
  for (uint32_t direction : {SINTER_INPUT, SINTER_OUTPUT})
    for (uint32_t i = 0; i < (direction == SINTER_INPUT ? info.input_count : info.output_count); ++i) {
      sinter_value_info value = sized<sinter_value_info>();
      if (sinter_value_get_info(package, entry, direction, i, &value, &error))
        continue;
      if (value.bytes > kMostMemory)
        return;
      memory.emplace_back(value.bytes / 8 + 9);
      sinter_bind(context, entry, direction, i, memory.back().data(), value.bytes, &error);
    }
  for (int run = 0; run < 2; ++run) {
    sinter_run_params params = sized<sinter_run_params>();
    params.deadline = tick(nullptr) + kMostCommands;
    sinter_run(context, entry, &params, &error);
  }
}

void open(const std::vector<uint8_t> &bytes) {
  sinter_error error = sized<sinter_error>();
  sinter_source source = sized<sinter_source>();
  source.kind = SINTER_SOURCE_MEMORY;
  source.data = bytes.data();
  source.length = bytes.size();
  sinter_hooks hooks = sized<sinter_hooks>();
  hooks.allocate = allocate;
  hooks.release = release;
  hooks.clock = tick;
  const sinter_driver_entry drivers[] = {sinter_null_driver};
  sinter_load_options options = sized<sinter_load_options>();
  options.hooks = &hooks;
  options.drivers = drivers;
  options.driver_count = 1;
  sinter_requirements needs = sized<sinter_requirements>();
  if (sinter_package_requirements(&source, &options, &needs, &error)) {
    expect(error.code != SINTER_OK && error.text[0], "a refusal says why");
    return;
  }
  Block block(needs);
  if (!block.data)
    return;
  sinter_package *package = nullptr;
  if (sinter_package_open(&source, &options, block.data, needs.bytes, &package, &error)) {
    expect(error.code != SINTER_OK && error.text[0], "a refusal says why");
    return;
  }
  sinter_package_info info = sized<sinter_package_info>();
  expect(!sinter_package_get_info(package, &info, &error), "an open package tells about itself");
  sinter_context_options contextOptions = sized<sinter_context_options>();
  contextOptions.threads = 1;
  sinter_context_requirements contextNeeds = sized<sinter_context_requirements>();
  if (!sinter_context_get_requirements(package, &contextOptions, &contextNeeds, &error)) {
    Block contextBlock(contextNeeds);
    sinter_context *context = nullptr;
    if (contextBlock.data &&
        !sinter_context_create(package, &contextOptions, contextBlock.data, contextNeeds.bytes, &context, &error)) {
      for (uint32_t entry = 0; entry < info.entry_count; ++entry) {
        sinter_entry_info entryInfo = sized<sinter_entry_info>();
        if (!sinter_entry_get_info(package, entry, &entryInfo, &error))
          use(context, package, entry, entryInfo);
      }
      sinter_context_destroy(context);
    }
  }
  sinter_package_close(package);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::vector<uint8_t> bytes(data, data + size);
  open(bytes);
  repair(bytes);
  open(bytes);
  return 0;
}
