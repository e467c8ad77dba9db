// Package bytes from planned programs and their targets' code.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/package/Writer.h"
#include "compiler/package/Metadata.h"
#include "dialects/nn/Tensor.h"
#include "runtime/format/Format.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/SHA256.h"
#include <cstring>
#include <map>

using namespace mlir;
using namespace sinter;
using namespace sinter::format;

namespace {

using Digest = std::array<uint8_t, 32>;

Digest digestOf(llvm::ArrayRef<char> bytes) {
  return llvm::SHA256::hash({reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()});
}

constexpr uint64_t kConstantAlignment = 64;

/// Constants of all programs in one section, each content once.
class ConstantPool {
public:
  uint32_t add(program::ConstantOp op) {
    std::vector<char> content = storedBytes(op.getValue());
    auto [it, isNew] = byContent.try_emplace(digestOf(content), static_cast<uint32_t>(places.size()));
    if (!isNew)
      return it->second;
    bytes.resize(llvm::alignTo(bytes.size(), kConstantAlignment));
    places.push_back({0, bytes.size(), content.size(), op.getOrigin().str()});
    bytes.insert(bytes.end(), content.begin(), content.end());
    return it->second;
  }

  std::vector<char> bytes;
  std::vector<ConstantPlace> places;

private:
  /// As the package holds them: a whole element a byte or more, except 4 and 2 bits, which are packed low bits first.
  static std::vector<char> storedBytes(ElementsAttr value) {
    auto type = cast<RankedTensorType>(value.getShapedType());
    nn::Tensor tensor = *nn::Tensor::fromAttr(value, type);
    llvm::ArrayRef<uint8_t> raw = tensor.getBytes();
    unsigned bits = nn::elementBits(type.getElementType());
    if (bits != 2 && bits != 4)
      return std::vector<char>(raw.begin(), raw.end());
    unsigned perByte = 8 / bits;
    std::vector<char> packed((raw.size() + perByte - 1) / perByte);
    for (size_t i = 0; i < raw.size(); ++i)
      packed[i / perByte] |= static_cast<char>((raw[i] & ((1u << bits) - 1)) << (i % perByte * bits));
    return packed;
  }

  std::map<Digest, uint32_t> byContent;
};

struct Section {
  SectionEntry entry = {};
  llvm::ArrayRef<char> bytes;
};

Section makeSection(SectionKind kind, uint32_t flags, uint64_t alignment, llvm::ArrayRef<char> bytes, uint32_t abi = 0,
                    llvm::StringRef owner = "") {
  Section section;
  section.entry.kind = static_cast<uint32_t>(kind);
  section.entry.flags = flags;
  section.entry.alignment = static_cast<uint32_t>(alignment);
  section.entry.storedSize = section.entry.size = bytes.size();
  section.entry.abi = abi;
  std::copy_n(owner.begin(), std::min(owner.size(), sizeof(section.entry.owner)), section.entry.owner);
  Digest digest = digestOf(bytes);
  std::copy(digest.begin(), digest.end(), section.entry.sha256);
  section.bytes = bytes;
  return section;
}

/// Adds a section, or finds the one that differs in nothing, its hash included: variants of the same code share an
/// image.
uint32_t addOnce(std::vector<Section> &sections, Section section) {
  auto isSame = [&](const Section &other) { return !std::memcmp(&other.entry, &section.entry, sizeof(SectionEntry)); };
  auto it = llvm::find_if(sections, isSame);
  if (it != sections.end())
    return static_cast<uint32_t>(it - sections.begin());
  sections.push_back(std::move(section));
  return static_cast<uint32_t>(sections.size() - 1);
}

/// Header, directory, their hash and the sections, with zeros in the gaps.
std::vector<char> assemble(std::vector<Section> &sections, uint64_t sectionAlignment) {
  uint64_t position = sizeof(Header) + sections.size() * sizeof(SectionEntry) + kDirectoryHashSize;
  for (Section &section : sections) {
    section.entry.offset = position = llvm::alignTo(position, section.entry.alignment);
    position += section.entry.storedSize;
  }
  Header header = {};
  std::copy(std::begin(kMagic), std::end(kMagic), header.magic);
  header.major = kMajor;
  header.minor = kMinor;
  header.headerSize = sizeof(Header);
  header.fileSize = position;
  header.sectionCount = static_cast<uint32_t>(sections.size());
  header.sectionAlignment = static_cast<uint32_t>(sectionAlignment);

  std::vector<char> file;
  file.reserve(position);
  auto append = [&](const void *data, size_t size) {
    file.insert(file.end(), static_cast<const char *>(data), static_cast<const char *>(data) + size);
  };
  append(&header, sizeof(header));
  for (const Section &section : sections)
    append(&section.entry, sizeof(section.entry));
  Digest directory = digestOf(file);
  append(directory.data(), directory.size());
  for (const Section &section : sections) {
    file.resize(section.entry.offset);
    append(section.bytes.data(), section.bytes.size());
  }
  return file;
}

} // namespace

FailureOr<std::vector<char>> sinter::writePackage(llvm::ArrayRef<PackageProgram> programs,
                                                  const Provenance &provenance) {
  ConstantPool pool;
  SectionPlan plan;
  uint64_t sectionAlignment = 16;
  for (PackageProgram program : programs) {
    std::vector<uint32_t> own;
    for (auto constant : program.program.getBody().getOps<program::ConstantOp>())
      own.push_back(pool.add(constant));
    plan.constantsOf.push_back(std::move(own));
    for (const auto &executable : program.executables)
      sectionAlignment = std::max(sectionAlignment, executable.target->codeAlignment);
  }
  plan.constants = pool.places;

  // Section numbers are known before their bytes: metadata, constants if any, then code.
  std::vector<Section> sections(1);
  if (!pool.places.empty()) {
    for (ConstantPlace &place : plan.constants)
      place.section = 1;
    sections.push_back(makeSection(SectionKind::Constants, kSectionRequired | kSectionDeferrable,
                                   std::max(sectionAlignment, kConstantAlignment), pool.bytes));
  }
  for (const PackageProgram &program : programs) {
    auto &perProgram = plan.code.emplace_back();
    for (const auto &executable : program.executables) {
      auto &perVariant = perProgram.emplace_back();
      for (const EmittedVariant &variant : executable.variants) {
        perVariant.push_back(
            addOnce(sections, makeSection(SectionKind::Code, 0, executable.target->codeAlignment, variant.image,
                                          executable.target->kernelAbi, executable.target->driver)));
      }
    }
  }

  std::vector<char> metadata = buildMetadata(programs, plan, provenance);
  if (metadata.size() >= (uint64_t(1) << 31)) {
    program::ProgramOp program = programs.front().program;
    return program.emitError() << "metadata takes " << metadata.size() << " bytes, the format holds 2147483647";
  }
  sections.front() = makeSection(SectionKind::Metadata, kSectionRequired, 64, metadata);
  return assemble(sections, sectionAlignment);
}
