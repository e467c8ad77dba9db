// Plans all memory and writes the flat program.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/memory/ProgramMemory.h"
#include "dialects/nn/Nn.h"
#include "dialects/nn/Provenance.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/memory/ArenaPlan.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using sinter::program::BindingAttr;
using sinter::program::BindingClass;

namespace sinter {

#define GEN_PASS_DEF_PROGRAMMEMORY
#include "passes/memory/ProgramMemory.h.inc"

namespace {

constexpr int64_t kNoState = -1;

/// What all entries share: constants, states, executables and the arena's size.
struct SharedTables {
  llvm::MapVector<Attribute, Location> constants;
  struct State {
    TypeAttr type;
    Attribute init;
  };
  llvm::MapVector<StringAttr, State> states;
  llvm::MapVector<StringAttr, StringAttr> executables; // nested module's symbol -> target
  uint64_t arenaSize = 0;
  llvm::SmallVector<Attribute> arenaTensors;

  template <typename MapT, typename KeyT> static uint32_t indexOf(MapT &map, KeyT key) {
    return static_cast<uint32_t>(std::distance(map.begin(), map.find(key)));
  }
};

/// Where a tensor that is no view lives. Arena: index is the buffer's in EntryPlan::buffers.
struct Place {
  BindingClass memory = BindingClass::Arena;
  uint32_t index = 0;
};

struct Copy {
  Value source;
  BindingClass memory;
  uint32_t index;
};

/// Plans one entry function.
class EntryPlan {
public:
  EntryPlan(func::FuncOp entry, SharedTables &tables, uint64_t alignment)
      : entry(entry), tables(tables), alignment(alignment) {}

  LogicalResult plan() {
    if (failed(collect()))
      return failure();
    placeArguments();
    for (Operation &op : entry.getBody().front())
      if (auto constant = dyn_cast<nn::ConstantOp>(op); constant && !constant->use_empty())
        places[constant.getResult()] = {BindingClass::Constant, constantIndex(constant.getValue(), op.getLoc())};
    computeLastUses();
    placeResults();
    placeCalls();
    breakStateSwaps();
    tables.arenaSize = std::max(tables.arenaSize, planArena(buffers, alignment));
    listBuffers();
    return success();
  }

  void emit(OpBuilder &builder) {
    auto procedure = program::ProcedureOp::create(
        builder, entry.getLoc(), entry.getSymName(), entry.getFunctionType(), names(true), names(false),
        inputStates, outputStates);
    Block &body = procedure.getBody().emplaceBlock();
    builder.setInsertionPointToEnd(&body);
    emitSegments(builder);
    builder.setInsertionPointToEnd(&body);
    program::EndOp::create(builder, entry.getLoc());
    builder.setInsertionPointAfter(procedure);
  }

private:
  /// The tensor whose bytes a view shows.
  static Value rootOf(Value value) {
    while (Operation *op = value.getDefiningOp()) {
      if (!isa<nn::ReshapeOp, nn::BitcastOp>(op))
        break;
      value = op->getOperand(0);
    }
    return value;
  }

  static uint64_t bytesOf(Value value) { return *program::storageSize(cast<ShapedType>(value.getType())); }

  LogicalResult collect() {
    for (Operation &op : entry.getBody().front()) {
      for (Type type : op.getResultTypes())
        if (failed(program::storageSize(cast<ShapedType>(type))))
          return op.emitOpError() << "has a result that cannot be stored: " << type;
      if (auto call = dyn_cast<program::CallOp>(op)) {
        calls.push_back(call);
        if (!tables.executables.contains(call.getKernel().getRootReference()))
          return op.emitOpError() << "calls " << call.getKernel() << ", whose module belongs to no target";
      } else if (!isa<nn::ConstantOp, nn::ReshapeOp, nn::BitcastOp, func::ReturnOp>(op)) {
        return op.emitOpError("was put into no kernel");
      }
    }
    for (unsigned i = 0; i < entry.getNumArguments(); ++i)
      inputStates.push_back(stateOf(entry.getArgAttrDict(i), entry.getArgument(i).getType()));
    for (unsigned i = 0; i < entry.getNumResults(); ++i)
      outputStates.push_back(stateOf(entry.getResultAttrDict(i), entry.getResultTypes()[i]));
    return success();
  }

  int64_t stateOf(DictionaryAttr attributes, Type type) {
    auto name = attributes ? attributes.getAs<StringAttr>("nn.state") : StringAttr();
    if (!name)
      return kNoState;
    auto &state = tables.states.insert({name, {TypeAttr::get(type), Attribute()}}).first->second;
    if (auto init = attributes.getAs<ElementsAttr>("nn.state_init"))
      state.init = init;
    return SharedTables::indexOf(tables.states, name);
  }

  ArrayAttr names(bool inputs) {
    Builder builder(entry.getContext());
    llvm::SmallVector<Attribute> list;
    unsigned count = inputs ? entry.getNumArguments() : entry.getNumResults();
    for (unsigned i = 0; i < count; ++i) {
      DictionaryAttr attributes = inputs ? entry.getArgAttrDict(i) : entry.getResultAttrDict(i);
      auto name = attributes ? attributes.getAs<StringAttr>("nn.name") : StringAttr();
      list.push_back(name ? name : builder.getStringAttr((inputs ? "input" : "output") + std::to_string(i)));
    }
    return builder.getArrayAttr(list);
  }

  void placeArguments() {
    for (BlockArgument argument : entry.getArguments()) {
      int64_t state = inputStates[argument.getArgNumber()];
      if (state == kNoState)
        places[argument] = {BindingClass::Input, argument.getArgNumber()};
      else
        places[argument] = {BindingClass::State, static_cast<uint32_t>(state)};
    }
  }

  uint32_t constantIndex(Attribute value, Location loc) {
    tables.constants.insert({value, loc});
    return SharedTables::indexOf(tables.constants, value);
  }

  /// Last work item that reads each root; what the entry returns is read by the copies after the last call.
  void computeLastUses() {
    uint32_t end = static_cast<uint32_t>(calls.size());
    for (auto [index, call] : llvm::enumerate(calls))
      for (Value operand : call.getInputs())
        lastUse[rootOf(operand)] = static_cast<uint32_t>(index);
    returned = cast<func::ReturnOp>(entry.getBody().front().getTerminator()).getOperands();
    for (Value value : returned)
      lastUse[rootOf(value)] = end;
  }

  /// The old value of a state is not read after work item `index`, except by that item in place.
  bool stateFreeAfter(int64_t state, uint32_t index) {
    for (BlockArgument argument : entry.getArguments())
      if (inputStates[argument.getArgNumber()] == state && lastUse.contains(argument) && lastUse[argument] >= index)
        return false;
    return true;
  }

  /// Gives results of kernels that the entry returns their final place, or notes a copy.
  void placeResults() {
    llvm::DenseMap<Value, uint32_t> itemOf;
    for (auto [index, call] : llvm::enumerate(calls))
      for (Value result : call.getResults())
        itemOf[result] = static_cast<uint32_t>(index);
    llvm::SmallVector<Copy> stateCopies;
    for (auto [index, value] : llvm::enumerate(returned)) {
      Value root = rootOf(value);
      int64_t state = outputStates[index];
      bool isFresh = itemOf.contains(root) && !places.contains(root);
      if (state == kNoState) {
        if (isFresh)
          places[root] = {BindingClass::Output, static_cast<uint32_t>(index)};
        else
          copies.push_back({value, BindingClass::Output, static_cast<uint32_t>(index)});
      } else if (isFresh && stateFreeAfter(state, itemOf[root])) {
        places[root] = {BindingClass::State, static_cast<uint32_t>(state)};
      } else if (root != stateArgument(state)) {
        stateCopies.push_back({value, BindingClass::State, static_cast<uint32_t>(state)});
      }
    }
    copies.append(stateCopies);
  }

  Value stateArgument(int64_t state) {
    for (BlockArgument argument : entry.getArguments())
      if (inputStates[argument.getArgNumber()] == state)
        return argument;
    return Value();
  }

  void placeCalls() {
    for (auto [index, call] : llvm::enumerate(calls))
      for (OpResult result : call.getResults())
        if (!places.contains(result))
          places[result] = {BindingClass::Arena, bufferFor(call, result, static_cast<uint32_t>(index))};
  }

  /// The buffer of an operand that dies here and may be overwritten, or a new one.
  uint32_t bufferFor(program::CallOp call, OpResult result, uint32_t index) {
    uint32_t last = lastUse.contains(result) ? lastUse[result] : index;
    if (std::optional<uint32_t> shared = reusable(call, result, index)) {
      buffers[*shared].last = std::max(buffers[*shared].last, last);
      return *shared;
    }
    buffers.push_back({bytesOf(result), index, last, 0});
    bufferNames.push_back(llvm::join(nodeNames(call.getLoc()), ", "));
    return static_cast<uint32_t>(buffers.size() - 1);
  }

  std::optional<uint32_t> reusable(program::CallOp call, OpResult result, uint32_t index) {
    auto kernel = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getKernelAttr());
    auto pairs = kernel ? kernel->getAttrOfType<DenseI64ArrayAttr>("program.inplace") : DenseI64ArrayAttr();
    if (!pairs)
      return std::nullopt;
    for (int64_t i = 0; i + 1 < pairs.size(); i += 2) {
      if (pairs[i] != result.getResultNumber())
        continue;
      Value operand = rootOf(call.getInputs()[pairs[i + 1]]);
      auto place = places.find(operand);
      bool isArena = place != places.end() && place->second.memory == BindingClass::Arena;
      if (!isArena || buffers[place->second.index].last != index || buffers[place->second.index].size < bytesOf(result))
        continue;
      auto sharesBuffer = [&](Value other) {
        auto it = places.find(rootOf(other));
        return it != places.end() && it->second.memory == BindingClass::Arena && it->second.index == place->second.index;
      };
      auto takenByOther = llvm::any_of(call.getResults(), [&](Value other) { return sharesBuffer(other); });
      if (llvm::count_if(call.getInputs(), sharesBuffer) == 1 && !takenByOther)
        return place->second.index;
    }
    return std::nullopt;
  }

  /// A state whose new value is another state's old one: that one is saved into the arena first, since copies run in order.
  void breakStateSwaps() {
    llvm::SmallVector<Copy> ordered;
    llvm::SmallVector<Copy> late;
    uint32_t end = static_cast<uint32_t>(calls.size());
    for (Copy &copy : copies) {
      bool fromState = copy.memory == BindingClass::State && places[rootOf(copy.source)].memory == BindingClass::State;
      if (!fromState) {
        (copy.memory == BindingClass::State ? late : ordered).push_back(copy);
        continue;
      }
      buffers.push_back({bytesOf(copy.source), end, end, 0});
      bufferNames.push_back("state");
      auto buffer = static_cast<uint32_t>(buffers.size() - 1);
      ordered.push_back({copy.source, BindingClass::Arena, buffer});
      late.push_back({Value(), copy.memory, copy.index});
      saved[static_cast<uint32_t>(late.size() - 1)] = buffer;
    }
    copies = std::move(ordered);
    lateCopies = std::move(late);
  }

  void listBuffers() {
    Builder builder(entry.getContext());
    for (auto [buffer, name] : llvm::zip_equal(buffers, bufferNames))
      tables.arenaTensors.push_back(builder.getDictionaryAttr(
          {builder.getNamedAttr("name", builder.getStringAttr(name)),
           builder.getNamedAttr("offset", builder.getI64IntegerAttr(buffer.offset)),
           builder.getNamedAttr("size", builder.getI64IntegerAttr(buffer.size)),
           builder.getNamedAttr("first", builder.getI64IntegerAttr(buffer.first)),
           builder.getNamedAttr("last", builder.getI64IntegerAttr(buffer.last))}));
  }

  BindingAttr bind(BindingClass memory, uint32_t index, uint64_t length) {
    if (memory == BindingClass::Arena)
      return BindingAttr::get(entry.getContext(), memory, 0, buffers[index].offset, length);
    return BindingAttr::get(entry.getContext(), memory, index, 0, length);
  }

  BindingAttr bindingOf(Value value) {
    Place place = places.find(rootOf(value))->second;
    return bind(place.memory, place.index, bytesOf(value));
  }

  void emitSegments(OpBuilder &builder) {
    StringAttr current;
    int64_t signal = 0;
    Block *procedure = builder.getInsertionBlock();
    auto begin = [&](StringAttr module, Location loc) {
      builder.setInsertionPointToEnd(procedure);
      llvm::SmallVector<int64_t> waits;
      if (signal)
        waits.push_back(signal);
      auto segment = program::SegmentOp::create(
          builder, loc, module ? SharedTables::indexOf(tables.executables, module) : 0, waits, ++signal);
      builder.setInsertionPointToEnd(&segment.getBody().emplaceBlock());
      current = module;
    };
    for (program::CallOp call : calls) {
      if (call.getKernel().getRootReference() != current)
        begin(call.getKernel().getRootReference(), entry.getLoc());
      emitDispatch(builder, call);
    }
    if (!signal && !(copies.empty() && lateCopies.empty()))
      begin(StringAttr(), entry.getLoc());
    for (Copy &copy : copies)
      program::CopyOp::create(builder, entry.getLoc(), bindingOf(copy.source),
                              bind(copy.memory, copy.index, bytesOf(copy.source)));
    for (auto [index, copy] : llvm::enumerate(lateCopies)) {
      auto it = saved.find(static_cast<uint32_t>(index));
      BindingAttr source = it == saved.end()
                               ? bindingOf(copy.source)
                               : bind(BindingClass::Arena, it->second, buffers[it->second].size);
      program::CopyOp::create(builder, entry.getLoc(), source, bind(copy.memory, copy.index, source.getLength()));
    }
  }

  void emitDispatch(OpBuilder &builder, program::CallOp call) {
    auto kernel = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getKernelAttr());
    auto grid = kernel ? kernel->getAttrOfType<IntegerAttr>("program.grid") : IntegerAttr();
    llvm::SmallVector<Attribute> bindings;
    for (Value operand : call.getInputs())
      bindings.push_back(bindingOf(operand));
    for (Value result : call.getResults())
      bindings.push_back(bindingOf(result));
    program::DispatchOp::create(builder, call.getLoc(), call.getKernel(), grid ? grid.getInt() : 1,
                                call.getNumResults(), builder.getArrayAttr(bindings));
  }

  func::FuncOp entry;
  SharedTables &tables;
  uint64_t alignment;
  llvm::SmallVector<program::CallOp> calls;
  llvm::SmallVector<int64_t> inputStates, outputStates;
  llvm::DenseMap<Value, Place> places;     // by root
  llvm::DenseMap<Value, uint32_t> lastUse; // by root
  std::vector<ArenaBuffer> buffers;
  std::vector<std::string> bufferNames;
  ValueRange returned;
  llvm::SmallVector<Copy> copies;     // in order: to outputs, to the arena
  llvm::SmallVector<Copy> lateCopies; // to states, after all others
  llvm::DenseMap<uint32_t, uint32_t> saved; // late copy -> arena buffer that holds its source
};

struct ProgramMemoryPass : impl::ProgramMemoryBase<ProgramMemoryPass> {
  using ProgramMemoryBase::ProgramMemoryBase;

  void runOnOperation() override {
    ModuleOp root = getOperation();
    SharedTables tables;
    for (ModuleOp kernels : root.getOps<ModuleOp>())
      if (auto target = kernels->getAttrOfType<StringAttr>("program.target"))
        tables.executables.insert({kernels.getSymNameAttr(), target});
    if (tables.executables.empty()) {
      root.emitError("no module of kernels: memory is planned for the devices of targets, and there is none");
      return signalPassFailure();
    }
    std::vector<std::unique_ptr<EntryPlan>> plans;
    for (func::FuncOp entry : root.getOps<func::FuncOp>()) {
      plans.push_back(std::make_unique<EntryPlan>(entry, tables, alignment));
      if (failed(plans.back()->plan()))
        return signalPassFailure();
    }
    OpBuilder builder = OpBuilder::atBlockEnd(root.getBody());
    auto program = program::ProgramOp::create(builder, root.getLoc());
    builder.setInsertionPointToEnd(&program.getBody().emplaceBlock());
    emitTables(builder, tables);
    for (auto &plan : plans)
      plan->emit(builder);
    plans.clear();
    for (func::FuncOp entry : llvm::make_early_inc_range(root.getOps<func::FuncOp>()))
      entry.erase();
  }

  void emitTables(OpBuilder &builder, SharedTables &tables) {
    Location loc = getOperation().getLoc();
    for (auto &[module, target] : tables.executables)
      program::ExecutableOp::create(builder, loc, module, target);
    program::ArenaOp::create(builder, loc, 0, "host", tables.arenaSize, alignment,
                             builder.getArrayAttr(tables.arenaTensors));
    // States' initial values are constants too; they are numbered after the others.
    for (auto &[name, state] : tables.states)
      if (state.init)
        tables.constants.insert({state.init, loc});
    for (auto &[value, where] : tables.constants)
      program::ConstantOp::create(builder, where, cast<ElementsAttr>(value), llvm::join(nodeNames(where), ", "));
    for (auto &[name, state] : tables.states) {
      int64_t init = state.init ? int64_t(SharedTables::indexOf(tables.constants, state.init)) : -1;
      program::StateOp::create(builder, loc, name, state.type, builder.getI64IntegerAttr(init));
    }
  }
};

} // namespace
} // namespace sinter
