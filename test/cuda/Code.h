// Code sections for tests of the CUDA driver: PTX by hand.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_CUDA_CODE_H
#define SINTER_TEST_CUDA_CODE_H

#include "targets/gpu/cuda/CudaCode.h"

#include <string.h>
#include <string>
#include <vector>

namespace sinter::cuda {

/// k0 copies words, k1 adds floats: one a thread.
constexpr const char *kCopyAndAdd = R"(
.version 7.0
.target sm_80
.address_size 64
.visible .entry k0(.param .u64 k0_param_0, .param .u64 k0_param_1) {
  .reg .b32 %r<3>;
  .reg .b64 %rd<5>;
  ld.param.b64 %rd1, [k0_param_0];
  ld.param.b64 %rd2, [k0_param_1];
  mov.u32 %r1, %tid.x;
  mul.wide.u32 %rd3, %r1, 4;
  add.s64 %rd1, %rd1, %rd3;
  add.s64 %rd2, %rd2, %rd3;
  ld.global.b32 %r2, [%rd1];
  st.global.b32 [%rd2], %r2;
  ret;
}
.visible .entry k1(.param .u64 k1_param_0, .param .u64 k1_param_1, .param .u64 k1_param_2) {
  .reg .b32 %r<2>;
  .reg .b32 %f<3>;
  .reg .b64 %rd<5>;
  ld.param.b64 %rd1, [k1_param_0];
  ld.param.b64 %rd2, [k1_param_1];
  ld.param.b64 %rd3, [k1_param_2];
  mov.u32 %r1, %tid.x;
  mul.wide.u32 %rd4, %r1, 4;
  add.s64 %rd1, %rd1, %rd4;
  add.s64 %rd2, %rd2, %rd4;
  add.s64 %rd3, %rd3, %rd4;
  ld.global.b32 %f1, [%rd1];
  ld.global.b32 %f2, [%rd2];
  add.f32 %f1, %f1, %f2;
  st.global.b32 [%rd3], %f1;
  ret;
}
)";

/// Where kernel `number` has its header: behind the module's.
inline uint64_t entryOf(uint32_t number) { return 64 + number * sizeof(gpu::KernelHeader); }

/// A code section for sm_80 with a kernel for each number of bindings; `cubin` may be empty.
inline std::vector<uint8_t> makeCode(const std::string &ptx, const std::vector<uint32_t> &bindings, uint32_t threads,
                                     const std::string &cubin = "") {
  uint64_t place = entryOf(uint32_t(bindings.size()));
  ModuleHeader module = {};
  module.magic = kModuleMagic;
  module.kernels = uint32_t(bindings.size());
  module.ptx = place;
  module.ptxBytes = ptx.size() + 1;
  module.capability = 80;
  place = (place + module.ptxBytes + 15) / 16 * 16;
  module.cubin = cubin.empty() ? 0 : place;
  module.cubinBytes = cubin.size();
  std::vector<uint8_t> code(place + cubin.size());
  memcpy(code.data(), &module, sizeof(module));
  for (uint32_t i = 0; i < bindings.size(); ++i) {
    gpu::KernelHeader header = {gpu::kKernelMagic, i, bindings[i], threads, 0, {}};
    memcpy(code.data() + entryOf(i), &header, sizeof(header));
  }
  memcpy(code.data() + module.ptx, ptx.c_str(), ptx.size() + 1);
  memcpy(code.data() + place, cubin.data(), cubin.size());
  return code;
}

} // namespace sinter::cuda

#endif
