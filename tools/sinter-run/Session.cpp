// An open package with a context and buffers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter-run/Session.h"

#include "sinter_driver.h"
#include "tools/arrays/Files.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace sinter::tool;

Session::~Session() {
  sinter_context_destroy(context);
  sinter_package_close(package);
  for (void *block : blocks)
    std::free(block);
  if (fd >= 0)
    ::close(fd);
}

void *Session::allocate(uint64_t bytes, uint64_t alignment) {
  void *block = nullptr;
  if (posix_memalign(&block, std::max<size_t>(alignment, sizeof(void *)), bytes + 1))
    return nullptr;
  blocks.push_back(block);
  return block;
}

/// The loader's error as a sentence with its place.
Problem Session::fail(const char *what) const {
  Problem text = what;
  text += ": ";
  text += error.text;
  if (error.node)
    text += std::string(", at node '") + error.node + "'";
  if (error.section >= 0)
    text += ", in section " + std::to_string(error.section);
  return text + " [" + sinter_code_name(error.code) + "]";
}

Problem Session::loadDrivers(const Arguments &arguments) {
  drivers.push_back(sinter_cpu_driver);
#ifdef SINTER_RUN_WITH_NULL_DRIVER
  drivers.push_back(sinter_null_driver);
#endif
#ifdef SINTER_RUN_WITH_CUDA_DRIVER
  drivers.push_back(sinter_cuda_driver);
#endif
#ifdef SINTER_RUN_WITH_HEXAGON_DRIVER
  drivers.push_back(sinter_hexagon_driver);
#endif
#ifdef SINTER_RUN_WITH_ROCM_DRIVER
  drivers.push_back(sinter_rocm_driver);
#endif
#ifdef SINTER_RUN_WITH_VULKAN_DRIVER
  drivers.push_back(sinter_vulkan_driver);
#endif
  for (const std::string &path : arguments.drivers) {
    // A name without a slash would be searched for on the library path, where nobody expects a driver.
    std::string file = path.find('/') == std::string::npos ? "./" + path : path;
    void *library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library)
      return "cannot load driver '" + path + "': " + dlerror();
    void *symbol = dlsym(library, "sinter_driver_plugin");
    if (!symbol)
      return "'" + path + "' is no driver: it has no function sinter_driver_plugin";
    drivers.push_back(reinterpret_cast<sinter_driver_entry>(symbol));
  }
  return "";
}

/// A file is mapped; what has no size, such as a pipe, is read first.
Problem Session::findSource(const std::string &path, sinter_source &source) {
  struct stat status;
  source.size = sizeof(source);
  fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 || ::fstat(fd, &status) != 0)
    return "cannot open '" + path + "': " + std::strerror(errno);
  if (S_ISREG(status.st_mode)) {
    source.kind = SINTER_SOURCE_FD;
    source.fd = fd;
    source.length = uint64_t(status.st_size);
    return "";
  }
  Problem problem = readFile(path, content);
  source.kind = SINTER_SOURCE_MEMORY;
  source.data = content.data();
  source.length = content.size();
  return problem;
}

Problem Session::openPackage(const Arguments &arguments) {
  sinter_source source{};
  if (Problem problem = findSource(arguments.package == "-" ? "/dev/stdin" : arguments.package, source);
      !problem.empty())
    return problem;
  sinter_load_options options{};
  options.size = sizeof(options);
  options.drivers = drivers.data();
  options.driver_count = drivers.size();
  options.device = arguments.device.empty() ? nullptr : arguments.device.c_str();
  sinter_requirements block{sizeof(block), 0, 0};
  std::string what = "'" + arguments.package + "'";
  if (sinter_package_requirements(&source, &options, &block, &error) ||
      sinter_package_open(&source, &options, allocate(block.bytes, block.alignment), block.bytes, &package, &error))
    return fail(what.c_str());
  if (sinter_entry_find(package, arguments.entry.empty() ? nullptr : arguments.entry.c_str(), &entry, &error))
    return fail(what.c_str());
  return "";
}

Problem Session::createContext(const Arguments &arguments) {
  sinter_package_info info{};
  info.size = sizeof(info);
  sinter_package_get_info(package, &info, nullptr);
  sinter_context_options options{};
  options.size = sizeof(options);
  options.threads = arguments.threads;
  needs.size = sizeof(needs);
  if (sinter_context_get_requirements(package, &options, &needs, &error) ||
      sinter_context_create(package, &options, allocate(needs.bytes, needs.alignment), needs.bytes, &context, &error))
    return fail("cannot run the package");
  program.size = sizeof(program);
  sinter_program_get_info(package, uint32_t(info.program), &program, nullptr);
  return "";
}

Problem Session::makePorts() {
  sinter_entry_info info{};
  info.size = sizeof(info);
  if (sinter_entry_get_info(package, entry, &info, &error))
    return fail("entry point");
  entryName = info.name;
  inputs.resize(info.input_count);
  outputPorts.resize(info.output_count);
  for (sinter_direction direction : {SINTER_INPUT, SINTER_OUTPUT}) {
    auto &ports = direction == SINTER_INPUT ? inputs : outputPorts;
    for (uint32_t i = 0; i < ports.size(); ++i) {
      Port &port = ports[i];
      port.info.size = sizeof(port.info);
      if (sinter_value_get_info(package, entry, direction, i, &port.info, &error))
        return fail("entry point");
      port.shape.assign(port.info.extent, port.info.extent + port.info.rank);
      port.bytes = port.info.bytes;
      if (port.info.state >= 0)
        continue;
      port.data = static_cast<uint8_t *>(allocate(port.bytes, port.info.alignment));
      if (!port.data)
        return "no memory for '" + std::string(port.info.name) + "', " + std::to_string(port.bytes) + " bytes";
      std::memset(port.data, 0, port.bytes);
      if (sinter_bind(context, entry, direction, i, port.data, port.bytes + (port.bytes == 0), &error))
        return fail("buffers");
    }
  }
  return "";
}

Problem Session::open(const Arguments &arguments) {
  if (Problem problem = loadDrivers(arguments); !problem.empty())
    return problem;
  if (Problem problem = openPackage(arguments); !problem.empty())
    return problem;
  if (Problem problem = createContext(arguments); !problem.empty())
    return problem;
  return makePorts();
}

//===--- values
//-------------------------------------------------------------------------------------------------------===//

Problem Session::setInput(Port &port, const Array &array, int64_t step) {
  std::string name = std::string("input '") + port.info.name + "'";
  if (array.type && !isCompatible(array.type, port.info.type))
    return name + " is " + sinter_type_name(port.info.type) + ", the file has " + sinter_type_name(array.type);
  Array raw;
  const Array *source = &array;
  std::vector<int64_t> shape = array.shape;
  if (!array.type) { // raw bytes take the value's own shape
    shape.assign(port.info.extent, port.info.extent + port.info.rank);
    if (array.bytes.size() != port.info.bytes)
      return name + " has " + std::to_string(port.info.bytes) + " bytes, the file has " +
             std::to_string(array.bytes.size());
    std::memcpy(port.data, array.bytes.data(), array.bytes.size());
    return "";
  }
  size_t offset = 0;
  if (step >= 0) {
    if (shape.empty())
      return name + ": with --steps the file needs a leading axis";
    shape.erase(shape.begin());
    uint64_t bytes = fileBytes(array.type);
    for (int64_t dim : shape)
      bytes *= uint64_t(dim);
    offset = size_t(step) * bytes;
    raw = {array.type, shape, {array.bytes.begin() + long(offset), array.bytes.begin() + long(offset + bytes)}};
    source = &raw;
  }
  bool fits = shape.size() == port.info.rank;
  for (size_t d = 0; fits && d < shape.size(); ++d)
    fits = shape[d] == port.info.extent[d] || (port.info.symbol[d] && shape[d] >= 0 && shape[d] <= port.info.extent[d]);
  if (!fits)
    return name + " has shape " + spellShape(port.shape) + ", the file has " + spellShape(shape);
  port.shape = shape;
  std::vector<uint8_t> bytes = packed(*source, port.info.type);
  std::memcpy(port.data, bytes.data(), std::min<uint64_t>(bytes.size(), port.bytes));
  return "";
}

Problem Session::resolveShapes() {
  std::vector<sinter_shape> given(inputs.size() + 1), results(outputPorts.size() + 1);
  for (size_t i = 0; i < inputs.size(); ++i) {
    given[i].size = sizeof(sinter_shape);
    given[i].rank = inputs[i].info.rank;
    std::copy(inputs[i].shape.begin(), inputs[i].shape.end(), given[i].extent);
  }
  for (sinter_shape &shape : results)
    shape.size = sizeof(sinter_shape);
  if (sinter_resolve(context, entry, given.data(), uint32_t(inputs.size()), results.data(),
                     uint32_t(outputPorts.size()), &error))
    return fail("shapes");
  return "";
}

Problem Session::setInputs(const Arrays &arrays, int64_t step) {
  for (Port &port : inputs) {
    if (port.info.state >= 0)
      continue;
    auto array = arrays.find(port.info.name);
    if (array == arrays.end())
      return std::string("input '") + port.info.name + "' (" + sinter_type_name(port.info.type) + " " +
             spellShape(port.shape) + ") is missing";
    if (Problem problem = setInput(port, array->second, step); !problem.empty())
      return problem;
  }
  return resolveShapes();
}

namespace {

/// SplitMix64: a well-spread sequence from any seed.
uint64_t nextRandom(uint64_t &state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

template <typename T> void fill(Port &port, uint64_t &state, T (*draw)(uint64_t)) {
  for (uint64_t at = 0; at + sizeof(T) <= port.bytes; at += sizeof(T)) {
    T value = draw(nextRandom(state));
    std::memcpy(port.data + at, &value, sizeof(T));
  }
}

} // namespace

void Session::seedInputs(uint64_t seed) {
  for (Port &port : inputs) {
    if (!port.data)
      continue;
    // Floats lie in [-1, 1), integers in [0, 2): safe as indices and masks too. Other types are random bits below 2.
    switch (port.info.type) {
    case SINTER_F32:
      fill<float>(port, seed, [](uint64_t r) { return float(int64_t(r) >> 40) / float(1 << 23); });
      break;
    case SINTER_F64:
      fill<double>(port, seed, [](uint64_t r) { return double(int64_t(r) >> 11) / double(int64_t(1) << 52); });
      break;
    case SINTER_F16: fill<uint16_t>(port, seed, [](uint64_t r) { return uint16_t(0x3000 | (r & 0x8bff)); }); break;
    case SINTER_BF16: fill<uint16_t>(port, seed, [](uint64_t r) { return uint16_t(0x3e00 | (r & 0x80ff)); }); break;
    case SINTER_I64:
    case SINTER_U64: fill<uint64_t>(port, seed, [](uint64_t r) { return r & 1; }); break;
    case SINTER_I32:
    case SINTER_U32: fill<uint32_t>(port, seed, [](uint64_t r) { return uint32_t(r & 1); }); break;
    case SINTER_I16:
    case SINTER_U16: fill<uint16_t>(port, seed, [](uint64_t r) { return uint16_t(r & 1); }); break;
    default: fill<uint8_t>(port, seed, [](uint64_t r) { return uint8_t(r & 1); }); break;
    }
  }
}

Problem Session::run(const sinter_run_params &params) {
  return sinter_run(context, entry, &params, &error) ? fail("run") : "";
}

Problem Session::outputs(std::vector<std::pair<std::string, Array>> &results) {
  for (uint32_t i = 0; i < outputPorts.size(); ++i) {
    Port &port = outputPorts[i];
    if (port.info.state >= 0)
      continue;
    sinter_shape shape{};
    shape.size = sizeof(shape);
    if (sinter_output_shape(context, entry, i, &shape, &error))
      return fail("outputs");
    Array array;
    array.type = port.info.type;
    array.shape.assign(shape.extent, shape.extent + shape.rank);
    uint64_t bytes = (uint64_t(array.elements()) * sinter_type_bits(array.type) + 7) / 8;
    array.bytes = unpacked({port.data, port.data + bytes}, array.type, array.elements());
    results.emplace_back(port.info.name, std::move(array));
  }
  return "";
}
