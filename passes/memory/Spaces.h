// The memories that a program's tensors can be in.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_MEMORY_SPACES_H
#define SINTER_PASSES_MEMORY_SPACES_H

#include "mlir/IR/BuiltinOps.h"
#include <cstdint>
#include <string>
#include <vector>

namespace sinter {

/// As an executor: the loader itself, which copies what the host sees.
inline constexpr int64_t kLoaderItself = -1;

/// The host's memory, or one of a device.
struct Space {
  int64_t executable = 0; ///< Whose driver allocates it.
  std::string name = "host";
  bool hostVisible = true;
  uint64_t largest = UINT64_MAX; ///< Bytes that can be bound at once: of an arena, and of a tensor.
  std::vector<uint64_t> arenas;  ///< Planned sizes.
};

/// Space 0 is the host's. Executables are numbered in order of being added.
class Spaces {
public:
  Spaces() : spaces(1) {}

  /// An executable whose module says `program.memories`, as the target lists them; without, it
  /// works in the host's memory.
  mlir::LogicalResult addExecutable(mlir::ModuleOp kernels);

  Space &operator[](uint32_t index) { return spaces[index]; }
  uint32_t size() const { return static_cast<uint32_t>(spaces.size()); }

  bool worksOnHost(int64_t executor) const { return executor == kLoaderItself || executables[executor].home == 0; }
  /// Where an executable's kernels find their tensors.
  uint32_t homeOf(int64_t executor) const { return executor == kLoaderItself ? 0 : executables[executor].home; }
  /// The device's memory that the host sees too.
  uint32_t borderOf(int64_t executable) const { return executables[executable].border; }
  /// The first executable that works in the host's memory, or the loader itself.
  int64_t firstOnHost() const;

private:
  struct Executable {
    uint32_t home = 0;
    uint32_t border = 0;
  };
  std::vector<Space> spaces;
  std::vector<Executable> executables;
};

} // namespace sinter

#endif
