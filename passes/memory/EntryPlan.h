// The work of one entry point in order, and a place for every tensor.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_MEMORY_ENTRYPLAN_H
#define SINTER_PASSES_MEMORY_ENTRYPLAN_H

#include "dialects/program/Program.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/memory/ArenaPlan.h"
#include "passes/memory/Spaces.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include <optional>

namespace sinter {

/// What all entries share.
struct SharedTables {
  struct State {
    mlir::TypeAttr type;
    mlir::Attribute init;
    std::optional<int64_t> executable; ///< The one that uses it first; it lives in that one's memory.
  };

  llvm::MapVector<mlir::Attribute, mlir::Location> constants;
  llvm::MapVector<mlir::StringAttr, State> states;
  llvm::MapVector<mlir::StringAttr, mlir::StringAttr> executables; ///< Nested module's symbol -> target.
  Spaces spaces;

  template <typename MapT, typename KeyT> static uint32_t indexOf(MapT &map, KeyT key) {
    return static_cast<uint32_t>(std::distance(map.begin(), map.find(key)));
  }
  /// The space that a state is in.
  uint32_t spaceOfState(uint32_t state) {
    return spaces.homeOf(states.begin()[state].second.executable.value_or(kLoaderItself));
  }
};

/// Where a tensor that is no view lives. Arena: index is the buffer's in the plan.
struct Place {
  program::BindingClass memory = program::BindingClass::Arena;
  uint32_t index = 0;
};

/// A dispatch, or a copy from the first range to the second.
struct Step {
  struct Range {
    Place place;
    uint64_t bytes;
  };
  int64_t executor;
  program::CallOp call;
  llvm::SmallVector<Range, 4> ranges;
};

/// Plans one entry function: collect, for all entries; then plan, for all.
class EntryPlan {
public:
  EntryPlan(mlir::func::FuncOp entry, SharedTables &tables, uint64_t alignment)
      : entry(entry), tables(tables), alignment(alignment) {}

  /// Finds calls and states; says which executable uses a state first.
  mlir::LogicalResult collect();
  /// Orders the work and gives every tensor a place; grows the spaces' arenas.
  mlir::LogicalResult plan();

  mlir::func::FuncOp function() const { return entry; }
  llvm::ArrayRef<Step> work() const { return steps; }
  llvm::ArrayRef<int64_t> statesOfInputs() const { return inputStates; }
  llvm::ArrayRef<int64_t> statesOfOutputs() const { return outputStates; }

  struct Buffer : ArenaBuffer {
    uint32_t space = 0;
    std::string name;
  };
  llvm::ArrayRef<Buffer> arenaBuffers() const { return buffers; }

private:
  int64_t stateOf(mlir::DictionaryAttr attributes, mlir::Type type);
  void findStateHomes();
  mlir::Value stateArgument(int64_t state);
  int64_t executorOf(program::CallOp call);
  void findUses();
  bool stateFreeAfter(int64_t state, uint32_t call);

  void placeArguments();
  void placeResultsInPlace();
  mlir::LogicalResult scheduleCalls();
  void fetchInputs();
  void placeResults(program::CallOp call, uint32_t index);
  uint32_t spaceForResult(mlir::Value result, int64_t executor);
  std::optional<uint32_t> reusable(program::CallOp call, mlir::OpResult result, uint32_t index,
                                   llvm::ArrayRef<Step::Range> ranges);
  void scheduleOutputs();
  void scheduleStates();
  void planBuffers();

  uint32_t spaceOf(Place place);
  bool reaches(int64_t executor, Place place);
  bool copiesFrom(int64_t executor, Place place);
  Place bring(mlir::Value root, int64_t executor);
  Place bringToBorder(mlir::Value root, int64_t executable);
  Place copyTo(mlir::Value root, int64_t executor, Place source, uint32_t space);
  uint32_t addBuffer(uint64_t bytes, uint32_t space, std::string name);
  void addCopy(int64_t executor, Place source, Place target, uint64_t bytes);
  void touch(Place place);
  int64_t hostExecutor();
  mlir::LogicalResult checkRanges(const Step &step);

  mlir::func::FuncOp entry;
  SharedTables &tables;
  uint64_t alignment;
  llvm::SmallVector<program::CallOp> calls;
  llvm::SmallVector<int64_t> inputStates, outputStates;
  mlir::ValueRange returned;
  llvm::DenseMap<mlir::Value, uint32_t> lastUse;                      ///< By root: the last call that reads it.
  llvm::DenseMap<mlir::Value, llvm::SmallVector<int64_t, 2>> readers; ///< By root: who reads it, in order.
  llvm::DenseMap<mlir::Value, llvm::SmallVector<Place, 2>>
      places; ///< By root: where it is, the first is where it was made.
  std::vector<Step> steps;
  std::vector<Buffer> buffers;
};

/// The tensor whose bytes a view shows.
mlir::Value rootOf(mlir::Value value);

} // namespace sinter

#endif
