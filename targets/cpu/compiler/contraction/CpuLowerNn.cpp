// nn to linalg, and to the cpu dialect's window operations where registers are tiled.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/contraction/CpuLowerNn.h"
#include "passes/lower/Lowering.h"
#include "targets/cpu/compiler/contraction/Windows.h"

namespace sinter {
#define GEN_PASS_DEF_CPULOWERNN
#include "targets/cpu/compiler/contraction/CpuLowerNn.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;

namespace {

struct CpuLowerNn : sinter::impl::CpuLowerNnBase<CpuLowerNn> {
  using Base::Base;

  void runOnOperation() override {
    lower::StorageTypeConverter types({/*vectors=*/true, doubles});
    RewritePatternSet patterns(&getContext());
    lower::populateNnLowering(types, patterns);
    cpu::populateWindowLowering(types, patterns);
    cpu::populateQuantizedWindowLowering(types, patterns, {doubles, columns});
    if (failed(lower::lowerNn(getOperation(), types, std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
