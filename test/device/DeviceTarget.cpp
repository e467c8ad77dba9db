// See DeviceTarget.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/device/DeviceTarget.h"

#include "compiler/target/TargetJson.h"
#include "targets/null/compiler/NullTarget.h"
#include "llvm/Support/ErrorHandling.h"

using namespace mlir;
using namespace sinter;

// 4 KiB at once, so that a test needs several arenas; fast, so that it is chosen before a
// processor.
static constexpr const char *facts = R"({
  "name": "test:device",
  "summary": "additions in memory of its own, for tests",
  "driver": "test-device",
  "kernel_abi": 1,
  "alignment": 64,
  "code_alignment": 16,
  "clock_mhz": 1000000,
  "transfer": { "latency_ns": 0.001, "bytes_per_ns": 1000000 },
  "memories": [{ "name": "device", "max_binding": 4096 }, { "name": "staging", "host_visible": true }],
  "variants": [{ "name": "base", "needs": [] }]
})";

namespace {

class DeviceTarget : public Target {
public:
  explicit DeviceTarget(bool aborts = false)
      : own(readTargetJson(facts)), null(sinter::null::createNullTarget()), aborts(aborts) {
    if (aborts)
      own.name = own.code = "test:abort";
  }

  const TargetInfo &info() const override { return own; }
  bool joinsClaims() const override { return null->joinsClaims(); }
  ClaimResult claim(ArrayRef<Operation *> ops) const override { return null->claim(ops); }
  LogicalResult lower(ModuleOp kernels) const override { return null->lower(kernels); }
  FailureOr<std::vector<EmittedVariant>> emit(ModuleOp kernels, const EmitOptions &options,
                                              unsigned threads) const override {
    if (aborts)
      llvm::report_fatal_error("the test target's code generator gives up");
    return null->emit(kernels, options, threads);
  }

private:
  TargetInfo own;
  std::unique_ptr<Target> null;
  bool aborts;
};

} // namespace

std::unique_ptr<Target> sinter::device::createDeviceTarget() { return std::make_unique<DeviceTarget>(); }

std::unique_ptr<Target> sinter::device::createAbortingTarget() {
  return std::make_unique<DeviceTarget>(/*aborts=*/true);
}
