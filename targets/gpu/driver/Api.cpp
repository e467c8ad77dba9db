// See Api.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/driver/Platform.h"

#include <dlfcn.h>

using namespace sinter::rt;

namespace sinter::gpu {

sinter_code Api::failure(Report &report, Result result, const char *what) const {
  const char *name = platform->errorName(*this, result);
  if (!name)
    name = "an error without a name";
  switch (result) {
  case kOutOfMemory: return report.fail(SINTER_E_MEMORY, "%: no device memory (%)", what, name);
  case kNoDevice: return report.fail(SINTER_E_NOT_FOUND, "%: %", what, name);
  case kInvalidImage:
  case kNoBinaryForGpu:
  case kInvalidCode:
  case kJitCompilerNotFound:
  case kUnsupportedPtxVersion:
    return report.fail(SINTER_E_UNSUPPORTED, "%: the installed % does not take the code (%)", what, platform->title,
                       name);
  default: return report.fail(SINTER_E_DEVICE, "%: % (%)", what, name, int32_t(result));
  }
}

sinter_code Api::open(const Platform &which, Report &report) {
  platform = &which;
  // It stays mapped after the last close: the library keeps threads of its own.
  library = dlopen(which.library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library)
    return report.fail(SINTER_E_NOT_FOUND, "there is no % on this machine", which.library);
  const char *missing = nullptr;
  auto find = [&](const char *name) {
    void *found = dlsym(library, name);
    missing = found ? missing : name;
    return found;
  };
  const char *const *names = which.names;
#define SINTER_GPU_FIND(member, parameters) member = reinterpret_cast<decltype(member)>(find(*names++));
  SINTER_GPU_FUNCTIONS(SINTER_GPU_FIND)
#undef SINTER_GPU_FIND
  for (unsigned i = 0; i < mostOwn && which.ownNames[i]; ++i)
    own[i] = find(which.ownNames[i]);
  if (missing) {
    close();
    return report.fail(SINTER_E_NOT_FOUND, "the % library is too old: it lacks %", which.title, missing);
  }
  Result result = Init(0);
  if (!result)
    return SINTER_OK;
  char what[32] = "";
  appendText(what, sizeof(what), "cannot start %", which.title);
  sinter_code code = failure(report, result, what);
  close();
  return code;
}

void Api::close() {
  if (library)
    dlclose(library);
  *this = Api();
}

} // namespace sinter::gpu
