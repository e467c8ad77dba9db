// What this processor can do, by the names that a package's variants need (those of Linux'
// /proc/cpuinfo).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_DRIVER_FEATURES_H
#define SINTER_TARGETS_CPU_DRIVER_FEATURES_H

#include <stddef.h>

namespace sinter::cpu {

/// Target of the packages that this build of the driver runs: "cpu:x86-64".
const char *hostTarget();

/// Whether processor and operating system provide a feature. Unknown names are not provided.
bool hasFeature(const char *name);

/// Writes a name for the processor and a comma-separated list of its features; both are cut to
/// their capacity.
void describeProcessor(char *name, size_t nameCapacity, char *features, size_t featuresCapacity);

} // namespace sinter::cpu

#endif
