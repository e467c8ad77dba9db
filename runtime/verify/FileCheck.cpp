// Header and section directory.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "verify/FileCheck.h"

#include "support/Sha256.h"
#include "support/Structs.h"

using namespace sinter::rt;
using namespace sinter::format;

int32_t Directory::find(SectionKind kind) const {
  for (uint32_t i = 0; i < count; ++i)
    if (sections[i].kind == uint32_t(kind))
      return int32_t(i);
  return -1;
}

sinter_code sinter::rt::checkHeader(const Source &source, Header &header, Report &report) {
  report.at(-1, 0);
  if (source.size() < sizeof(Header))
    return report.limit(sizeof(Header), int64_t(source.size()))
        .fail(SINTER_E_FORMAT, "a package has at least % bytes, this has %", sizeof(Header), source.size());
  if (!source.read(0, &header, sizeof(Header)))
    return report.fail(SINTER_E_SOURCE, "the header cannot be read");
  if (memcmp(header.magic, kMagic, sizeof(kMagic)))
    return report.fail(SINTER_E_FORMAT, "not a Sinter package: wrong magic number");
  if (header.major != kMajor)
    return report.at(-1, 8)
        .limit(kMajor, header.major)
        .fail(SINTER_E_VERSION, "package format %.%, this loader reads %.x", header.major, header.minor, kMajor);
  if (header.headerSize != sizeof(Header))
    return report.at(-1, 12).fail(SINTER_E_FORMAT, "header size %, must be %", header.headerSize, sizeof(Header));
  if (header.fileSize != source.size())
    return report.at(-1, 16)
        .limit(int64_t(source.size()), int64_t(header.fileSize))
        .fail(SINTER_E_FORMAT, "the package says it has % bytes, there are %", header.fileSize, source.size());
  if (header.requiredFeatures & ~kKnownFeatures)
    return report.at(-1, 24).fail(SINTER_E_VERSION, "the package requires features that this loader does not have");
  if (!header.sectionCount || header.sectionCount > kMaxSections)
    return report.at(-1, 32)
        .limit(kMaxSections, header.sectionCount)
        .fail(SINTER_E_FORMAT, "% sections, 1 to % are allowed", header.sectionCount, kMaxSections);
  if (!isZero(header.reserved, sizeof(header.reserved)))
    return report.at(-1, 40).fail(SINTER_E_FORMAT, "reserved bytes of the header are not zero");
  if (directorySize(header) > source.size())
    return report.at(-1, 32).fail(SINTER_E_FORMAT, "the file ends inside the section directory");
  return SINTER_OK;
}

uint64_t sinter::rt::directorySize(const Header &header) {
  return sizeof(Header) + uint64_t(header.sectionCount) * sizeof(SectionEntry) + kDirectoryHashSize;
}

static sinter_code checkGap(const Source &source, uint64_t from, uint64_t to, Report &report) {
  uint8_t buffer[256];
  while (from < to) {
    uint64_t length = to - from < sizeof(buffer) ? to - from : sizeof(buffer);
    if (!source.read(from, buffer, length))
      return report.at(-1, from).fail(SINTER_E_SOURCE, "bytes between sections cannot be read");
    if (!isZero(buffer, size_t(length)))
      return report.at(-1, from).fail(SINTER_E_CORRUPT, "bytes between sections are not zero");
    from += length;
  }
  return SINTER_OK;
}

static sinter_code checkEntry(const SectionEntry &entry, uint32_t index, uint64_t previousEnd, uint64_t fileSize,
                              Report &report) {
  report.at(int32_t(index), 0);
  if (!isPowerOfTwo(entry.alignment) || entry.alignment > 65536)
    return report.fail(SINTER_E_FORMAT, "section alignment % is no power of two up to 65536", entry.alignment);
  if (entry.offset & (entry.alignment - 1))
    return report.fail(SINTER_E_FORMAT, "section offset % is no multiple of %", entry.offset, entry.alignment);
  if (entry.offset < previousEnd)
    return report.fail(SINTER_E_FORMAT, "section begins at %, before %", entry.offset, previousEnd);
  if (!inRange(entry.offset, entry.storedSize, fileSize))
    return report.limit(int64_t(fileSize), int64_t(entry.offset))
        .fail(SINTER_E_FORMAT, "section does not end within the file");
  if (entry.codec != uint32_t(Codec::None) || entry.size != entry.storedSize)
    return report.fail(SINTER_E_VERSION, "section is encoded in a way that this loader does not know, %", entry.codec);
  if (entry.reserved)
    return report.fail(SINTER_E_FORMAT, "reserved bytes of the section's entry are not zero");
  bool known = entry.kind == uint32_t(SectionKind::Metadata) || entry.kind == uint32_t(SectionKind::Constants) ||
               entry.kind == uint32_t(SectionKind::Code) || entry.kind == uint32_t(SectionKind::Text);
  if (!known && (entry.flags & kSectionRequired))
    return report.fail(SINTER_E_VERSION, "a required section is of a kind that this loader does not know, %",
                       entry.kind);
  return SINTER_OK;
}

sinter_code sinter::rt::checkDirectory(const Source &source, const Header &header, const uint8_t *bytes,
                                       Directory &directory, Report &report) {
  uint64_t size = directorySize(header) - kDirectoryHashSize;
  if (!hasDigest(bytes, size_t(size), bytes + size))
    return report.at(-1, size).fail(SINTER_E_CORRUPT, "header and section directory do not match their hash");
  directory.sections = reinterpret_cast<const SectionEntry *>(bytes + sizeof(Header));
  directory.count = header.sectionCount;
  uint64_t end = directorySize(header);
  for (uint32_t i = 0; i < directory.count; ++i) {
    const SectionEntry &entry = directory.sections[i];
    if (sinter_code code = checkEntry(entry, i, end, header.fileSize, report))
      return code;
    if (sinter_code code = checkGap(source, end, entry.offset, report))
      return code;
    if (entry.kind == uint32_t(SectionKind::Metadata) && directory.find(SectionKind::Metadata) != int32_t(i))
      return report.at(int32_t(i), 0).fail(SINTER_E_FORMAT, "the package has two sections of metadata");
    end = entry.offset + entry.storedSize;
  }
  if (end != header.fileSize)
    return report.at(-1, end).fail(SINTER_E_FORMAT, "bytes follow the last section");
  return SINTER_OK;
}

sinter_code sinter::rt::checkSectionHash(const Directory &directory, uint32_t section, const void *bytes,
                                         Report &report) {
  const SectionEntry &entry = directory.sections[section];
  if (hasDigest(bytes, size_t(entry.storedSize), entry.sha256))
    return SINTER_OK;
  return report.at(int32_t(section), 0).fail(SINTER_E_CORRUPT, "section % does not match its hash", section);
}
