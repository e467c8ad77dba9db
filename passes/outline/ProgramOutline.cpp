// Moves dispatch regions into one module of kernels for each target.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/outline/ProgramOutline.h"
#include "dialects/nn/Nn.h"
#include "dialects/nn/Work.h"
#include "passes/outline/ShareKernels.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace sinter {

#define GEN_PASS_DEF_PROGRAMOUTLINE
#include "passes/outline/ProgramOutline.h.inc"

std::string kernelModuleName(llvm::StringRef target) {
  std::string name = target.str();
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  return name;
}

namespace {

/// The operation that a kernel is named after: the first that does most of the work, otherwise the last.
llvm::StringRef rootName(Block &body) {
  llvm::StringRef name = "empty";
  for (Operation &op : body.without_terminator()) {
    if (isa<nn::ConvOp, nn::ConvTransposeOp, nn::MatmulOp, nn::LstmOp, nn::SoftmaxOp, nn::LayerNormOp, nn::ReduceOp,
            nn::PoolOp>(op))
      return op.getName().stripDialect();
    if (!isa<nn::ConstantOp>(op))
      name = op.getName().stripDialect();
  }
  return name;
}

/// The kernels of one target.
class KernelModule {
public:
  KernelModule(OpBuilder &builder, ModuleOp parent, llvm::StringRef target)
      : builder(builder), module(ModuleOp::create(builder, parent.getLoc(), kernelModuleName(target))) {
    module->setAttr("program.target", builder.getStringAttr(target));
  }

  /// The kernel for a dispatch: an existing one with the same body, or a new one.
  func::FuncOp kernelFor(nn::DispatchOp dispatch) {
    func::FuncOp kernel = outline(dispatch);
    std::string key = keyOf(kernel);
    auto [it, isNew] = byBody.try_emplace(key, kernel);
    if (!isNew) {
      kernel.erase();
      it->second->setLoc(builder.getFusedLoc({it->second.getLoc(), dispatch.getLoc()}));
      return it->second;
    }
    std::string name = "k" + std::to_string(byBody.size() - 1) + "_" + rootName(kernel.getBody().front()).str();
    kernel.setSymName(name);
    return kernel;
  }

  llvm::StringRef name() { return *module.getSymName(); }

private:
  func::FuncOp outline(nn::DispatchOp dispatch) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(module.getBody());
    auto type = builder.getFunctionType(dispatch.getOperandTypes(), dispatch.getResultTypes());
    auto kernel = func::FuncOp::create(builder, dispatch.getLoc(), "kernel", type);
    kernel.getBody().takeBody(dispatch.getBody());
    Operation *yield = kernel.getBody().front().getTerminator();
    builder.setInsertionPoint(yield);
    func::ReturnOp::create(builder, yield->getLoc(), yield->getOperands());
    yield->erase();
    nn::Work work;
    for (Operation &op : kernel.getBody().front().without_terminator())
      work += nn::workOf(&op);
    kernel->setAttr("program.flops", builder.getI64IntegerAttr(work.flops));
    return kernel;
  }

  /// The kernel's text without locations: equal for equal kernels.
  static std::string keyOf(func::FuncOp kernel) {
    std::string key;
    llvm::raw_string_ostream os(key);
    kernel.print(os, OpPrintingFlags().enableDebugInfo(false).useLocalScope().printGenericOpForm());
    return key;
  }

  OpBuilder &builder;
  ModuleOp module;
  llvm::StringMap<func::FuncOp> byBody;
};

struct ProgramOutlinePass : impl::ProgramOutlineBase<ProgramOutlinePass> {
  using ProgramOutlineBase::ProgramOutlineBase;

  void runOnOperation() override {
    ModuleOp root = getOperation();
    OpBuilder builder(&getContext());
    llvm::MapVector<StringAttr, std::unique_ptr<KernelModule>> modules;
    auto moduleFor = [&](StringAttr target) -> KernelModule & {
      std::unique_ptr<KernelModule> &module = modules[target];
      if (!module) {
        builder.setInsertionPointToEnd(root.getBody());
        module = std::make_unique<KernelModule>(builder, root, target.getValue());
      }
      return *module;
    };
    llvm::SmallVector<nn::DispatchOp> dispatches;
    for (func::FuncOp entry : root.getOps<func::FuncOp>())
      entry.walk([&](nn::DispatchOp op) { dispatches.push_back(op); });
    shareKernels(dispatches);
    auto isPreferred = [&](nn::DispatchOp op) { return op->getAttr("nn.target") == builder.getStringAttr(target); };
    if (!target.empty() && (dispatches.empty() || llvm::any_of(dispatches, isPreferred)))
      moduleFor(builder.getStringAttr(target));

    for (nn::DispatchOp dispatch : dispatches) {
      auto target = dispatch->getAttrOfType<StringAttr>("nn.target");
      if (!target) {
        dispatch.emitOpError("was placed on no target");
        return signalPassFailure();
      }
      KernelModule &module = moduleFor(target);
      func::FuncOp kernel = module.kernelFor(dispatch);
      builder.setInsertionPoint(dispatch);
      auto symbol = SymbolRefAttr::get(&getContext(), module.name(), FlatSymbolRefAttr::get(kernel));
      auto call = program::CallOp::create(builder, dispatch.getLoc(), dispatch.getResultTypes(), symbol,
                                          dispatch.getOperands());
      dispatch.replaceAllUsesWith(call.getResults());
      dispatch.erase();
    }
  }
};

} // namespace
} // namespace sinter
