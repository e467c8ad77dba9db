// The registry of targets.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/target/Target.h"
#include "compiler/support/Registration.h"

using namespace sinter;

void TargetRegistry::add(std::unique_ptr<Target> target) {
  for (std::unique_ptr<Target> &known : targets)
    if (known->info().name == target->info().name) {
      known = std::move(target);
      return;
    }
  targets.push_back(std::move(target));
}

const Target *TargetRegistry::find(llvm::StringRef name) const {
  if (name == "cpu")
    name = "cpu:x86-64";
  for (const std::unique_ptr<Target> &target : targets)
    if (target->info().name == name)
      return target.get();
  return nullptr;
}

std::shared_ptr<const TargetRegistry> sinter::builtInTargets() {
  auto registry = std::make_shared<TargetRegistry>();
  registerSinterTargets(*registry);
  return registry;
}
