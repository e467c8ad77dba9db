// See EntryPlan.h.
//
// Work that works in the host's memory finds tensors there and in what the host sees of devices; a
// device's kernels find them in its own memory alone. A tensor is made in one place and brought to
// others by copies when something there first reads it: between what the host sees by the host,
// between a device's memories by the device.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/memory/EntryPlan.h"
#include "dialects/nn/Nn.h"
#include "dialects/nn/Provenance.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace sinter;
using program::BindingClass;

static constexpr int64_t kNoState = -1;

Value sinter::rootOf(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<nn::ReshapeOp, nn::BitcastOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

static uint64_t bytesOf(Value value) { return *program::storageSize(cast<ShapedType>(value.getType())); }

//===--- collecting ----------------------------------------------------------------------------------------------===//

LogicalResult EntryPlan::collect() {
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
  returned = cast<func::ReturnOp>(entry.getBody().front().getTerminator()).getOperands();
  for (unsigned i = 0; i < entry.getNumArguments(); ++i)
    inputStates.push_back(stateOf(entry.getArgAttrDict(i), entry.getArgument(i).getType()));
  for (unsigned i = 0; i < entry.getNumResults(); ++i)
    outputStates.push_back(stateOf(entry.getResultAttrDict(i), entry.getResultTypes()[i]));
  findUses();
  findStateHomes();
  return success();
}

int64_t EntryPlan::stateOf(DictionaryAttr attributes, Type type) {
  auto name = attributes ? attributes.getAs<StringAttr>("nn.state") : StringAttr();
  if (!name)
    return kNoState;
  auto &state = tables.states.insert({name, {TypeAttr::get(type), Attribute(), std::nullopt}}).first->second;
  if (auto init = attributes.getAs<ElementsAttr>("nn.state_init"))
    state.init = init;
  return SharedTables::indexOf(tables.states, name);
}

int64_t EntryPlan::executorOf(program::CallOp call) {
  return SharedTables::indexOf(tables.executables, call.getKernel().getRootReference());
}

/// Who reads each root, and which call does so last; what the entry returns is read by the copies
/// after the last call.
void EntryPlan::findUses() {
  for (auto [index, call] : llvm::enumerate(calls))
    for (Value operand : call.getInputs()) {
      lastUse[rootOf(operand)] = static_cast<uint32_t>(index);
      readers[rootOf(operand)].push_back(executorOf(call));
    }
  for (Value value : returned)
    lastUse[rootOf(value)] = static_cast<uint32_t>(calls.size());
}

/// A state lives where it is read first, or else where its new value is made.
void EntryPlan::findStateHomes() {
  auto settle = [&](int64_t state, std::optional<int64_t> executor) {
    if (state != kNoState && executor && !tables.states.begin()[state].second.executable)
      tables.states.begin()[state].second.executable = executor;
  };
  for (BlockArgument argument : entry.getArguments())
    if (readers.contains(argument))
      settle(inputStates[argument.getArgNumber()], readers[argument].front());
  for (auto [value, state] : llvm::zip_equal(returned, outputStates))
    if (auto call = rootOf(value).getDefiningOp<program::CallOp>())
      settle(state, executorOf(call));
}

Value EntryPlan::stateArgument(int64_t state) {
  for (BlockArgument argument : entry.getArguments())
    if (inputStates[argument.getArgNumber()] == state)
      return argument;
  return Value();
}

/// The old value of a state is not read after a call, except by that call in place.
bool EntryPlan::stateFreeAfter(int64_t state, uint32_t call) {
  for (BlockArgument argument : entry.getArguments())
    if (inputStates[argument.getArgNumber()] == state && lastUse.contains(argument) && lastUse[argument] >= call)
      return false;
  return true;
}

//===--- places --------------------------------------------------------------------------------------------------===//

uint32_t EntryPlan::spaceOf(Place place) {
  switch (place.memory) {
  case BindingClass::Arena: return buffers[place.index].space;
  case BindingClass::State: return tables.spaceOfState(place.index);
  default: return 0;
  }
}

/// Whether kernels of an executable, or the loader itself, can use what is there.
bool EntryPlan::reaches(int64_t executor, Place place) {
  if (place.memory == BindingClass::Constant)
    return true;
  uint32_t space = spaceOf(place);
  if (!tables.spaces.worksOnHost(executor))
    return space == tables.spaces.homeOf(executor);
  // A device's states are the driver's alone.
  return place.memory == BindingClass::State ? space == 0 : tables.spaces[space].hostVisible;
}

/// Whether copies of an executable can.
bool EntryPlan::copiesFrom(int64_t executor, Place place) {
  if (tables.spaces.worksOnHost(executor) || place.memory == BindingClass::Constant)
    return reaches(executor, place);
  uint32_t space = spaceOf(place);
  return space != 0 && tables.spaces[space].executable == executor;
}

uint32_t EntryPlan::addBuffer(uint64_t bytes, uint32_t space, std::string name) {
  Buffer buffer;
  buffer.size = bytes;
  buffer.first = buffer.last = static_cast<uint32_t>(steps.size());
  buffer.space = space;
  buffer.name = std::move(name);
  buffers.push_back(std::move(buffer));
  return static_cast<uint32_t>(buffers.size() - 1);
}

/// The step that is about to be added uses the place.
void EntryPlan::touch(Place place) {
  if (place.memory == BindingClass::Arena)
    buffers[place.index].last = static_cast<uint32_t>(steps.size());
}

void EntryPlan::addCopy(int64_t executor, Place source, Place target, uint64_t bytes) {
  touch(source);
  touch(target);
  steps.push_back({executor, program::CallOp(), {{source, bytes}, {target, bytes}}});
}

Place EntryPlan::copyTo(Value root, int64_t executor, Place source, uint32_t space) {
  auto *definition = root.getDefiningOp();
  Place target{
      BindingClass::Arena,
      addBuffer(bytesOf(root), space, definition ? llvm::join(nodeNames(definition->getLoc()), ", ") : "input")};
  addCopy(executor, source, target, bytesOf(root));
  places[root].push_back(target);
  return target;
}

/// Who copies between what the host sees: whoever is at it, so that no segment ends for a copy.
int64_t EntryPlan::hostExecutor() {
  if (!steps.empty() && tables.spaces.worksOnHost(steps.back().executor))
    return steps.back().executor;
  return tables.spaces.firstOnHost();
}

/// A place of the tensor where the device's copies find it.
Place EntryPlan::bringToBorder(Value root, int64_t executable) {
  for (Place place : places[root])
    if (copiesFrom(executable, place))
      return place;
  Place source = bring(root, kLoaderItself);
  return copyTo(root, hostExecutor(), source, tables.spaces.borderOf(executable));
}

/// A place of the tensor that the executor reaches, made if there is none yet.
Place EntryPlan::bring(Value root, int64_t executor) {
  for (Place place : places[root])
    if (reaches(executor, place))
      return place;
  if (!tables.spaces.worksOnHost(executor)) {
    Place source = bringToBorder(root, executor);
    return reaches(executor, source) ? source : copyTo(root, executor, source, tables.spaces.homeOf(executor));
  }
  // It is where the host does not see it: its device copies it out.
  Place source = places[root].front();
  int64_t owner = tables.spaces[spaceOf(source)].executable;
  return copyTo(root, owner, source, tables.spaces.borderOf(owner));
}

//===--- planning ------------------------------------------------------------------------------------------------===//

LogicalResult EntryPlan::plan() {
  placeArguments();
  placeResultsInPlace();
  fetchInputs();
  if (failed(scheduleCalls()))
    return failure();
  scheduleOutputs();
  scheduleStates();
  planBuffers();
  return success();
}

void EntryPlan::placeArguments() {
  for (BlockArgument argument : entry.getArguments()) {
    int64_t state = inputStates[argument.getArgNumber()];
    if (state == kNoState)
      places[argument] = {{BindingClass::Input, argument.getArgNumber()}};
    else
      places[argument] = {{BindingClass::State, static_cast<uint32_t>(state)}};
  }
  for (auto constant : entry.getBody().front().getOps<nn::ConstantOp>()) {
    if (constant->use_empty())
      continue;
    tables.constants.insert({constant.getValue(), constant.getLoc()});
    places[constant.getResult()] = {
        {BindingClass::Constant, SharedTables::indexOf(tables.constants, constant.getValue())}};
  }
}

/// Gives results of kernels that the entry returns their final place, where the kernel reaches it.
void EntryPlan::placeResultsInPlace() {
  llvm::DenseMap<Value, uint32_t> callOf;
  for (auto [index, call] : llvm::enumerate(calls))
    for (Value result : call.getResults())
      callOf[result] = static_cast<uint32_t>(index);
  for (auto [index, value] : llvm::enumerate(returned)) {
    Value root = rootOf(value);
    auto call = callOf.find(root);
    if (call == callOf.end() || places.contains(root))
      continue;
    int64_t state = outputStates[index];
    Place place{state == kNoState ? BindingClass::Output : BindingClass::State,
                static_cast<uint32_t>(state == kNoState ? static_cast<int64_t>(index) : state)};
    if (reaches(executorOf(calls[call->second]), place) && (state == kNoState || stateFreeAfter(state, call->second)))
      places[root] = {place};
  }
}

/// Everything that devices will read of the host's is brought to their borders first, so that no
/// segment ends for it.
void EntryPlan::fetchInputs() {
  for (program::CallOp call : calls)
    for (Value operand : call.getInputs()) {
      Value root = rootOf(operand);
      int64_t executor = executorOf(call);
      if (isa<BlockArgument>(root) && !tables.spaces.worksOnHost(executor) &&
          reaches(kLoaderItself, places[root].front()))
        bringToBorder(root, executor);
    }
}

LogicalResult EntryPlan::scheduleCalls() {
  for (auto [index, call] : llvm::enumerate(calls)) {
    Step step{executorOf(call), call, {}};
    for (Value operand : call.getInputs())
      step.ranges.push_back({bring(rootOf(operand), step.executor), bytesOf(operand)});
    for (OpResult result : call.getResults()) {
      if (!places.contains(result)) {
        std::optional<uint32_t> shared = reusable(call, result, static_cast<uint32_t>(index), step.ranges);
        places[result] = {{BindingClass::Arena, shared
                                                    ? *shared
                                                    : addBuffer(bytesOf(result), spaceForResult(result, step.executor),
                                                                llvm::join(nodeNames(call.getLoc()), ", "))}};
      }
      step.ranges.push_back({places[result].front(), bytesOf(result)});
    }
    if (failed(checkRanges(step)))
      return failure();
    for (const Step::Range &range : step.ranges)
      touch(range.place);
    steps.push_back(std::move(step));
  }
  return success();
}

/// A device binds so much at once, and no more.
LogicalResult EntryPlan::checkRanges(const Step &step) {
  const Space &home = tables.spaces[tables.spaces.homeOf(step.executor)];
  for (const Step::Range &range : step.ranges)
    if (range.bytes > home.largest) {
      program::CallOp call = step.call;
      return call.emitError() << "a tensor of " << range.bytes << " bytes, memory '" << home.name << "' binds at most "
                              << home.largest;
    }
  return success();
}

/// What the host makes and a device reads is made where both see it.
uint32_t EntryPlan::spaceForResult(Value result, int64_t executor) {
  if (tables.spaces.worksOnHost(executor) && readers.contains(result))
    for (int64_t reader : readers[result])
      if (!tables.spaces.worksOnHost(reader))
        return tables.spaces.borderOf(reader);
  return tables.spaces.homeOf(executor);
}

/// The buffer of an operand that dies here and may be overwritten. `ranges` are the call's so far,
/// operands first.
std::optional<uint32_t> EntryPlan::reusable(program::CallOp call, OpResult result, uint32_t index,
                                            ArrayRef<Step::Range> ranges) {
  auto kernel = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getKernelAttr());
  auto pairs = kernel ? kernel->getAttrOfType<DenseI64ArrayAttr>("program.inplace") : DenseI64ArrayAttr();
  if (!pairs)
    return std::nullopt;
  for (int64_t i = 0; i + 1 < pairs.size(); i += 2) {
    if (pairs[i] != result.getResultNumber())
      continue;
    Place place = ranges[pairs[i + 1]].place;
    bool dies = lastUse[rootOf(call.getInputs()[pairs[i + 1]])] == index;
    if (place.memory != BindingClass::Arena || !dies || buffers[place.index].size < bytesOf(result))
      continue;
    auto isShared = [&](const Step::Range &range) {
      return range.place.memory == BindingClass::Arena && range.place.index == place.index;
    };
    if (llvm::count_if(ranges, isShared) == 1 && buffers[place.index].space == spaceForResult(result, executorOf(call)))
      return place.index;
  }
  return std::nullopt;
}

void EntryPlan::scheduleOutputs() {
  for (auto [index, value] : llvm::enumerate(returned)) {
    Place output{BindingClass::Output, static_cast<uint32_t>(index)};
    Value root = rootOf(value);
    Place made = places[root].front();
    if (outputStates[index] != kNoState || (made.memory == output.memory && made.index == output.index))
      continue;
    Place source = bring(root, kLoaderItself);
    addCopy(hostExecutor(), source, output, bytesOf(value));
  }
}

/// States that could not be written in place. All new values are fetched before the first state is
/// written, and one that is the old value of a state is saved, since copies run in order.
void EntryPlan::scheduleStates() {
  struct Update {
    Place source, state;
    int64_t executor;
    uint64_t bytes;
  };
  llvm::SmallVector<Update> updates;
  for (auto [index, value] : llvm::enumerate(returned)) {
    int64_t state = outputStates[index];
    Value root = rootOf(value);
    if (state == kNoState || root == stateArgument(state))
      continue;
    Place target{BindingClass::State, static_cast<uint32_t>(state)};
    Place made = places[root].front();
    if (made.memory == target.memory && made.index == target.index)
      continue;
    int64_t executor =
        tables.spaceOfState(target.index) ? *tables.states.begin()[state].second.executable : hostExecutor();
    Place source = tables.spaces.worksOnHost(executor) ? bring(root, executor) : bringToBorder(root, executor);
    if (source.memory == BindingClass::State) {
      Place saved{BindingClass::Arena, addBuffer(bytesOf(value), spaceOf(source), "state")};
      addCopy(executor, source, saved, bytesOf(value));
      source = saved;
    }
    updates.push_back({source, target, executor, bytesOf(value)});
  }
  for (const Update &update : updates)
    addCopy(update.executor, update.source, update.state, update.bytes);
}

void EntryPlan::planBuffers() {
  for (uint32_t index = 0; index < tables.spaces.size(); ++index) {
    Space &space = tables.spaces[index];
    llvm::SmallVector<ArenaBuffer *> own;
    for (Buffer &buffer : buffers)
      if (buffer.space == index)
        own.push_back(&buffer);
    std::vector<uint64_t> sizes = planArenas(own, alignment, space.largest);
    space.arenas.resize(std::max(space.arenas.size(), sizes.size()));
    for (size_t i = 0; i < sizes.size(); ++i)
      space.arenas[i] = std::max(space.arenas[i], sizes[i]);
  }
}
