// Code sections for tests of the ROCm driver: LLVM IR by hand, which the stand-in for HIP takes in a code object's
// place.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_ROCM_CODE_H
#define SINTER_TEST_ROCM_CODE_H

#include "targets/gpu/rocm/RocmCode.h"

#include <string.h>
#include <string>
#include <vector>

namespace sinter::rocm {

/// k0 copies words, k1 adds floats: one a thread.
constexpr const char *kCopyAndAdd = R"(
declare i32 @llvm.amdgcn.workitem.id.x()
define amdgpu_kernel void @k0(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %i = call i32 @llvm.amdgcn.workitem.id.x()
  %from = getelementptr i32, ptr addrspace(1) %x, i32 %i
  %to = getelementptr i32, ptr addrspace(1) %y, i32 %i
  %word = load i32, ptr addrspace(1) %from
  store i32 %word, ptr addrspace(1) %to
  ret void
}
define amdgpu_kernel void @k1(ptr addrspace(1) %x, ptr addrspace(1) %y, ptr addrspace(1) %z) {
  %i = call i32 @llvm.amdgcn.workitem.id.x()
  %left = getelementptr float, ptr addrspace(1) %x, i32 %i
  %right = getelementptr float, ptr addrspace(1) %y, i32 %i
  %to = getelementptr float, ptr addrspace(1) %z, i32 %i
  %a = load float, ptr addrspace(1) %left
  %b = load float, ptr addrspace(1) %right
  %sum = fadd float %a, %b
  store float %sum, ptr addrspace(1) %to
  ret void
}
)";

/// Where kernel `number` has its header: behind the module's.
inline uint64_t entryOf(uint32_t number) { return sizeof(ModuleHeader) + number * sizeof(gpu::KernelHeader); }

/// A code section with a kernel for each number of bindings.
inline std::vector<uint8_t> makeCode(const std::string &object, const std::vector<uint32_t> &bindings,
                                     uint32_t threads) {
  uint64_t place = entryOf(uint32_t(bindings.size()));
  ModuleHeader module = {kModuleMagic, uint32_t(bindings.size()), place, object.size() + 1, 0};
  std::vector<uint8_t> code(place + object.size() + 1);
  memcpy(code.data(), &module, sizeof(module));
  for (uint32_t i = 0; i < bindings.size(); ++i) {
    gpu::KernelHeader header = {gpu::kKernelMagic, i, bindings[i], threads, 0, {}};
    memcpy(code.data() + entryOf(i), &header, sizeof(header));
  }
  memcpy(code.data() + place, object.c_str(), object.size() + 1);
  return code;
}

} // namespace sinter::rocm

#endif
