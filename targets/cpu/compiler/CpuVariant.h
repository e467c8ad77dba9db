// The facts of target.json as the code generator uses them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_CPUVARIANT_H
#define SINTER_TARGETS_CPU_COMPILER_CPUVARIANT_H

#include "compiler/target/Target.h"

namespace sinter::cpu {

/// A feature set and what it means for code generation.
struct CpuVariant {
  VariantInfo info;
  std::string cpu;          ///< LLVM's name of the processor.
  std::string llvmFeatures; ///< LLVM's feature string, added to the processor's own.
  unsigned vectorBytes = 16;
  unsigned registers = 16; ///< Vector registers.
  bool fma = false;        ///< Has fused multiply-add instructions.
  bool half = false;       ///< Converts f16 to and from f32.
  std::string extends;     ///< A variant that differs in integer products alone, or empty: the code of other kernels is
                           ///< the same.
  std::string integerDot;  ///< How it multiplies bytes (contraction/DotProduct.h): widen, pmaddwd, vpdpbusd or vrmpy.
  unsigned indexBits = 64; ///< Of addresses and counts.
  bool divides = true;     ///< Has integer division; else a loop of shifts and subtractions stands for it.
  bool loopVectors = true; ///< Loops of any operation run in vectors; else those of contractions alone. Needs
                           ///< indices of 64 bits.

  /// Elements of `bits` each in a vector register.
  unsigned lanes(unsigned bits) const { return vectorBytes * 8 / bits; }
};

/// One architecture: a target of the compiler.
struct CpuArchitecture {
  TargetInfo info;
  std::string triple;
  std::vector<CpuVariant> variants; ///< In the order of info.variants.
};

/// A variant in a target.json.
CpuVariant readVariant(const llvm::json::Object &object);

/// The architecture called `name` in target.json. Aborts if the embedded file is wrong: a test loads each.
CpuArchitecture loadArchitecture(llvm::StringRef name);

} // namespace sinter::cpu

#endif
