// An open package with a context and buffers: what sinter-run does with the loader.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TOOLS_SINTER_RUN_SESSION_H
#define SINTER_TOOLS_SINTER_RUN_SESSION_H

#include "tools/sinter-run/Arguments.h"

#include <functional>
#include <memory>

namespace sinter::tool {

/// One input or output with its buffer, aligned for use in place.
struct Port {
  sinter_value_info info;
  std::vector<int64_t> shape; ///< As resolved.
  uint8_t *data = nullptr;
  uint64_t bytes = 0;
};

class Session {
public:
  Session() = default;
  Session(const Session &) = delete;
  ~Session();

  /// Opens the package, makes a context and buffers.
  Problem open(const Arguments &arguments);
  /// Copies one step's values into the inputs; `step` indexes the leading axis, -1: the whole array.
  Problem setInputs(const Arrays &arrays, int64_t step);
  /// Fills inputs with values that depend on the seed alone.
  void seedInputs(uint64_t seed);
  Problem run(const sinter_run_params &params);
  /// The outputs of the last run.
  Problem outputs(std::vector<std::pair<std::string, Array>> &results);

  std::vector<Port> inputs, outputPorts;
  sinter_program_info program{};
  sinter_context_requirements needs{};
  std::string entryName;

private:
  Problem findSource(const std::string &path, sinter_source &source);
  Problem openPackage(const Arguments &arguments);
  Problem createContext(const Arguments &arguments);
  Problem makePorts();
  Problem setInput(Port &port, const Array &array, int64_t step);
  Problem resolveShapes();
  Problem loadDrivers(const Arguments &arguments);
  Problem fail(const char *what) const;
  void *allocate(uint64_t bytes, uint64_t alignment);

  int fd = -1;
  std::vector<uint8_t> content; ///< Of a package that is no file; outlives it.
  uint32_t entry = 0;
  std::vector<sinter_driver_entry> drivers;
  std::vector<void *> blocks;
  sinter_package *package = nullptr;
  sinter_context *context = nullptr;
  sinter_error error{sizeof(sinter_error), 0, 0, 0, nullptr, 0, 0, {}};
};

} // namespace sinter::tool

#endif
