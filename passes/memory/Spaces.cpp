// See Spaces.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/memory/Spaces.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;
using namespace sinter;

LogicalResult Spaces::addExecutable(ModuleOp kernels) {
  Executable added;
  auto executable = static_cast<int64_t>(executables.size());
  if (auto memories = kernels->getAttrOfType<ArrayAttr>("program.memories")) {
    for (auto memory : memories.getAsRange<DictionaryAttr>()) {
      auto index = static_cast<uint32_t>(spaces.size());
      auto name = memory.getAs<StringAttr>("name");
      auto largest = memory.getAs<IntegerAttr>("max_binding");
      if (!name)
        return kernels.emitError("a memory in program.memories has no name");
      spaces.push_back({executable,
                        name.str(),
                        memory.contains("host_visible"),
                        largest ? largest.getValue().getZExtValue() : UINT64_MAX,
                        {}});
      if (!added.home)
        added.home = index;
      if (!added.border && spaces.back().hostVisible)
        added.border = index;
    }
    if (added.home && !added.border)
      return kernels.emitError("program.memories has none that the host sees, so that no tensor could get in or out");
  }
  executables.push_back(added);
  return success();
}

int64_t Spaces::firstOnHost() const {
  for (size_t i = 0; i < executables.size(); ++i)
    if (executables[i].home == 0)
      return static_cast<int64_t>(i);
  return kLoaderItself;
}
