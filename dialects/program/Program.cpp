// The program dialect: registration and verifiers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/program/Program.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sinter::program;

#include "dialects/program/ProgramDialect.cpp.inc"
#include "dialects/program/ProgramEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/program/ProgramAttrs.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/program/ProgramOps.cpp.inc"

void ProgramDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/program/ProgramAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/program/ProgramOps.cpp.inc"
      >();
}

LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<func::FuncOp>(*this, getKernelAttr());
  if (!kernel)
    return emitOpError() << "calls " << getKernel() << ", which is no kernel of a nested module";
  if (kernel.getNumArguments() < getNumOperands())
    return emitOpError() << "passes " << getNumOperands() << " operands to " << getKernel() << ", which takes "
                         << kernel.getNumArguments();
  return success();
}

/// The index-th operation of a kind in the program, or null.
template <typename OpT> static OpT nth(ProgramOp program, uint32_t index) {
  for (OpT op : program.getBody().getOps<OpT>())
    if (index-- == 0)
      return op;
  return nullptr;
}

FailureOr<uint64_t> ProcedureOp::sizeOf(BindingAttr binding) {
  auto program = (*this)->getParentOfType<ProgramOp>();
  uint32_t index = binding.getIndex();
  FunctionType type = getSignature();
  switch (binding.getMemory()) {
  case BindingClass::Arena:
    if (auto arena = nth<ArenaOp>(program, index))
      return static_cast<uint64_t>(arena.getSize());
    return emitOpError() << "has no arena " << index;
  case BindingClass::Constant:
    if (auto constant = nth<ConstantOp>(program, index))
      return storageSize(constant.getValue().getShapedType());
    return emitOpError() << "has no constant " << index;
  case BindingClass::State:
    if (auto state = nth<StateOp>(program, index))
      return storageSize(cast<ShapedType>(state.getType()));
    return emitOpError() << "has no state " << index;
  case BindingClass::Input:
    if (index < type.getNumInputs())
      return storageSize(cast<ShapedType>(type.getInput(index)));
    return emitOpError() << "has " << type.getNumInputs() << " inputs, input " << index << " is bound";
  case BindingClass::Output:
    if (index < type.getNumResults())
      return storageSize(cast<ShapedType>(type.getResult(index)));
    return emitOpError() << "has " << type.getNumResults() << " outputs, output " << index << " is bound";
  case BindingClass::Scratch:
  case BindingClass::Scalars: return binding.getOffset() + binding.getLength();
  }
  llvm_unreachable("every class is handled");
}

static void forEachBinding(Operation *op, llvm::function_ref<void(BindingAttr)> action) {
  for (NamedAttribute attribute : op->getAttrs()) {
    if (auto binding = dyn_cast<BindingAttr>(attribute.getValue()))
      action(binding);
    if (auto list = dyn_cast<ArrayAttr>(attribute.getValue()))
      for (auto binding : llvm::make_filter_range(list, llvm::IsaPred<BindingAttr>))
        action(cast<BindingAttr>(binding));
  }
}

/// Every binding lies within what it refers to.
static LogicalResult verifyBinding(ProcedureOp procedure, Operation *op, BindingAttr binding) {
  FailureOr<uint64_t> size = procedure.sizeOf(binding);
  if (failed(size))
    return failure();
  if (binding.getLength() > *size || binding.getOffset() > *size - binding.getLength())
    return op->emitOpError() << "binds " << binding.getLength() << " bytes at offset " << binding.getOffset() << " of "
                             << stringifyBindingClass(binding.getMemory()) << ' ' << binding.getIndex()
                             << ", which has " << *size;
  return success();
}

static LogicalResult verifyCommands(ProcedureOp procedure) {
  int64_t count = std::distance(procedure.getBody().front().begin(), procedure.getBody().front().end());
  int64_t index = 0;
  for (Operation &op : procedure.getBody().front()) {
    int64_t target = index + 1;
    if (auto branch = dyn_cast<BranchOp>(op)) {
      target = static_cast<int64_t>(branch.getTarget());
      if (target <= index)
        return op.emitOpError() << "branches backwards, from command " << index << " to " << target;
    } else if (auto jump = dyn_cast<JumpOp>(op)) {
      target = static_cast<int64_t>(jump.getTarget());
      if (target <= index && jump.getLimit() == 0)
        return op.emitOpError() << "jumps backwards without a limit";
    } else if (isa<EndOp>(op)) {
      target = index;
    }
    if (target < 0 || target >= count)
      return op.emitOpError() << "leads to command " << target << " of " << count;
    ++index;
  }
  return success();
}

LogicalResult ProcedureOp::verifyRegions() {
  if (getInputNames().size() != getSignature().getNumInputs() ||
      getOutputNames().size() != getSignature().getNumResults() || getInputStates().size() != getInputNames().size() ||
      getOutputStates().size() != getOutputNames().size())
    return emitOpError("names and states must match the signature's inputs and outputs");
  if (getBody().front().empty() || !isa<EndOp>(getBody().front().back()))
    return emitOpError("must end with program.end");
  if (failed(verifyCommands(*this)))
    return failure();
  WalkResult result = walk([&](Operation *op) {
    WalkResult found = WalkResult::advance();
    forEachBinding(op, [&](BindingAttr binding) {
      if (!found.wasInterrupted() && failed(verifyBinding(*this, op, binding)))
        found = WalkResult::interrupt();
    });
    return found;
  });
  return failure(result.wasInterrupted());
}

static bool hasOwnMemory(ProgramOp program, int64_t executable) {
  return executable >= 0 && nth<ExecutableOp>(program, static_cast<uint32_t>(executable)).getMemory() != "host";
}

/// Whether an executable's work, or the loader itself (-1), can use what a binding refers to.
static bool reaches(ProgramOp program, int64_t executable, BindingAttr binding) {
  bool own = hasOwnMemory(program, executable);
  switch (binding.getMemory()) {
  case BindingClass::Arena: {
    auto arena = nth<ArenaOp>(program, binding.getIndex());
    bool isHost = arena.getMemory() == "host";
    return own ? !isHost && static_cast<int64_t>(arena.getExecutable()) == executable
               : isHost || arena.getHostVisible();
  }
  case BindingClass::State:
    return static_cast<int64_t>(nth<StateOp>(program, binding.getIndex()).getExecutable()) == (own ? executable : -1);
  case BindingClass::Input:
  case BindingClass::Output: return !own;
  case BindingClass::Constant:
  case BindingClass::Scratch:
  case BindingClass::Scalars: return true;
  }
  llvm_unreachable("every class is handled");
}

static LogicalResult verifySegment(ProgramOp program, SegmentOp segment) {
  auto executable = static_cast<int64_t>(segment.getExecutable());
  WalkResult result = segment.walk([&](Operation *op) {
    if (isa<DispatchOp>(op) && executable == -1)
      return op->emitOpError("is a kernel's, and the loader itself runs none"), WalkResult::interrupt();
    WalkResult found = WalkResult::advance();
    forEachBinding(op, [&](BindingAttr binding) {
      if (found.wasInterrupted() || reaches(program, executable, binding))
        return;
      op->emitOpError() << "uses " << stringifyBindingClass(binding.getMemory()) << ' ' << binding.getIndex()
                        << ", which executable " << executable << " does not reach";
      found = WalkResult::interrupt();
    });
    return found;
  });
  return failure(result.wasInterrupted());
}

LogicalResult ProgramOp::verifyRegions() {
  auto executables = getBody().getOps<ExecutableOp>();
  int64_t count = std::distance(executables.begin(), executables.end());
  for (ArenaOp arena : getBody().getOps<ArenaOp>()) {
    auto owner = static_cast<int64_t>(arena.getExecutable());
    if (owner < 0 || owner >= count)
      return arena.emitOpError() << "belongs to executable " << owner << " of " << count;
    if (arena.getMemory() != "host" && !hasOwnMemory(*this, owner))
      return arena.emitOpError() << "is in memory '" << arena.getMemory()
                                 << "' of an executable that works in the host's";
  }
  for (StateOp state : getBody().getOps<StateOp>()) {
    auto owner = static_cast<int64_t>(state.getExecutable());
    if (owner != -1 && (owner < 0 || owner >= count || !hasOwnMemory(*this, owner)))
      return state.emitOpError() << "is in the memory of executable " << owner << ", which has none of its own";
  }
  WalkResult result = walk([&](SegmentOp segment) {
    auto executable = static_cast<int64_t>(segment.getExecutable());
    if (executable < -1 || executable >= count) {
      segment.emitOpError() << "runs on executable " << executable << " of " << count;
      return WalkResult::interrupt();
    }
    return WalkResult(verifySegment(*this, segment));
  });
  return failure(result.wasInterrupted());
}

LogicalResult ArenaOp::verify() {
  if (static_cast<int64_t>(getSize()) < 0)
    return emitOpError() << "has a negative size, " << static_cast<int64_t>(getSize());
  if (!llvm::isPowerOf2_64(getAlignment()))
    return emitOpError() << "needs a power of two as alignment, not " << getAlignment();
  return success();
}

LogicalResult StateOp::verify() {
  auto type = dyn_cast<RankedTensorType>(getType());
  if (!type || failed(storageSize(type)))
    return emitOpError() << "needs a static ranked tensor that can be stored, not " << getType();
  return success();
}

LogicalResult DispatchOp::verify() {
  if (getGrid() < 1)
    return emitOpError() << "needs a grid of at least one workgroup, not " << getGrid();
  if (getOutputs() > getBindings().size())
    return emitOpError() << "has " << getOutputs() << " outputs among " << getBindings().size() << " bindings";
  return success();
}

LogicalResult CopyOp::verify() {
  if (getSource().getLength() != getTarget().getLength())
    return emitOpError() << "copies " << getSource().getLength() << " bytes into " << getTarget().getLength();
  return success();
}

LogicalResult FillOp::verify() {
  if (!llvm::is_contained({1u, 2u, 4u, 8u}, getWidth()))
    return emitOpError() << "has a pattern of " << getWidth() << " bytes; 1, 2, 4 and 8 are possible";
  return success();
}
