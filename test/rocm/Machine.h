// Executes AMD kernels on the host, from the LLVM IR that their machine code is made from.
//
// The IR is what instruction selection sees: optimised, with address spaces, workgroup memory and the intrinsics of
// AMDGPU. It is compiled for the host; each lane of a workgroup is a fiber, and lanes meet at barriers and at matrix
// products, whose fragments are those of the ISA guides (Fragments.h). Every access to buffers is checked.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_ROCM_MACHINE_H
#define SINTER_TEST_ROCM_MACHINE_H

#include <functional>
#include <memory>
#include <stdint.h>
#include <string>
#include <vector>

namespace sinter::rocm {

class Kernel;

/// Kernels that were compiled together.
class Program {
public:
  Program();
  ~Program();

  /// Of a code object with a section .llvmbc, of bitcode, or of LLVM IR as text. Returns what is wrong, or "". How long
  /// an ELF file is, it says itself; text ends with a NUL.
  std::string load(const void *image);

  const std::string &processor() const { return target; }

  /// NULL: there is none.
  const Kernel *find(const std::string &name) const;

private:
  struct Code;
  std::unique_ptr<Code> code;
  std::string target;
};

/// Whether so many bytes at an address are a buffer's.
using HasMemory = std::function<bool(uint64_t address, uint64_t bytes)>;

struct Launch {
  const Kernel *kernel = nullptr;
  std::vector<void *> parameters;
  uint32_t grid[3] = {}, threads = 0;
};

/// How many parameters a kernel takes.
size_t parametersOf(const Kernel &kernel);

/// Runs all workgroups, one after another. Returns what went wrong, or "".
std::string execute(const Launch &launch, const HasMemory &hasMemory);

} // namespace sinter::rocm

#endif
