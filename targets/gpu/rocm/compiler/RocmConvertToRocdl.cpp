// GPU kernels become the LLVM dialect.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/rocm/compiler/RocmConvertToRocdl.h"
#include "mlir/Conversion/GPUCommon/GPUCommonPass.h"
#include "mlir/Conversion/GPUToROCDL/GPUToROCDLPass.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Dialect/AMDGPU/Utils/Chipset.h"
#include "targets/gpu/compiler/LlvmConversion.h"

namespace sinter {
#define GEN_PASS_DEF_ROCMCONVERTTOROCDL
#include "targets/gpu/rocm/compiler/RocmConvertToRocdl.h.inc"
} // namespace sinter

using namespace mlir;

namespace {

/// AMDGPU's address spaces.
enum : unsigned { globalSpace = 1, localSpace = 3, constantSpace = 4, privateSpace = 5 };

struct RocmConvertToRocdl : sinter::impl::RocmConvertToRocdlBase<RocmConvertToRocdl> {
  using Base::Base;

  void runOnOperation() override {
    FailureOr<amdgpu::Chipset> chipset = amdgpu::Chipset::parse(processor);
    if (failed(chipset)) {
      getOperation().emitError() << "'" << processor << "' is no processor of AMD's";
      return signalPassFailure();
    }
    for (auto module : getOperation().getOps<gpu::GPUModuleOp>()) {
      sinter::gpu::placeBuffers(module, constantSpace);
      if (failed(convert(module, *chipset)))
        return signalPassFailure();
    }
  }

  LogicalResult convert(gpu::GPUModuleOp module, amdgpu::Chipset chipset) {
    LLVMTypeConverter types(&getContext(), sinter::gpu::llvmOptions(&getContext()));
    populateGpuMemorySpaceAttributeConversions(types, [](gpu::AddressSpace space) -> unsigned {
      switch (space) {
      case gpu::AddressSpace::Global: return globalSpace;
      case gpu::AddressSpace::Workgroup: return localSpace;
      case gpu::AddressSpace::Private: return privateSpace;
      default: return constantSpace;
      }
    });
    RewritePatternSet patterns(&getContext());
    sinter::gpu::populateLlvmPatterns(types, patterns);
    populateGpuToROCDLConversionPatterns(types, patterns, gpu::amd::Runtime::HIP, chipset);
    LLVMConversionTarget target(getContext());
    target.addLegalDialect<ROCDL::ROCDLDialect>();
    target.addIllegalDialect<gpu::GPUDialect>();
    target.addLegalOp<gpu::GPUModuleOp>();
    return applyPartialConversion(module, target, std::move(patterns));
  }
};

} // namespace
