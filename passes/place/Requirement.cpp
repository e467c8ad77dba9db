// What placement has to give.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/place/Requirement.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace sinter;

static constexpr uint32_t kWhole = 100000; // 100 % in thousandths of a percent

/// "95", "99.5" in thousandths.
static std::optional<uint32_t> parseShare(llvm::StringRef text) {
  auto [whole, decimals] = text.split('.');
  uint32_t units, thousandths = 0;
  if (whole.empty() || whole.size() > 3 || !llvm::all_of(whole, llvm::isDigit) || whole.getAsInteger(10, units))
    return std::nullopt;
  if (text.contains('.')) {
    if (decimals.empty() || decimals.size() > 3 || !llvm::all_of(decimals, llvm::isDigit))
      return std::nullopt;
    std::string padded = decimals.str() + std::string(3 - decimals.size(), '0');
    llvm::StringRef(padded).getAsInteger(10, thousandths);
  }
  uint32_t share = units * 1000 + thousandths;
  return share <= kWhole ? std::optional(share) : std::nullopt;
}

std::optional<Requirement> sinter::parseRequirement(llvm::StringRef text) {
  auto [target, rest] = text.rsplit(':');
  auto [share, unit] = rest.split('%');
  std::optional<uint32_t> millipercent = parseShare(share);
  auto kind = llvm::StringSwitch<std::optional<Requirement::Unit>>(unit)
                  .Case("macs", Requirement::Unit::Macs)
                  .Case("flops", Requirement::Unit::Flops)
                  .Case("bytes", Requirement::Unit::Bytes)
                  .Case("nodes", Requirement::Unit::Nodes)
                  .Default(std::nullopt);
  if (target.empty() || target.size() == text.size() || !millipercent || !kind)
    return std::nullopt;
  return Requirement{text.str(), target.str(), *millipercent, *kind};
}

bool Requirement::includes(llvm::StringRef name) const { return name == target || name.split(':').first == target; }

uint64_t Requirement::amountOf(const nn::Work &work) const {
  switch (unit) {
  case Unit::Macs: return work.macs;
  case Unit::Flops: return work.flops;
  case Unit::Bytes: return work.bytes;
  case Unit::Nodes: return 1;
  }
  llvm_unreachable("every unit is handled");
}

llvm::StringRef Requirement::unitName() const {
  switch (unit) {
  case Unit::Macs: return "macs";
  case Unit::Flops: return "flops";
  case Unit::Bytes: return "bytes";
  case Unit::Nodes: return "nodes";
  }
  llvm_unreachable("every unit is handled");
}

std::string sinter::percentText(uint64_t part, uint64_t whole) {
  uint64_t share = whole ? static_cast<uint64_t>(static_cast<unsigned __int128>(part) * kWhole / whole) : kWhole;
  std::string decimals = std::to_string(share % 1000 + 1000).substr(1);
  while (!decimals.empty() && decimals.back() == '0')
    decimals.pop_back();
  return std::to_string(share / 1000) + (decimals.empty() ? "" : "." + decimals) + "%";
}

bool sinter::isEnough(const Requirement &requirement, uint64_t part, uint64_t whole) {
  return static_cast<unsigned __int128>(part) * kWhole >=
         static_cast<unsigned __int128>(whole) * requirement.millipercent;
}
