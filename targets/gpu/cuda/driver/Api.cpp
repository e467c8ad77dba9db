// See Api.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/cuda/driver/Api.h"

#include <dlfcn.h>

using namespace sinter::rt;

namespace sinter::cuda {

sinter_code Api::failure(Report &report, Result result, const char *what) const {
  const char *name = nullptr;
  if (GetErrorName(result, &name) || !name)
    name = "an error without a name";
  switch (result) {
  case kOutOfMemory: return report.fail(SINTER_E_MEMORY, "%: no device memory (%)", what, name);
  case kNoDevice: return report.fail(SINTER_E_NOT_FOUND, "%: %", what, name);
  case kNoBinaryForGpu:
  case kInvalidPtx:
  case kJitCompilerNotFound:
  case kUnsupportedPtxVersion:
    return report.fail(SINTER_E_UNSUPPORTED, "%: the installed CUDA does not take the code (%)", what, name);
  default: return report.fail(SINTER_E_DEVICE, "%: % (%)", what, name, int32_t(result));
  }
}

sinter_code Api::open(Report &report) {
  // It stays mapped after the last close: the library keeps threads of its own.
  library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library)
    return report.fail(SINTER_E_NOT_FOUND, "there is no libcuda.so.1 on this machine");
  const char *missing = nullptr;
#define SINTER_CUDA_FIND(member, name, parameters)                                                                     \
  member = reinterpret_cast<decltype(member)>(dlsym(library, name));                                                   \
  if (!member)                                                                                                         \
    missing = name;
  SINTER_CUDA_FUNCTIONS(SINTER_CUDA_FIND)
#undef SINTER_CUDA_FIND
  if (missing) {
    close();
    return report.fail(SINTER_E_NOT_FOUND, "the CUDA library is too old: it lacks %", missing);
  }
  Result result = Init(0);
  if (!result)
    return SINTER_OK;
  sinter_code code = failure(report, result, "cannot start CUDA");
  close();
  return code;
}

void Api::close() {
  if (library)
    dlclose(library);
  *this = Api();
}

} // namespace sinter::cuda
