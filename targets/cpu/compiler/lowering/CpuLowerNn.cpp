// Runs the families of lowering patterns over a module of kernels.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/lowering/CpuLowerNn.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "targets/cpu/compiler/lowering/Lowering.h"

namespace sinter {
#define GEN_PASS_DEF_CPULOWERNN
#include "targets/cpu/compiler/lowering/CpuLowerNn.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;
using namespace sinter::cpu;

namespace {

void populateFunctions(const TypeConverter &types, RewritePatternSet &patterns, ConversionTarget &target) {
  populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns, types);
  populateReturnOpTypeConversionPattern(patterns, types);
  target.addDynamicallyLegalOp<func::FuncOp>(
      [&](func::FuncOp func) { return types.isSignatureLegal(func.getFunctionType()); });
  target.addDynamicallyLegalOp<func::ReturnOp>([&](Operation *op) { return types.isLegal(op); });
}

struct CpuLowerNn : sinter::impl::CpuLowerNnBase<CpuLowerNn> {
  using Base::Base;

  void runOnOperation() override {
    StorageTypeConverter types;
    RewritePatternSet patterns(&getContext());
    ConversionTarget target(getContext());
    target.addIllegalDialect<nn::NnDialect>();
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    populateFunctions(types, patterns, target);
    populateElementwiseLowering(types, patterns);
    populateContractionLowering(types, patterns, windows);
    populateQuantizeLowering(types, patterns);
    populateQuantizedContractionLowering(types, patterns);
    populateQuantizedElementwiseLowering(types, patterns);
    populateQuantizedReduceLowering(types, patterns);
    populateReshapeLowering(types, patterns);
    populateReduceLowering(types, patterns);
    populateNormalizeLowering(types, patterns);
    populatePoolLowering(types, patterns);
    populateMovementLowering(types, patterns);
    populateGatherLowering(types, patterns);
    populateResizeLowering(types, patterns);
    populateScanLowering(types, patterns);
    populateLstmLowering(types, patterns, /*vectors=*/windows);
    if (failed(applyPartialConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
