// What a target is to the compiler: a few hooks, and a registry of those that exist.
//
// A target answers four questions: what it is (info), what it takes and at what cost (claim), how its kernels are
// prepared (addLayoutPasses, lower) and what bytes they become (emit). Everything else — fusion, outlining, memory
// planning, the package — is the same for every target. The runtime half of a target is its driver
// (runtime/include/sinter_driver.h).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_TARGET_TARGET_H
#define SINTER_COMPILER_TARGET_TARGET_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringRef.h"
#include <memory>
#include <string>
#include <vector>

namespace sinter {

/// A feature set that gets a code image of its own. The loader takes the first in the list that the device can run.
struct VariantInfo {
  std::string name;                  ///< "v4+vnni"
  std::vector<std::string> features; ///< The driver's names for what it needs: "avx512f", …
};

/// The facts of target.json, read once.
struct TargetInfo {
  std::string name;    ///< "cpu:x86-64"
  std::string summary; ///< One line for `sinter --list-targets`.
  std::string driver;  ///< Name of the driver that runs its code: "cpu".
  uint32_t kernelAbi = 0;
  uint64_t tensorAlignment = 64; ///< Of every buffer in the arena, bytes.
  uint64_t codeAlignment = 65536;
  std::vector<VariantInfo> variants; ///< Best first.
};

/// Why a node is not on a target. `limit` and `value` are empty where the reason has none.
struct Refusal {
  std::string node;
  std::string reason;
  std::string limit;
  std::string value;
};

/// Operations that a target takes together. One operation is the trivial set; hardware that has only fused forms
/// claims the whole form or nothing.
struct Claim {
  llvm::SmallVector<mlir::Operation *> ops;
  double cycles = 0;
  uint64_t bytes = 0;
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
  std::string variant;             ///< Only this one; empty: all.
  llvm::raw_ostream *text = nullptr; ///< Where an earlier stage than Package is written.
};

class Target {
public:
  virtual ~Target() = default;

  virtual const TargetInfo &info() const = 0;

  /// Which of `ops` (in program order, nn dialect) the target takes. Every operation is in a claim or in a refusal.
  virtual ClaimResult claim(llvm::ArrayRef<mlir::Operation *> ops) const = 0;

  /// Whether the compiler may join operations of different claims into one kernel. Otherwise each claim is one kernel.
  virtual bool joinsClaims() const { return true; }

  /// Passes on func.func of nn operations that pack constants or change layouts for this target; before outlining.
  virtual void addLayoutPasses(mlir::OpPassManager &pm) const {}

  /// Lowers the outlined kernels (nn on tensors) as far as all variants share, in place, and sets `program.grid` and
  /// `program.inplace` on each. Emits errors at the operations' locations.
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
  /// By full name, by device name, or by an abbreviation that names one target ("cpu" is "cpu:x86-64"). Null: none.
  const Target *find(llvm::StringRef name) const;
  llvm::ArrayRef<std::unique_ptr<Target>> all() const { return targets; }

private:
  std::vector<std::unique_ptr<Target>> targets;
};

/// Those that were built in, for passes that were made without a registry (sinter-opt).
std::shared_ptr<const TargetRegistry> builtInTargets();

} // namespace sinter

#endif
