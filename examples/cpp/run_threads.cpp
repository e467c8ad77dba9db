// Two threads run one package: it is opened once and shared, each thread has a context of its own.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <sinter.h>

#include <cstdio>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

template <typename T> T sized() {
  T result{};
  result.size = sizeof(T);
  return result;
}

/// Throws what the loader reports.
class Check {
public:
  sinter_error error = sized<sinter_error>();
  void operator()(sinter_code code) const {
    if (code)
      throw std::runtime_error(std::string(sinter_code_name(code)) + ": " + error.text);
  }
};

struct AlignedDelete {
  std::align_val_t alignment;
  void operator()(void *memory) const { ::operator delete(memory, alignment); }
};
using Block = std::unique_ptr<void, AlignedDelete>;

Block makeBlock(uint64_t bytes, uint64_t alignment) {
  return Block(::operator new(bytes ? bytes : 1, std::align_val_t(alignment)), {std::align_val_t(alignment)});
}

/// A package in a file. Constants are mapped, not read.
class Package {
public:
  explicit Package(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status))
      throw std::runtime_error(std::string("cannot open ") + path);
    auto source = sized<sinter_source>();
    source.kind = SINTER_SOURCE_FD;
    source.fd = fd;
    source.length = uint64_t(status.st_size);
    const sinter_driver_entry drivers[] = {sinter_cpu_driver, sinter_null_driver};
    auto options = sized<sinter_load_options>();
    options.drivers = drivers;
    options.driver_count = 2;
    auto needs = sized<sinter_requirements>();
    sinter_code code = sinter_package_requirements(&source, &options, &needs, &check.error);
    if (!code) {
      block = makeBlock(needs.bytes, needs.alignment);
      code = sinter_package_open(&source, &options, block.get(), needs.bytes, &handle, &check.error);
    }
    close(fd);
    check(code);
  }
  ~Package() { sinter_package_close(handle); }
  Package(const Package &) = delete;

  operator const sinter_package *() const { return handle; }

private:
  Check check;
  Block block{nullptr, {}};
  sinter_package *handle = nullptr;
};

/// A context with buffers for every value of the first entry point.
class Model {
public:
  explicit Model(const Package &package) {
    auto needs = sized<sinter_context_requirements>();
    check(sinter_context_get_requirements(package, nullptr, &needs, &check.error));
    block = makeBlock(needs.bytes, needs.alignment);
    check(sinter_context_create(package, nullptr, block.get(), needs.bytes, &handle, &check.error));
    auto entry = sized<sinter_entry_info>();
    check(sinter_entry_get_info(package, 0, &entry, &check.error));
    for (uint32_t i = 0; i < entry.input_count; ++i)
      addBuffer(package, SINTER_INPUT, i);
    for (uint32_t i = 0; i < entry.output_count; ++i)
      addBuffer(package, SINTER_OUTPUT, i);
  }
  ~Model() { sinter_context_destroy(handle); }
  Model(const Model &) = delete;

  void fillInputs(float value) {
    for (const Value &input : values)
      if (input.isInput && input.info.type == SINTER_F32)
        std::fill_n(static_cast<float *>(input.data.get()), input.info.bytes / sizeof(float), value);
  }
  void run() { check(sinter_run(handle, 0, nullptr, &check.error)); }

  /// The first element of the first output, where it is a float.
  float firstResult() const {
    for (const Value &output : values)
      if (!output.isInput && output.info.type == SINTER_F32)
        return *static_cast<const float *>(output.data.get());
    return 0;
  }

private:
  struct Value {
    bool isInput;
    sinter_value_info info;
    Block data;
  };

  void addBuffer(const Package &package, sinter_direction direction, uint32_t index) {
    auto info = sized<sinter_value_info>();
    check(sinter_value_get_info(package, 0, direction, index, &info, &check.error));
    if (info.state >= 0)
      return; // the loader keeps it
    Block data = makeBlock(info.bytes, info.alignment);
    check(sinter_bind(handle, 0, direction, index, data.get(), info.bytes, &check.error));
    values.push_back({direction == SINTER_INPUT, info, std::move(data)});
  }

  Check check;
  Block block{nullptr, {}};
  sinter_context *handle = nullptr;
  std::vector<Value> values;
};

} // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: run_threads MODEL.sinter\n");
    return 2;
  }
  try {
    Package package(argv[1]);
    float results[2] = {};
    std::string errors[2];
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i)
      threads.emplace_back([&, i] {
        try {
          Model model(package);
          model.fillInputs(float(i + 1));
          model.run();
          results[i] = model.firstResult();
        } catch (const std::exception &error) {
          errors[i] = error.what();
        }
      });
    for (std::thread &thread : threads)
      thread.join();
    for (int i = 0; i < 2; ++i) {
      if (!errors[i].empty())
        throw std::runtime_error(errors[i]);
      std::printf("thread %d: inputs of %d give %g\n", i, i + 1, double(results[i]));
    }
    return 0;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "run_threads: %s\n", error.what());
    return 1;
  }
}
