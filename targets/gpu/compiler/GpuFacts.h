// The facts of a GPU's target.json that the shared pipeline uses.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_GPUFACTS_H
#define SINTER_TARGETS_GPU_COMPILER_GPUFACTS_H

#include "compiler/target/Target.h"

namespace sinter::gpu {

/// Where a device has matrix units.
struct MatrixFacts {
  int64_t rows = 0, columns = 0; ///< Of a tile's granule: rows of the largest unit, columns of the smallest.
  int64_t teams = 0;             ///< Most units that work in a workgroup at once.
  int64_t accumulators = 0;      ///< Sums that a thread carries, at most.
  int64_t processors = 0;        ///< Workgroups that keep the device busy.
  int64_t loadCost = 0;          ///< Of staging an element, in multiply-adds.
  int64_t sharedBytes = 0;       ///< Workgroup memory.
};

struct GpuFacts {
  TargetInfo info;
  int64_t threads = 0;      ///< Of a workgroup.
  int64_t accumulators = 0; ///< Sums of a contraction that a thread carries, at most.
  int64_t busyThreads = 0; ///< So many keep the device busy; 0: contractions are workgroups' work, not single threads'.
  int64_t loadCost = 0;    ///< Of loading an element, in multiply-adds.
  int64_t unrolled = 0;    ///< Multiply-adds written out in a loop's body, at most.
  double bytesPerCycle = 0;        ///< Of memory traffic, at info.clockMHz.
  double workgroupNanoseconds = 0; ///< What a workgroup's work should cost at least, by the CPU's estimate.
  int64_t mostWorkgroups = 0;
  std::vector<std::string> floats; ///< Element types that kernels have, beside integers: "f16", …
  std::optional<MatrixFacts> matrix;
  int64_t gridWidth = 0; ///< Most workgroups along x; the rest go along y.
};

/// Those of an embedded target.json, or of a device that refines it, without the grid's width, which a driver knows
/// too. What is missing there ends the process: a test loads it.
GpuFacts readGpuFacts(TargetInfo info);

/// A list of strings of target.json; empty where there is none.
std::vector<std::string> readStrings(const llvm::json::Object &object, llvm::StringRef key);

} // namespace sinter::gpu

#endif
