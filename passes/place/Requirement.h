// What placement has to give: --require=npu:95%macs.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_PLACE_REQUIREMENT_H
#define SINTER_PASSES_PLACE_REQUIREMENT_H

#include "dialects/nn/Work.h"
#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>

namespace sinter {

/// At least a share of the model's work runs on targets of one kind.
struct Requirement {
  enum class Unit { Macs, Flops, Bytes, Nodes };

  std::string text;      ///< As it was given.
  std::string target;    ///< A kind ("npu": every target called npu or npu:…) or one target's name.
  uint32_t millipercent; ///< 95.5 % is 95500.
  Unit unit;

  bool includes(llvm::StringRef name) const;
  uint64_t amountOf(const nn::Work &work) const;
  llvm::StringRef unitName() const;
};

/// `KIND:SHARE%UNIT`, split at the last ':'. Units are macs, flops, bytes and nodes; a share has up
/// to three decimals.
std::optional<Requirement> parseRequirement(llvm::StringRef text);

/// "12.345%", without trailing zeros; rounded down.
std::string percentText(uint64_t part, uint64_t whole);

/// Whether `part` of `whole` is at least the share. Nothing of nothing is enough.
bool isEnough(const Requirement &requirement, uint64_t part, uint64_t whole);

} // namespace sinter

#endif
