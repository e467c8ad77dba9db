// Plans all memory and writes the flat program.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/memory/ProgramMemory.h"
#include "dialects/nn/Provenance.h"
#include "passes/memory/EntryPlan.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using sinter::program::BindingAttr;
using sinter::program::BindingClass;

namespace sinter {

#define GEN_PASS_DEF_PROGRAMMEMORY
#include "passes/memory/ProgramMemory.h.inc"

namespace {

/// Writes the procedure of a planned entry.
class ProcedureWriter {
public:
  ProcedureWriter(const EntryPlan &plan, llvm::ArrayRef<uint32_t> firstArenas, OpBuilder &builder)
      : plan(plan), firstArenas(firstArenas), builder(builder), entry(plan.function()) {}

  void write() {
    auto procedure =
        program::ProcedureOp::create(builder, entry.getLoc(), entry.getSymName(), entry.getFunctionType(), names(true),
                                     names(false), plan.statesOfInputs(), plan.statesOfOutputs());
    Block &body = procedure.getBody().emplaceBlock();
    writeSegments(body);
    builder.setInsertionPointToEnd(&body);
    program::EndOp::create(builder, entry.getLoc());
    builder.setInsertionPointAfter(procedure);
  }

private:
  ArrayAttr names(bool inputs) {
    llvm::SmallVector<Attribute> list;
    unsigned count = inputs ? entry.getNumArguments() : entry.getNumResults();
    for (unsigned i = 0; i < count; ++i) {
      DictionaryAttr attributes = inputs ? entry.getArgAttrDict(i) : entry.getResultAttrDict(i);
      auto name = attributes ? attributes.getAs<StringAttr>("nn.name") : StringAttr();
      list.push_back(name ? name : builder.getStringAttr((inputs ? "input" : "output") + std::to_string(i)));
    }
    return builder.getArrayAttr(list);
  }

  /// One segment for as long as the executor stays the same; each waits for the one before.
  void writeSegments(Block &body) {
    std::optional<int64_t> current;
    int64_t signal = 0;
    for (const Step &step : plan.work()) {
      if (current != step.executor) {
        builder.setInsertionPointToEnd(&body);
        llvm::SmallVector<int64_t> waits;
        if (signal)
          waits.push_back(signal);
        auto segment = program::SegmentOp::create(builder, entry.getLoc(), step.executor, waits, ++signal);
        builder.setInsertionPointToEnd(&segment.getBody().emplaceBlock());
        current = step.executor;
      }
      writeStep(step);
    }
  }

  void writeStep(const Step &step) {
    if (!step.call) {
      program::CopyOp::create(builder, entry.getLoc(), bind(step.ranges[0]), bind(step.ranges[1]));
      return;
    }
    program::CallOp call = step.call;
    auto kernel = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getKernelAttr());
    auto grid = kernel ? kernel->getAttrOfType<IntegerAttr>("program.grid") : IntegerAttr();
    llvm::SmallVector<Attribute> bindings;
    for (const Step::Range &range : step.ranges)
      bindings.push_back(bind(range));
    program::DispatchOp::create(builder, call.getLoc(), call.getKernel(), grid ? grid.getInt() : 1,
                                call.getNumResults(), builder.getArrayAttr(bindings));
  }

  BindingAttr bind(const Step::Range &range) {
    Place place = range.place;
    if (place.memory != BindingClass::Arena)
      return BindingAttr::get(entry.getContext(), place.memory, place.index, 0, range.bytes);
    const EntryPlan::Buffer &buffer = plan.arenaBuffers()[place.index];
    return BindingAttr::get(entry.getContext(), place.memory, firstArenas[buffer.space] + buffer.arena, buffer.offset,
                            range.bytes);
  }

  const EntryPlan &plan;
  llvm::ArrayRef<uint32_t> firstArenas;
  OpBuilder &builder;
  func::FuncOp entry;
};

struct ProgramMemoryPass : impl::ProgramMemoryBase<ProgramMemoryPass> {
  using ProgramMemoryBase::ProgramMemoryBase;

  void runOnOperation() override {
    ModuleOp root = getOperation();
    SharedTables tables;
    std::vector<std::unique_ptr<EntryPlan>> plans;
    if (failed(findExecutables(tables)) || failed(planEntries(tables, plans)))
      return signalPassFailure();
    OpBuilder builder = OpBuilder::atBlockEnd(root.getBody());
    auto program = program::ProgramOp::create(builder, root.getLoc());
    builder.setInsertionPointToEnd(&program.getBody().emplaceBlock());
    std::vector<uint32_t> firstArenas = writeTables(builder, tables, plans);
    for (auto &plan : plans)
      ProcedureWriter(*plan, firstArenas, builder).write();
    plans.clear();
    for (func::FuncOp entry : llvm::make_early_inc_range(root.getOps<func::FuncOp>()))
      entry.erase();
  }

  LogicalResult findExecutables(SharedTables &tables) {
    for (ModuleOp kernels : getOperation().getOps<ModuleOp>())
      if (auto target = kernels->getAttrOfType<StringAttr>("program.target")) {
        tables.executables.insert({kernels.getSymNameAttr(), target});
        if (failed(tables.spaces.addExecutable(kernels)))
          return failure();
      }
    if (tables.executables.empty())
      return getOperation().emitError(
          "no module of kernels: memory is planned for the devices of targets, and there is none");
    return success();
  }

  LogicalResult planEntries(SharedTables &tables, std::vector<std::unique_ptr<EntryPlan>> &plans) {
    for (func::FuncOp entry : getOperation().getOps<func::FuncOp>()) {
      plans.push_back(std::make_unique<EntryPlan>(entry, tables, alignment));
      if (failed(plans.back()->collect()))
        return failure();
    }
    for (auto &plan : plans)
      if (failed(plan->plan()))
        return failure();
    return success();
  }

  /// Executables, arenas, constants and states. Returns the first arena of each space.
  std::vector<uint32_t> writeTables(OpBuilder &builder, SharedTables &tables,
                                    llvm::ArrayRef<std::unique_ptr<EntryPlan>> plans) {
    Location loc = getOperation().getLoc();
    for (auto [index, executable] : llvm::enumerate(tables.executables)) {
      const Space &home = tables.spaces[tables.spaces.homeOf(static_cast<int64_t>(index))];
      program::ExecutableOp::create(builder, loc, executable.first, executable.second, home.name);
    }
    std::vector<uint32_t> firstArenas = writeArenas(builder, tables, plans);
    // States' initial values are constants too; they are numbered after the others.
    for (auto &[name, state] : tables.states)
      if (state.init)
        tables.constants.insert({state.init, loc});
    for (auto &[value, where] : tables.constants)
      program::ConstantOp::create(builder, where, cast<ElementsAttr>(value), llvm::join(nodeNames(where), ", "));
    for (auto [index, entry] : llvm::enumerate(tables.states)) {
      const SharedTables::State &state = entry.second;
      int64_t init = state.init ? int64_t(SharedTables::indexOf(tables.constants, state.init)) : -1;
      int64_t owner = tables.spaceOfState(static_cast<uint32_t>(index)) ? *state.executable : kLoaderItself;
      program::StateOp::create(builder, loc, entry.first, state.type, builder.getI64IntegerAttr(init),
                               builder.getI64IntegerAttr(owner));
    }
    return firstArenas;
  }

  std::vector<uint32_t> writeArenas(OpBuilder &builder, SharedTables &tables,
                                    llvm::ArrayRef<std::unique_ptr<EntryPlan>> plans) {
    if (tables.spaces.firstOnHost() != kLoaderItself && tables.spaces[0].arenas.empty())
      tables.spaces[0].arenas.push_back(0); // A program of the host's has its arena, empty or not.
    std::vector<uint32_t> first;
    uint32_t count = 0;
    for (uint32_t space = 0; space < tables.spaces.size(); ++space) {
      const Space &memory = tables.spaces[space];
      first.push_back(count);
      for (uint32_t arena = 0; arena < memory.arenas.size(); ++arena, ++count)
        program::ArenaOp::create(builder, getOperation().getLoc(), memory.executable, memory.name, memory.arenas[arena],
                                 alignment, tensorsOf(builder, plans, space, arena), space != 0 && memory.hostVisible);
    }
    return first;
  }

  ArrayAttr tensorsOf(OpBuilder &builder, llvm::ArrayRef<std::unique_ptr<EntryPlan>> plans, uint32_t space,
                      uint32_t arena) {
    llvm::SmallVector<Attribute> tensors;
    for (auto &plan : plans)
      for (const EntryPlan::Buffer &buffer : plan->arenaBuffers())
        if (buffer.space == space && buffer.arena == arena)
          tensors.push_back(
              builder.getDictionaryAttr({builder.getNamedAttr("name", builder.getStringAttr(buffer.name)),
                                         builder.getNamedAttr("offset", builder.getI64IntegerAttr(buffer.offset)),
                                         builder.getNamedAttr("size", builder.getI64IntegerAttr(buffer.size)),
                                         builder.getNamedAttr("first", builder.getI64IntegerAttr(buffer.first)),
                                         builder.getNamedAttr("last", builder.getI64IntegerAttr(buffer.last))}));
    return builder.getArrayAttr(tensors);
  }
};

} // namespace
} // namespace sinter
