// GPU kernels become SPIR-V.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/vulkan/compiler/VulkanConvertToSpirv.h"
#include "mlir/Conversion/ArithToSPIRV/ArithToSPIRV.h"
#include "mlir/Conversion/FuncToSPIRV/FuncToSPIRV.h"
#include "mlir/Conversion/GPUToSPIRV/GPUToSPIRV.h"
#include "mlir/Conversion/MathToSPIRV/MathToSPIRV.h"
#include "mlir/Conversion/MemRefToSPIRV/MemRefToSPIRV.h"
#include "mlir/Conversion/SCFToSPIRV/SCFToSPIRV.h"
#include "mlir/Conversion/UBToSPIRV/UBToSPIRV.h"
#include "mlir/Conversion/VectorToSPIRV/VectorToSPIRV.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "mlir/Dialect/SPIRV/Transforms/SPIRVConversion.h"

namespace sinter {
#define GEN_PASS_DEF_VULKANCONVERTTOSPIRV
#include "targets/gpu/vulkan/compiler/VulkanConvertToSpirv.h.inc"
} // namespace sinter

using namespace mlir;

namespace {

/// A kernel's buffers are storage buffers, its temporaries workgroup memory or a thread's own.
std::optional<spirv::StorageClass> storageClassOf(Attribute space) {
  if (!space)
    return spirv::StorageClass::StorageBuffer;
  auto address = dyn_cast<gpu::AddressSpaceAttr>(space);
  if (!address)
    return std::nullopt;
  switch (address.getValue()) {
  case gpu::AddressSpace::Workgroup: return spirv::StorageClass::Workgroup;
  case gpu::AddressSpace::Private: return spirv::StorageClass::Function;
  default: return spirv::StorageClass::StorageBuffer;
  }
}

/// Upstream's barrier orders workgroup memory alone; ours is also between a thread's store to a buffer and another's
/// load.
struct BarrierPattern : OpConversionPattern<gpu::BarrierOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(gpu::BarrierOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    auto semantics = spirv::MemorySemantics::AcquireRelease | spirv::MemorySemantics::WorkgroupMemory |
                     spirv::MemorySemantics::UniformMemory;
    rewriter.replaceOpWithNewOp<spirv::ControlBarrierOp>(op, spirv::Scope::Workgroup, spirv::Scope::Workgroup,
                                                         semantics);
    return success();
  }
};

/// Half floats without arithmetic: SPIR-V has their bits as integers. What is left of them are loads, stores, moves,
/// and bit casts at both ends of the conversions that LegalizeMath has written as integer arithmetic.
class HalvesAsIntegers {
public:
  HalvesAsIntegers(SPIRVTypeConverter &types, bool hasHalf) : types(types), hasHalf(hasHalf) {
    types.addConversion([this](FloatType type) { return convert(Type(type)); });
    types.addConversion([this](VectorType type) { return convertShaped(type); });
    types.addConversion([this](MemRefType type) { return convertShaped(type); });
  }

  void addPatterns(RewritePatternSet &patterns) {
    patterns.add<Constant, Bitcast>(types, patterns.getContext(), /*benefit=*/2);
  }

  /// The integer for a half float without arithmetic; none: the type has its own form.
  std::optional<Type> convert(Type type) const {
    if (!type.isBF16() && (hasHalf || !type.isF16()))
      return std::nullopt;
    return IntegerType::get(type.getContext(), 16);
  }

private:
  template <typename Shaped> std::optional<Type> convertShaped(Shaped type) const {
    std::optional<Type> bits = convert(type.getElementType());
    return bits ? std::optional(types.convertType(type.clone(*bits))) : std::nullopt;
  }

  struct Constant : OpConversionPattern<arith::ConstantOp> {
    using OpConversionPattern::OpConversionPattern;
    LogicalResult matchAndRewrite(arith::ConstantOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
      Type to = getTypeConverter()->convertType(op.getType());
      if (!to || to == op.getType() || !getElementTypeOrSelf(to).isInteger(16))
        return failure();
      TypedAttr bits;
      if (auto value = dyn_cast<FloatAttr>(op.getValue()))
        bits = rewriter.getIntegerAttr(to, value.getValue().bitcastToAPInt());
      else if (auto values = dyn_cast<DenseElementsAttr>(op.getValue());
               values && isa<FloatType>(values.getElementType()))
        bits = values.bitcast(rewriter.getI16Type());
      if (!bits)
        return failure();
      rewriter.replaceOpWithNewOp<spirv::ConstantOp>(op, to, bits);
      return success();
    }
  };

  struct Bitcast : OpConversionPattern<arith::BitcastOp> {
    using OpConversionPattern::OpConversionPattern;
    LogicalResult matchAndRewrite(arith::BitcastOp op, OpAdaptor adaptor,
                                  ConversionPatternRewriter &rewriter) const override {
      if (adaptor.getIn().getType() != getTypeConverter()->convertType(op.getType()))
        return failure();
      rewriter.replaceOp(op, adaptor.getIn());
      return success();
    }
  };

  SPIRVTypeConverter &types;
  bool hasHalf;
};

/// A kernel's tables are variables of its function that begin with their constants. Upstream has no form for them.
class Tables {
public:
  Tables(gpu::GPUModuleOp module, const HalvesAsIntegers &halves)
      : module(module), halves(halves), b(module.getContext()) {}

  LogicalResult convert() {
    SmallVector<memref::GetGlobalOp> uses;
    module.walk([&](memref::GetGlobalOp use) { uses.push_back(use); });
    for (memref::GetGlobalOp use : uses)
      if (failed(convert(use)))
        return failure();
    for (auto global : llvm::make_early_inc_range(module.getOps<memref::GlobalOp>()))
      global.erase();
    return success();
  }

private:
  LogicalResult convert(memref::GetGlobalOp use) {
    auto global = SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(use, use.getNameAttr());
    auto values = global ? dyn_cast_or_null<DenseElementsAttr>(global.getInitialValueAttr()) : DenseElementsAttr();
    if (!values)
      return use.emitOpError("internal: a table without constants");
    b.setInsertionPointToStart(&use->getParentOfType<gpu::GPUFuncOp>().getBody().front());
    if (std::optional<Type> bits = halves.convert(values.getElementType()))
      values = values.bitcast(*bits);
    auto array = spirv::ArrayType::get(values.getElementType(), values.getNumElements());
    auto flat = values.reshape(RankedTensorType::get({values.getNumElements()}, values.getElementType()));
    Value constant = spirv::ConstantOp::create(b, use.getLoc(), array, flat);
    auto pointer = spirv::PointerType::get(array, spirv::StorageClass::Function);
    Value table = spirv::VariableOp::create(b, use.getLoc(), pointer, spirv::StorageClass::Function, constant);
    for (Operation *user : llvm::make_early_inc_range(use->getUsers())) {
      auto load = dyn_cast<memref::LoadOp>(user);
      if (!load)
        return user->emitOpError("internal: a table is only read");
      replace(load, table);
    }
    use.erase();
    return success();
  }

  void replace(memref::LoadOp load, Value table) {
    b.setInsertionPoint(load);
    Location loc = load.getLoc();
    Value place = arith::ConstantIndexOp::create(b, loc, 0);
    for (auto [index, size] : llvm::zip(load.getIndices(), load.getMemRefType().getShape())) {
      Value row = arith::MulIOp::create(b, loc, place, arith::ConstantIndexOp::create(b, loc, size));
      place = arith::AddIOp::create(b, loc, row, index);
    }
    Value offset = arith::IndexCastOp::create(b, loc, b.getI32Type(), place);
    Value address = spirv::AccessChainOp::create(b, loc, table, ValueRange{offset});
    Value element = spirv::LoadOp::create(b, loc, address);
    if (element.getType() != load.getType())
      element = arith::BitcastOp::create(b, loc, load.getType(), element);
    load.replaceAllUsesWith(element);
    load.erase();
  }

  gpu::GPUModuleOp module;
  const HalvesAsIntegers &halves;
  OpBuilder b;
};

struct VulkanConvertToSpirv : sinter::impl::VulkanConvertToSpirvBase<VulkanConvertToSpirv> {
  using Base::Base;

  void runOnOperation() override {
    FailureOr<spirv::TargetEnvAttr> environment = makeEnvironment();
    if (failed(environment))
      return signalPassFailure();
    SmallVector<gpu::GPUModuleOp> modules(getOperation().getOps<gpu::GPUModuleOp>());
    for (gpu::GPUModuleOp module : modules)
      if (failed(convert(module, *environment)))
        return signalPassFailure();
  }

  FailureOr<spirv::TargetEnvAttr> makeEnvironment() {
    MLIRContext *context = &getContext();
    SmallVector<spirv::Capability> allowed;
    SmallVector<spirv::Extension> usable;
    for (const std::string &name : capabilities)
      if (auto capability = spirv::symbolizeCapability(name))
        allowed.push_back(*capability);
      else
        return getOperation().emitError("unknown SPIR-V capability '") << name << "'";
    for (const std::string &name : extensions)
      if (auto extension = spirv::symbolizeExtension(name))
        usable.push_back(*extension);
      else
        return getOperation().emitError("unknown SPIR-V extension '") << name << "'";
    auto triple = spirv::VerCapExtAttr::get(spirv::Version::V_1_3, allowed, usable, context);
    return spirv::TargetEnvAttr::get(triple, spirv::getDefaultResourceLimits(context), spirv::ClientAPI::Vulkan,
                                     spirv::Vendor::Unknown, spirv::DeviceType::Unknown,
                                     spirv::TargetEnvAttr::kUnknownDeviceID);
  }

  LogicalResult convert(gpu::GPUModuleOp module, spirv::TargetEnvAttr environment) {
    MLIRContext *context = &getContext();
    module->setAttr(spirv::getTargetEnvAttrName(), environment);
    for (auto kernel : module.getOps<gpu::GPUFuncOp>()) {
      ArrayRef<int32_t> size = *kernel.getKnownBlockSize();
      kernel->setAttr(spirv::getEntryPointABIAttrName(), spirv::getEntryPointABIAttr(context, size));
    }
    SPIRVTypeConverter types(environment);
    HalvesAsIntegers halves(types, spirv::TargetEnv(environment).allows(spirv::Capability::Float16));
    if (failed(Tables(module, halves).convert()))
      return failure();
    spirv::MemorySpaceToStorageClassConverter spaces(storageClassOf);
    spirv::convertMemRefTypesAndAttrs(module, spaces);

    std::unique_ptr<ConversionTarget> target = SPIRVConversionTarget::get(environment);
    RewritePatternSet patterns(context);
    ScfToSPIRVContext loops;
    populateGPUToSPIRVPatterns(types, patterns);
    populateSCFToSPIRVPatterns(types, loops, patterns);
    arith::populateArithToSPIRVPatterns(types, patterns);
    populateMathToSPIRVPatterns(types, patterns);
    populateMemRefToSPIRVPatterns(types, patterns);
    populateFuncToSPIRVPatterns(types, patterns);
    populateVectorToSPIRVPatterns(types, patterns);
    ub::populateUBToSPIRVConversionPatterns(types, patterns);
    patterns.add<BarrierPattern>(types, context, /*benefit=*/2);
    halves.addPatterns(patterns);
    return applyFullConversion(module, *target, std::move(patterns));
  }
};

} // namespace
