// Make large constants of kernels operands of their calls.
//
// A table inside a GPU's code is a variable of each thread, which every thread fills before it reads one element. As an
// operand it lies in memory once, with the weights.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/emit/ProgramLiftTables.h"
#include "dialects/program/Program.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/emit/KernelModules.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace sinter {

#define GEN_PASS_DEF_PROGRAMLIFTTABLES
#include "passes/emit/ProgramLiftTables.h.inc"

namespace {

/// Whether nothing is ever computed into the tensor's place: a package's constants cannot be written.
bool isOnlyRead(Value value) {
  return llvm::all_of(value.getUses(), [](OpOperand &use) {
    Operation *user = use.getOwner();
    if (auto generic = dyn_cast<linalg::GenericOp>(user))
      return generic.isDpsInput(&use);
    if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(user))
      return isOnlyRead(user->getResult(0));
    return isa<tensor::ExtractOp>(user);
  });
}

/// Whether packages hold elements of this type, one after another.
bool isStored(Type element) {
  return isa<FloatType>(element) || (isa<IntegerType>(element) && element.getIntOrFloatBitWidth() % 8 == 0);
}

class Lifter {
public:
  Lifter(const TargetInfo &target, ModuleOp kernels) : target(target), kernels(kernels) {
    kernels->getParentOfType<ModuleOp>().walk([&](program::CallOp call) {
      if (call.getKernel().getRootReference() == kernels.getSymNameAttr())
        calls[call.getKernel().getLeafReference()].push_back(call);
    });
  }

  void run() {
    SmallVector<func::FuncOp> changed;
    for (func::FuncOp kernel : kernels.getOps<func::FuncOp>())
      if (liftFrom(kernel))
        changed.push_back(kernel);
    llvm::StringMap<func::FuncOp> byBody;
    for (func::FuncOp kernel : changed)
      if (auto [it, isNew] = byBody.try_emplace(textOf(kernel), kernel); !isNew)
        merge(kernel, it->second);
  }

private:
  bool liftFrom(func::FuncOp kernel) {
    SmallVector<arith::ConstantOp> tables;
    kernel.walk([&](arith::ConstantOp constant) {
      auto type = dyn_cast<RankedTensorType>(constant.getType());
      if (type && static_cast<uint64_t>(type.getNumElements()) > target.largestTable &&
          isStored(type.getElementType()) && isOnlyRead(constant))
        tables.push_back(constant);
    });
    uint64_t bound = kernel.getNumArguments() + kernel.getNumResults();
    uint64_t room = target.mostBindings > bound ? target.mostBindings - bound : 0;
    tables.resize(std::min<uint64_t>(tables.size(), room));
    for (arith::ConstantOp table : tables)
      lift(kernel, table);
    return !tables.empty();
  }

  void lift(func::FuncOp kernel, arith::ConstantOp table) {
    for (program::CallOp call : calls[kernel.getSymNameAttr()]) {
      OpBuilder b(call);
      Value operand = nn::ConstantOp::create(b, call.getLoc(), cast<RankedTensorType>(table.getType()),
                                             cast<ElementsAttr>(table.getValue()));
      call.getInputsMutable().append(operand);
    }
    unsigned place = kernel.getNumArguments();
    (void)kernel.insertArgument(place, table.getType(), {}, table.getLoc());
    table.replaceAllUsesWith(Value(kernel.getArgument(place)));
    table.erase();
  }

  /// Equal for kernels that differ in name and location alone.
  static std::string textOf(func::FuncOp kernel) {
    std::string name = kernel.getSymName().str(), text;
    llvm::raw_string_ostream os(text);
    kernel.setSymName("kernel");
    kernel.print(os, OpPrintingFlags().enableDebugInfo(false).useLocalScope().printGenericOpForm());
    kernel.setSymName(name);
    return text;
  }

  void merge(func::FuncOp kernel, func::FuncOp into) {
    for (program::CallOp call : calls[kernel.getSymNameAttr()])
      call.setKernelAttr(SymbolRefAttr::get(kernels.getSymNameAttr(), {FlatSymbolRefAttr::get(into)}));
    into->setLoc(FusedLoc::get(kernel.getContext(), {into.getLoc(), kernel.getLoc()}));
    kernel.erase();
  }

  const TargetInfo &target;
  ModuleOp kernels;
  llvm::DenseMap<StringAttr, SmallVector<program::CallOp>> calls;
};

struct ProgramLiftTablesPass : impl::ProgramLiftTablesBase<ProgramLiftTablesPass> {
  using ProgramLiftTablesBase::ProgramLiftTablesBase;
  explicit ProgramLiftTablesPass(const TargetRegistry &caller) : targets(caller) {}

  void runOnOperation() override {
    auto action = [](const Target &target, ModuleOp kernels) -> LogicalResult {
      if (target.info().largestTable)
        Lifter(target.info(), kernels).run();
      return success();
    };
    if (failed(targets.forEach(getOperation(), action)))
      signalPassFailure();
  }

  PassTargets targets;
};

} // namespace

std::unique_ptr<Pass> createProgramLiftTables(const TargetRegistry &registry) {
  return std::make_unique<ProgramLiftTablesPass>(registry);
}

} // namespace sinter
