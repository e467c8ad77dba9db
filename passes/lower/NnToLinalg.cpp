// Runs the families of lowering patterns over a module of kernels.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lower/NnToLinalg.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "passes/lower/Lowering.h"

namespace sinter {
#define GEN_PASS_DEF_NNTOLINALG
#include "passes/lower/NnToLinalg.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

static void populateFunctions(const TypeConverter &types, RewritePatternSet &patterns, ConversionTarget &target) {
  populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns, types);
  populateReturnOpTypeConversionPattern(patterns, types);
  target.addDynamicallyLegalOp<func::FuncOp>(
      [&](func::FuncOp func) { return types.isSignatureLegal(func.getFunctionType()); });
  target.addDynamicallyLegalOp<func::ReturnOp>([&](Operation *op) { return types.isLegal(op); });
}

void sinter::lower::populateNnLowering(const StorageTypeConverter &types, RewritePatternSet &patterns) {
  populateElementwiseLowering(types, patterns);
  populateContractionLowering(types, patterns);
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
  populateLstmLowering(types, patterns);
}

LogicalResult sinter::lower::lowerNn(ModuleOp module, const TypeConverter &types, RewritePatternSet &&patterns) {
  ConversionTarget target(*module.getContext());
  target.addIllegalDialect<nn::NnDialect>();
  target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
  populateFunctions(types, patterns, target);
  return applyPartialConversion(module, target, std::move(patterns));
}

namespace {

struct NnToLinalg : sinter::impl::NnToLinalgBase<NnToLinalg> {
  using Base::Base;

  void runOnOperation() override {
    StorageTypeConverter types({vectors, doubles});
    RewritePatternSet patterns(&getContext());
    populateNnLowering(types, patterns);
    if (failed(lowerNn(getOperation(), types, std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
