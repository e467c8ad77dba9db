// The bytes around a package's sections: file header and section directory.
//
// A package is  Header | SectionEntry[sectionCount] | SHA-256 of both | sections…  in little-endian order. Every
// section starts at a multiple of its alignment; the gaps between sections are zero and checked. Sections are found
// by kind (and, where a kind occurs more than once, by their position in the directory, which the metadata refers
// to). This header is shared by the writer and the loader, needs nothing but <stdint.h>, and has no code.
//
// Version rules. `major` changes when an old loader would misread a new file: it refuses. `minor` grows when sections,
// fields or enumerators are added: an old loader skips what it does not know, unless a section is flagged `required`
// or a bit in `requiredFeatures` is unknown to it: then it refuses. Fields are never reused or reordered.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_FORMAT_FORMAT_H
#define SINTER_RUNTIME_FORMAT_FORMAT_H

#include <stdint.h>

namespace sinter::format {

constexpr uint8_t kMagic[8] = {0x89, 'S', 'N', 'T', 'R', '\r', '\n', 0x1a};
constexpr uint16_t kMajor = 1;
constexpr uint16_t kMinor = 0;

/// Bits of Header::requiredFeatures. None is defined yet: any set bit is refused.
constexpr uint64_t kKnownFeatures = 0;

/// 96 bytes at offset 0.
struct Header {
  uint8_t magic[8];
  uint16_t major;
  uint16_t minor;
  uint32_t headerSize;       ///< sizeof(Header); the directory follows.
  uint64_t fileSize;         ///< Of the whole package; a shorter or longer file is refused.
  uint64_t requiredFeatures; ///< See kKnownFeatures.
  uint32_t sectionCount;     ///< At most kMaxSections.
  uint32_t sectionAlignment; ///< 65536, or 16 for microcontrollers; a power of two.
  uint8_t reserved[56];      ///< Zero; a signature's place.
};
static_assert(sizeof(Header) == 96);

constexpr uint32_t kMaxSections = 4096;

enum class SectionKind : uint32_t {
  Metadata = 1,    ///< FlatBuffer `Package` of package.fbs. Exactly one, required.
  Constants = 2,   ///< Raw constant bytes, referred to by (section, offset, length).
  Code = 3,        ///< One variant's code image for one target.
  Text = 4,        ///< Human-readable provenance (UTF-8), never needed to run.
  Vendor = 0x1000, ///< Kinds from here on belong to drivers; `owner` says whose.
};

enum SectionFlags : uint32_t {
  kSectionRequired = 1u << 0,   ///< A loader that does not know the kind refuses the package.
  kSectionDeferrable = 1u << 1, ///< Its hash may be left to `sinter verify` (constants only).
};

enum class Codec : uint32_t { None = 0 };

/// 96 bytes each, directly after the header.
struct SectionEntry {
  uint32_t kind;
  uint32_t flags;
  uint32_t codec;
  uint32_t alignment;  ///< Power of two, at most 65536; offset is a multiple of it.
  uint64_t offset;     ///< From the start of the file; sections ascend and do not overlap.
  uint64_t storedSize; ///< Bytes in the file.
  uint64_t size;       ///< Bytes after decoding; equal to storedSize for Codec::None.
  uint32_t abi;        ///< Code: kernel ABI number. Vendor: the driver's format version. Otherwise 0.
  uint32_t reserved;   ///< Zero.
  uint8_t owner[16];   ///< Vendor, Code: the driver's name, zero-padded. Otherwise zero.
  uint8_t sha256[32];  ///< Of the stored bytes.
};
static_assert(sizeof(SectionEntry) == 96);

/// 32 bytes after the directory: SHA-256 of header and directory.
constexpr uint32_t kDirectoryHashSize = 32;

/// The kernel ABI that CPU code images are built for (see targets/cpu/README.md).
constexpr uint32_t kCpuKernelAbi = 1;

} // namespace sinter::format

#endif
