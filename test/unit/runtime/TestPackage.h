// Packages made by hand for the loader's tests.
//
// The metadata is an editable object tree; build() serialises it, lays out the sections and computes the hashes, so a
// test can make a package that is wrong in exactly one way and right, hashes included, in every other.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_UNIT_RUNTIME_TESTPACKAGE_H
#define SINTER_TEST_UNIT_RUNTIME_TESTPACKAGE_H

#include "package_generated.h"
#include "runtime/format/Format.h"
#include "targets/null/NullCode.h"

#include <string>
#include <vector>

namespace sinter::test {

using Bytes = std::vector<uint8_t>;

class TestPackage {
public:
  struct Section {
    format::SectionEntry entry = {};
    Bytes bytes;
  };

  /// Appends a section and returns its number. Section 0 is the metadata.
  uint32_t addSection(format::SectionKind kind, Bytes bytes, uint32_t alignment = 16);

  /// Serialises everything. The metadata's section is filled from `metadata`.
  Bytes build() const;

  fb::PackageT metadata;
  std::vector<Section> sections{1};
};

/// Hashes header and directory anew, after a test has changed them.
void rehashDirectory(Bytes &package);
/// Hashes a section anew and then the directory, after a test has changed the section's bytes.
void rehashSection(Bytes &package, uint32_t section);
/// The section's entry in the package's bytes.
format::SectionEntry &sectionEntry(Bytes &package, uint32_t section);

// --- parts -----------------------------------------------------------------------------------------------------------

constexpr uint32_t kElements = 4; ///< Of every tensor in the packages below, f32 unless said otherwise.
constexpr uint64_t kTensorBytes = kElements * 4;

/// Kernels of the null executable that every package below has.
enum : uint32_t { kCopy = 0, kAdd = 1, kCopyWord = 2 /* one i64 */, kAddWord = 3 };

std::unique_ptr<fb::ValueT> makeValue(const char *name, int32_t state = -1);
fb::Binding arenaAt(uint64_t offset, uint64_t length = kTensorBytes);
fb::Binding bindingOf(fb::BindingClass kind, uint32_t index, uint64_t length = kTensorBytes, uint64_t offset = 0);
std::unique_ptr<fb::WorkItemT> makeDispatch(uint32_t kernel, std::vector<fb::Binding> bindings, const char *node = "");
std::unique_ptr<fb::WorkItemT> makeCopy(fb::Binding source, fb::Binding target);
std::unique_ptr<fb::WorkItemT> makeFill(fb::Binding target, uint64_t pattern, uint8_t width);

/// A command of any kind: `makeCommand(fb::JumpT{...})`.
template <typename CommandT> std::unique_ptr<fb::CommandItemT> makeCommand(CommandT command) {
  auto item = std::make_unique<fb::CommandItemT>();
  item->command.Set(std::move(command));
  return item;
}
std::unique_ptr<fb::CommandItemT> makeSegment(uint32_t first, uint32_t count, uint64_t signal);
std::unique_ptr<fb::CommandItemT> makeScalar(fb::ScalarOp op, uint32_t result, uint32_t a, uint32_t b,
                                             int64_t value = 0);
std::unique_ptr<fb::CommandItemT> makeConstant(uint32_t result, int64_t value);

/// A package with one program for the null target, one entry point "main" without values or commands, one arena of 256
/// bytes and the four kernels above.
TestPackage makeEmpty();
inline fb::ProgramT &programOf(TestPackage &package) { return *package.metadata.programs[0]; }
inline fb::ProcedureT &procedureOf(TestPackage &package) { return *programOf(package).procedures[0]; }
inline fb::EntryPointT &entryOf(TestPackage &package) { return *package.metadata.entries[0]; }

/// y = (a + b) + c with c = {100, 200, 300, 400} a constant: every class of memory but state, two dispatches.
TestPackage makeSum();

/// y = s + x; s := y, where s is state "s" with the initial value c of makeSum or zeros.
TestPackage makeAccumulator(bool hasInitialValue);

/// y := 0; repeat `times`: y := y + a. The loop's jump allows `limit` repetitions.
TestPackage makeLoop(int64_t times, uint64_t limit);

/// makeSum with N in [1, 4] as the size of every value, and a second output dimension in register 1, computed as N * 1.
TestPackage makeDynamic();

/// A second variant-less program for the target "gpu:none" before the others: skipped by loaders without its driver.
void addForeignProgram(TestPackage &package);

} // namespace sinter::test

#endif
