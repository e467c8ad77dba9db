// Damage: any byte changed, the file cut anywhere. Always a typed error, never a package.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/runtime/Loaded.h"

#include <string.h>

using namespace sinter;
using namespace sinter::test;

/// Opens a copy of exactly these bytes, so that a sanitizer sees any access beyond them.
static sinter_code openExactly(const uint8_t *data, size_t size, Error &error) {
  std::unique_ptr<uint8_t[]> copy(new uint8_t[size ? size : 1]);
  memcpy(copy.get(), data, size);
  sinter_source source = memorySource(copy.get(), size);
  sinter_load_options options = Package::options();
  Block block(65536);
  sinter_package *package = nullptr;
  sinter_code code = sinter_package_open(&source, &options, block.data(), 65536, &package, &error);
  EXPECT_EQ(code == SINTER_OK, package != nullptr);
  sinter_package_close(package);
  return code;
}

static void expectTyped(sinter_code code, const Error &error, size_t place) {
  EXPECT_TRUE(code == SINTER_E_FORMAT || code == SINTER_E_CORRUPT || code == SINTER_E_VERSION)
      << "byte " << place << ": " << sinter_code_name(code);
  EXPECT_EQ(error.code, code);
  EXPECT_STRNE(error.text, "");
}

/// A package that has every kind of section and gaps between them.
static Bytes everySection() {
  TestPackage package = makeSum();
  package.addSection(format::SectionKind::Text, {'h', 'e', 'l', 'l', 'o'});
  uint32_t vendor = package.addSection(format::SectionKind::Vendor, {1, 2, 3});
  memcpy(package.sections[vendor].entry.owner, "someone", 7);
  return package.build();
}

TEST(Damage, TheWholePackageOpens) {
  Bytes package = everySection();
  Error error;
  EXPECT_EQ(openExactly(package.data(), package.size(), error), SINTER_OK) << error.text;
}

TEST(Damage, EveryBitOfEveryByteCounts) {
  Bytes package = everySection();
  for (size_t i = 0; i < package.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      package[i] ^= uint8_t(1 << bit);
      Error error;
      expectTyped(openExactly(package.data(), package.size(), error), error, i);
      package[i] ^= uint8_t(1 << bit);
    }
}

TEST(Damage, CutAnywhere) {
  Bytes package = everySection();
  for (size_t size = 0; size < package.size(); ++size) {
    Error error;
    expectTyped(openExactly(package.data(), size, error), error, size);
  }
}

TEST(Damage, BytesAppended) {
  Bytes package = everySection();
  package.push_back(0);
  Error error;
  expectTyped(openExactly(package.data(), package.size(), error), error, package.size());
}

TEST(Damage, CutAnywhereWithAHeaderThatSaysSo) {
  Bytes whole = everySection();
  for (size_t size = sizeof(format::Header); size < whole.size(); ++size) {
    Bytes package(whole.begin(), whole.begin() + long(size));
    reinterpret_cast<format::Header *>(package.data())->fileSize = size;
    if (size >= sizeof(format::Header) + 5 * sizeof(format::SectionEntry) + format::kDirectoryHashSize)
      rehashDirectory(package);
    Error error;
    expectTyped(openExactly(package.data(), package.size(), error), error, size);
  }
}

TEST(Damage, ConstantsMayBeLeftUncheckedButNothingElse) {
  Bytes package = everySection();
  sinter_load_options options = Package::options();
  options.integrity = SINTER_INTEGRITY_DEFERRED;
  const format::Header &header = *reinterpret_cast<const format::Header *>(package.data());
  for (uint32_t section = 0; section < header.sectionCount; ++section) {
    const format::SectionEntry &entry = sectionEntry(package, section);
    bool isConstants = entry.kind == uint32_t(format::SectionKind::Constants);
    package[entry.offset] ^= 1;
    Package opened(package, &options);
    EXPECT_EQ(opened.code == SINTER_OK, isConstants) << "section " << section;
    package[entry.offset] ^= 1;
  }
}

TEST(Damage, NamesTheSection) {
  Bytes package = everySection();
  for (uint32_t section = 0; section < 5; ++section) {
    uint64_t offset = sectionEntry(package, section).offset;
    package[offset] ^= 1;
    Error error;
    EXPECT_EQ(openExactly(package.data(), package.size(), error), SINTER_E_CORRUPT);
    EXPECT_EQ(error.section, int32_t(section));
    package[offset] ^= 1;
  }
}
