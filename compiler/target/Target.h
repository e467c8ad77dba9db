// What a target is to the compiler: a few hooks, and a registry of those that exist.
//
// A target answers four questions: what it is (info), what it takes and at what cost (claim), how
// its kernels are prepared (addLayoutPasses, lower) and what bytes they become (emit). Everything
// else — fusion, outlining, memory planning, the package — is the same for every target. The
// runtime half of a target is its driver (runtime/include/sinter_driver.h).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_TARGET_TARGET_H
#define SINTER_COMPILER_TARGET_TARGET_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"
#include <memory>
#include <string>
#include <vector>

namespace sinter {

/// A feature set that gets a code image of its own. The loader takes the first in the list that the
/// device can run.
struct VariantInfo {
  std::string name;                  ///< "v4+vnni"
  std::vector<std::string> features; ///< The driver's names for what it needs: "avx512f", …
};

/// What it costs to bring one tensor from the host's memory to a target's, or back.
struct TransferCost {
  double latencyNs = 0;  ///< Of handing it over.
  double bytesPerNs = 0; ///< Of copying it; 0: the memory is the host's, and nothing is copied.
};

/// A memory of a device: a name that its driver knows.
struct MemoryInfo {
  std::string name;
  bool hostVisible = false; ///< The host reads and writes it too.
  uint64_t largest = 0;     ///< Bytes that can be bound at once; 0: any number.
};

/// The facts of target.json, read once; those of a device file in their place where one refines the
/// target.
struct TargetInfo {
  std::string name;    ///< "cpu:x86-64", or the device's: what --target names.
  std::string code;    ///< The target whose code it runs: `name`, or the target that a device file refines.
  std::string summary; ///< One line for `sinter --list-targets`.
  std::string driver;  ///< Name of the driver that runs its code: "cpu".
  uint32_t kernelAbi = 0;
  uint64_t tensorAlignment = 64; ///< Of every buffer in the arena, bytes.
  uint64_t codeAlignment = 65536;
  double clockMHz = 1000; ///< What the cycles of claims are of.
  TransferCost transfer;
  bool makesBitstreams = false;      ///< --bitstream has a meaning.
  bool hasBitcode = false;           ///< --embed-bitcode has a meaning.
  std::string assembler;             ///< The tool that --assembler names for it: "ptxas"; empty: none.
  uint64_t largestTable = 0;         ///< Elements of a constant that code holds; larger ones become operands. 0: any.
  uint64_t mostBindings = 0;         ///< Operands and results of a kernel, at most; 0: any number.
  std::vector<VariantInfo> variants; ///< Best first.
  std::vector<MemoryInfo> memories;  ///< Of the device's own, the first being where kernels work.
                                     ///< None: the host's memory.
  llvm::json::Object facts;          ///< All of it, with what only the target itself understands.
};

/// Why a node is not on a target. `limit` and `value` are empty where the reason has none.
struct Refusal {
  std::string node;
  std::string reason;
  std::string limit;
  std::string value;
};

/// Operations that a target takes together. One operation is the trivial set; hardware that has
/// only fused forms claims the whole form or nothing.
struct Claim {
  llvm::SmallVector<mlir::Operation *> ops;
  double cycles = 0;  ///< All of its time, waiting for memory included, at TargetInfo::clockMHz.
  uint64_t bytes = 0; ///< Read and written.
};

struct ClaimResult {
  std::vector<Claim> claims;
  std::vector<Refusal> refusals;
};

/// One variant's code for all kernels of a module, in the module's order.
struct EmittedVariant {
  VariantInfo info;
  llvm::SmallVector<char, 0> image;
  std::vector<uint64_t> entries; ///< Offset of each kernel's entry point in `image`.
  std::vector<uint64_t> scratch; ///< Bytes of worker scratch that each kernel needs.
};

enum class EmitStage { Nn, Linalg, Llvm, Object, Package };

struct EmitOptions {
  EmitStage stage = EmitStage::Package;
  std::string variant;               ///< Only this one; empty: all.
  bool bitstream = false;            ///< Put a bitstream in, where the target makes them.
  bool embedsBitcode = false;        ///< Put the LLVM IR that machine code was made from beside it, where it can be.
  std::string assembler;             ///< Path of the tool that TargetInfo::assembler names; empty: no machine code.
  llvm::raw_ostream *text = nullptr; ///< Where an earlier stage than Package is written.
};

class Target {
public:
  virtual ~Target() = default;

  virtual const TargetInfo &info() const = 0;

  /// This target with a device's facts, for --target-file; null if its facts cannot be refined.
  virtual std::unique_ptr<Target> refined(TargetInfo device) const { return nullptr; }

  /// Which of `ops` (in program order, nn dialect) the target takes. Every operation is in one
  /// claim or in a refusal.
  virtual ClaimResult claim(llvm::ArrayRef<mlir::Operation *> ops) const = 0;

  /// Whether the compiler may join operations of different claims into one kernel. Otherwise each
  /// claim is one kernel.
  virtual bool joinsClaims() const { return true; }

  /// Passes on func.func of nn operations that pack constants or change layouts for this target;
  /// before outlining.
  virtual void addLayoutPasses(mlir::OpPassManager &pm) const {}

  /// Lowers the outlined kernels (nn on tensors) as far as all variants share, in place, and sets
  /// `program.grid` and `program.inplace` on each. Emits errors at the operations' locations.
  virtual mlir::LogicalResult lower(mlir::ModuleOp kernels) const = 0;

  /// Code for every variant, deterministic and independent of `threads`.
  virtual mlir::FailureOr<std::vector<EmittedVariant>> emit(mlir::ModuleOp kernels, const EmitOptions &options,
                                                            unsigned threads) const = 0;
};

/// Targets by name. Owns them.
class TargetRegistry {
public:
  /// A target takes the place of one with the same name.
  void add(std::unique_ptr<Target> target);
  /// By full name, by device name, or by an abbreviation that names one target ("cpu" is
  /// "cpu:x86-64"). Null: none.
  const Target *find(llvm::StringRef name) const;
  llvm::ArrayRef<std::unique_ptr<Target>> all() const { return targets; }

private:
  std::vector<std::unique_ptr<Target>> targets;
};

/// Those that were built in, for passes that were made without a registry (sinter-opt).
std::shared_ptr<const TargetRegistry> builtInTargets();

} // namespace sinter

#endif
