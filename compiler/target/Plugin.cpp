// Targets from shared libraries.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/target/Plugin.h"
#include <dlfcn.h>

using namespace llvm;
using namespace sinter;

static std::string mismatch(const TargetPlugin &plugin) {
  if (plugin.size < sizeof(TargetPlugin))
    return "it describes itself with " + std::to_string(plugin.size) + " bytes, " +
           std::to_string(sizeof(TargetPlugin)) + " are needed";
  if (plugin.api != kTargetPluginApi)
    return "it was built for plug-in interface " + std::to_string(plugin.api) + ", this is " +
           std::to_string(kTargetPluginApi);
  if (StringRef(plugin.llvmVersion) != LLVM_VERSION_STRING)
    return std::string("it was built with LLVM ") + plugin.llvmVersion + ", this is " LLVM_VERSION_STRING;
  if (StringRef(plugin.headerHash) != SINTER_HEADER_HASH)
    return "it was built with other headers of Sinter's";
  return "";
}

bool sinter::loadTargetPlugin(StringRef path, TargetRegistry &registry, Diagnostics &diagnostics) {
  auto refuse = [&](const Twine &message) {
    diagnostics.error(DiagnosticCode::File, "", "cannot load target " + path + ": " + message,
                      "build it against this Sinter");
    return false;
  };
  // Without a slash dlopen would search the system's folders.
  std::string file = path.contains('/') ? path.str() : "./" + path.str();
  void *library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return refuse(::dlerror());
  auto entry = reinterpret_cast<TargetPluginEntry>(::dlsym(library, "sinterTargetPlugin"));
  const TargetPlugin *plugin = entry ? entry() : nullptr;
  if (!plugin)
    return refuse("it has no sinterTargetPlugin");
  if (std::string why = mismatch(*plugin); !why.empty())
    return refuse(why);
  plugin->registerTargets(registry);
  return true;
}
