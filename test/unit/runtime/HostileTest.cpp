// Hostile packages: hashes are right, contents are not. Each is refused for what is wrong with it, and whatever is
// accepted can be run without harm.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/runtime/Loaded.h"

#include <functional>
#include <string.h>
#include <time.h>

using namespace sinter;
using namespace sinter::test;
using format::SectionEntry;

// --- header and directory --------------------------------------------------------------------------------------------

static void expectDirectoryRefused(const char *what, std::function<void(Bytes &)> change,
                                   sinter_code expected = SINTER_E_FORMAT) {
  Bytes package = makeSum().build();
  change(package);
  rehashDirectory(package);
  Package opened(package);
  EXPECT_EQ(opened.code, expected) << what << ": " << opened.error.text;
  EXPECT_STRNE(opened.error.text, "") << what;
}

static format::Header &headerOf(Bytes &package) { return *reinterpret_cast<format::Header *>(package.data()); }

TEST(Hostile, Header) {
  expectDirectoryRefused("major", [](Bytes &p) { headerOf(p).major = 2; }, SINTER_E_VERSION);
  expectDirectoryRefused("features", [](Bytes &p) { headerOf(p).requiredFeatures = 1; }, SINTER_E_VERSION);
  expectDirectoryRefused("header size", [](Bytes &p) { headerOf(p).headerSize = 95; });
  expectDirectoryRefused("file size", [](Bytes &p) { headerOf(p).fileSize += 1; });
  expectDirectoryRefused("reserved", [](Bytes &p) { headerOf(p).reserved[55] = 1; });
  // A directory that would end beyond the file, or nowhere.
  Bytes package = makeSum().build();
  for (uint32_t count : {0u, 4096u, 4097u, UINT32_MAX}) {
    headerOf(package).sectionCount = count;
    Package opened(package);
    EXPECT_EQ(opened.code, SINTER_E_FORMAT) << count;
  }
}

TEST(Hostile, AnOlderLoaderOpensANewerMinor) {
  Bytes package = makeSum().build();
  headerOf(package).minor = 99;
  rehashDirectory(package);
  Package opened(package);
  EXPECT_EQ(opened.code, SINTER_OK) << opened.error.text;
}

TEST(Hostile, Directory) {
  expectDirectoryRefused("codec", [](Bytes &p) { sectionEntry(p, 1).codec = 7; }, SINTER_E_VERSION);
  expectDirectoryRefused("size", [](Bytes &p) { sectionEntry(p, 1).size += 1; }, SINTER_E_VERSION);
  expectDirectoryRefused("alignment", [](Bytes &p) { sectionEntry(p, 1).alignment = 24; });
  expectDirectoryRefused("alignment 0", [](Bytes &p) { sectionEntry(p, 1).alignment = 0; });
  expectDirectoryRefused("huge alignment", [](Bytes &p) { sectionEntry(p, 1).alignment = 1u << 31; });
  expectDirectoryRefused("misaligned", [](Bytes &p) { sectionEntry(p, 1).offset += 8; });
  expectDirectoryRefused("overlapping", [](Bytes &p) { sectionEntry(p, 1).offset = sectionEntry(p, 0).offset; });
  expectDirectoryRefused("in the directory", [](Bytes &p) { sectionEntry(p, 0).offset = 0; });
  expectDirectoryRefused("beyond the end", [](Bytes &p) { sectionEntry(p, 2).offset = UINT64_MAX - 63; });
  expectDirectoryRefused("endless", [](Bytes &p) {
    sectionEntry(p, 2).size = sectionEntry(p, 2).storedSize = UINT64_MAX - sectionEntry(p, 2).offset + 1;
  });
  expectDirectoryRefused("reserved", [](Bytes &p) { sectionEntry(p, 1).reserved = 1; });
  expectDirectoryRefused("no metadata", [](Bytes &p) { sectionEntry(p, 0).kind = 4; });
  expectDirectoryRefused("two of metadata", [](Bytes &p) { sectionEntry(p, 1).kind = 1; });
}

TEST(Hostile, SectionsOfUnknownKind) {
  TestPackage made = makeSum();
  made.addSection(format::SectionKind(77), {1, 2, 3});
  Package skipped(made.build());
  EXPECT_EQ(skipped.code, SINTER_OK) << skipped.error.text;
  made.sections.back().entry.flags = format::kSectionRequired;
  Package refused(made.build());
  EXPECT_EQ(refused.code, SINTER_E_VERSION);
}

// --- metadata --------------------------------------------------------------------------------------------------------

namespace {

struct Change {
  const char *what;
  std::function<void(TestPackage &)> apply;
};

fb::DispatchT &firstDispatch(TestPackage &p) { return *procedureOf(p).work[0]->work.AsDispatch(); }
fb::SegmentT &firstSegment(TestPackage &p) { return *procedureOf(p).commands[0]->command.AsSegment(); }
fb::VariantT &firstVariant(TestPackage &p) { return *programOf(p).executables[0]->variants[0]; }
fb::KernelT &addKernelOf(TestPackage &p) { return *programOf(p).executables[0]->kernels[kAdd]; }
void setBinding(TestPackage &p, size_t which, fb::Binding binding) { firstDispatch(p).bindings[which] = binding; }

/// Inserts a command before the first.
template <typename CommandT> void insertCommand(TestPackage &p, CommandT command) {
  procedureOf(p).commands.insert(procedureOf(p).commands.begin(), makeCommand(std::move(command)));
}
void insertScalar(TestPackage &p, fb::ScalarOp op, uint32_t result, uint32_t a, uint32_t b, int64_t value) {
  procedureOf(p).commands.insert(procedureOf(p).commands.begin(), makeScalar(op, result, a, b, value));
}
fb::BranchT branch(uint32_t condition, uint32_t target) {
  fb::BranchT result;
  result.condition = condition;
  result.target = target;
  return result;
}
fb::JumpT jump(uint32_t target, uint64_t limit) {
  fb::JumpT result;
  result.target = target;
  result.limit = limit;
  return result;
}
fb::LoadT load(fb::Binding source, uint8_t width, uint32_t result) {
  fb::LoadT made;
  made.source = std::make_unique<fb::Binding>(source);
  made.width = width;
  made.result = result;
  made.min = INT64_MIN;
  made.max = INT64_MAX;
  return made;
}

using Dims = std::vector<fb::Dim>;

const Change changes[] = {
    // Signature.
    {"no entry point", [](TestPackage &p) { p.metadata.entries.clear(); }},
    {"unknown type", [](TestPackage &p) { entryOf(p).inputs[0]->type = fb::ElementType(99); }},
    {"no type", [](TestPackage &p) { entryOf(p).inputs[0]->type = fb::ElementType_none; }},
    {"negative dimension", [](TestPackage &p) { entryOf(p).inputs[0]->dims[0] = fb::Dim(-4, -1, -1); }},
    {"rank", [](TestPackage &p) { entryOf(p).inputs[0]->dims = Dims(17, fb::Dim(1, -1, -1)); }},
    {"size overflow", [](TestPackage &p) { entryOf(p).inputs[0]->dims = Dims(3, fb::Dim(INT64_MAX, -1, -1)); }},
    {"size overflow to 0", [](TestPackage &p) { entryOf(p).inputs[0]->dims = Dims(4, fb::Dim(1ll << 32, -1, -1)); }},
    {"unknown symbol", [](TestPackage &p) { entryOf(p).inputs[0]->dims[0] = fb::Dim(4, 0, -1); }},
    {"unknown register", [](TestPackage &p) { entryOf(p).outputs[0]->dims[0] = fb::Dim(4, -1, 0); }},
    {"computed input",
     [](TestPackage &p) { programOf(p).scalars = 1, entryOf(p).inputs[0]->dims[0] = fb::Dim(4, -1, 0); }},
    {"alignment", [](TestPackage &p) { entryOf(p).inputs[0]->alignment = 3; }},
    {"alignment 0", [](TestPackage &p) { entryOf(p).inputs[0]->alignment = 0; }},
    {"unknown state", [](TestPackage &p) { entryOf(p).inputs[0]->state = 0; }},
    {"quantisation without scales",
     [](TestPackage &p) { entryOf(p).inputs[0]->quantization = std::make_unique<fb::QuantizationT>(); }},
    // Constants.
    {"constant in no section", [](TestPackage &p) { p.metadata.constants[0]->section = 99; }},
    {"constant in code", [](TestPackage &p) { p.metadata.constants[0]->section = 1; }},
    {"constant too long", [](TestPackage &p) { p.metadata.constants[0]->size = 17; }},
    {"constant wraps", [](TestPackage &p) { p.metadata.constants[0]->offset = UINT64_MAX - 63; }},
    {"constant misaligned",
     [](TestPackage &p) { p.metadata.constants[0]->offset = 8, p.metadata.constants[0]->size = 8; }},
    // Code.
    {"no executable", [](TestPackage &p) { programOf(p).executables.clear(); }},
    {"code in no section", [](TestPackage &p) { firstVariant(p).section = 99; }},
    {"code in constants", [](TestPackage &p) { firstVariant(p).section = 2; }},
    {"entry outside", [](TestPackage &p) { firstVariant(p).entries[0] = 64; }},
    {"entry far outside", [](TestPackage &p) { firstVariant(p).entries[0] = UINT64_MAX; }},
    {"entry missing", [](TestPackage &p) { firstVariant(p).entries.pop_back(); }},
    {"scratch missing", [](TestPackage &p) { firstVariant(p).scratch.pop_back(); }},
    {"scratch huge", [](TestPackage &p) { firstVariant(p).scratch[0] = UINT64_MAX; }},
    {"outputs", [](TestPackage &p) { addKernelOf(p).outputs = 4; }},
    // Memory.
    {"arena of no executable", [](TestPackage &p) { programOf(p).arenas[0]->executable = 1; }},
    {"arena alignment", [](TestPackage &p) { programOf(p).arenas[0]->alignment = 48; }},
    {"arena size", [](TestPackage &p) { programOf(p).arenas[0]->size = UINT64_MAX; }},
    {"registers", [](TestPackage &p) { programOf(p).scalars = UINT32_MAX; }},
    // Work.
    {"unknown kernel", [](TestPackage &p) { firstDispatch(p).kernel = 4; }},
    {"unknown executable", [](TestPackage &p) { firstDispatch(p).executable = 1; }},
    {"too few bindings", [](TestPackage &p) { firstDispatch(p).bindings.pop_back(); }},
    {"no workgroups", [](TestPackage &p) { firstDispatch(p).grid = 0; }},
    {"too many workgroups", [](TestPackage &p) { firstDispatch(p).grid = UINT64_MAX; }},
    {"grid in unknown register", [](TestPackage &p) { firstDispatch(p).grid_scalar = 0; }},
    {"grid in negative register", [](TestPackage &p) { firstDispatch(p).grid_scalar = -2; }},
    {"arena range", [](TestPackage &p) { setBinding(p, 2, arenaAt(244)); }},
    {"arena range wraps", [](TestPackage &p) { setBinding(p, 2, arenaAt(UINT64_MAX - 15)); }},
    {"arena length wraps", [](TestPackage &p) { setBinding(p, 2, arenaAt(64, UINT64_MAX)); }},
    {"unknown arena", [](TestPackage &p) { setBinding(p, 2, bindingOf(fb::BindingClass_arena, 1)); }},
    {"unknown constant", [](TestPackage &p) { setBinding(p, 0, bindingOf(fb::BindingClass_constant, 1)); }},
    {"constant range", [](TestPackage &p) { setBinding(p, 0, bindingOf(fb::BindingClass_constant, 0, 16, 1)); }},
    {"unknown input", [](TestPackage &p) { setBinding(p, 0, bindingOf(fb::BindingClass_input, 2)); }},
    {"input range", [](TestPackage &p) { setBinding(p, 0, bindingOf(fb::BindingClass_input, 0, 17)); }},
    {"unknown output", [](TestPackage &p) { setBinding(p, 2, bindingOf(fb::BindingClass_output, 1)); }},
    {"output range", [](TestPackage &p) { setBinding(p, 2, bindingOf(fb::BindingClass_output, 0, 16, 4)); }},
    {"unknown state", [](TestPackage &p) { setBinding(p, 2, bindingOf(fb::BindingClass_state, 0)); }},
    {"unknown class", [](TestPackage &p) { setBinding(p, 2, bindingOf(fb::BindingClass(99), 0)); }},
    {"writes a constant", [](TestPackage &p) { setBinding(p, 2, bindingOf(fb::BindingClass_constant, 0)); }},
    {"writes an input", [](TestPackage &p) { setBinding(p, 2, bindingOf(fb::BindingClass_input, 0)); }},
    {"copy of two lengths", [](TestPackage &p) { procedureOf(p).work[0] = makeCopy(arenaAt(0, 8), arenaAt(64, 16)); }},
    {"copy to a constant",
     [](TestPackage &p) { procedureOf(p).work[0] = makeCopy(arenaAt(0), bindingOf(fb::BindingClass_constant, 0)); }},
    {"copy beyond", [](TestPackage &p) { procedureOf(p).work[0] = makeCopy(arenaAt(0, 512), arenaAt(0, 512)); }},
    {"fill of 3 bytes", [](TestPackage &p) { procedureOf(p).work[0] = makeFill(arenaAt(0, 12), 0, 3); }},
    {"fill of 0 bytes", [](TestPackage &p) { procedureOf(p).work[0] = makeFill(arenaAt(0, 12), 0, 0); }},
    {"fill of a part", [](TestPackage &p) { procedureOf(p).work[0] = makeFill(arenaAt(0, 12), 0, 8); }},
    {"fill beyond", [](TestPackage &p) { procedureOf(p).work[0] = makeFill(arenaAt(0, 512), 0, 8); }},
    {"empty work", [](TestPackage &p) { procedureOf(p).work[0]->work.Reset(); }},
    // Commands.
    {"no procedure", [](TestPackage &p) { programOf(p).procedures.clear(); }},
    {"procedure of another entry", [](TestPackage &p) { procedureOf(p).entry = 1; }},
    {"no command", [](TestPackage &p) { procedureOf(p).commands.clear(); }},
    {"no end", [](TestPackage &p) { procedureOf(p).commands.pop_back(); }},
    {"empty command", [](TestPackage &p) { procedureOf(p).commands[0]->command.Reset(); }},
    {"segment of no executable", [](TestPackage &p) { firstSegment(p).executable = 1; }},
    {"segment beyond", [](TestPackage &p) { firstSegment(p).count = 3; }},
    {"segment wraps", [](TestPackage &p) { firstSegment(p).first = UINT32_MAX; }},
    {"segment without signal", [](TestPackage &p) { firstSegment(p).signal = 0; }},
    {"segment waits for itself", [](TestPackage &p) { firstSegment(p).waits = {1}; }},
    {"signals fall",
     [](TestPackage &p) { insertCommand(p, fb::SegmentT(*makeSegment(0, 1, 2)->command.AsSegment())); }},
    {"scalar result", [](TestPackage &p) { insertScalar(p, fb::ScalarOp_constant, 0, 0, 0, 5); }},
    {"scalar operand", [](TestPackage &p) { programOf(p).scalars = 1, insertScalar(p, fb::ScalarOp_add, 0, 1, 0, 0); }},
    {"scalar operation",
     [](TestPackage &p) { programOf(p).scalars = 1, insertScalar(p, fb::ScalarOp(99), 0, 0, 0, 0); }},
    {"select operand",
     [](TestPackage &p) { programOf(p).scalars = 1, insertScalar(p, fb::ScalarOp_select, 0, 0, 0, 1); }},
    {"select negative",
     [](TestPackage &p) { programOf(p).scalars = 1, insertScalar(p, fb::ScalarOp_select, 0, 0, 0, -1); }},
    {"load register", [](TestPackage &p) { insertCommand(p, load(arenaAt(0, 8), 8, 0)); }},
    {"load width", [](TestPackage &p) { programOf(p).scalars = 1, insertCommand(p, load(arenaAt(0, 8), 3, 0)); }},
    {"load beyond", [](TestPackage &p) { programOf(p).scalars = 1, insertCommand(p, load(arenaAt(252, 8), 8, 0)); }},
    {"branch condition", [](TestPackage &p) { insertCommand(p, branch(0, 1)); }},
    {"branch back", [](TestPackage &p) { programOf(p).scalars = 1, insertCommand(p, branch(0, 0)); }},
    {"branch beyond", [](TestPackage &p) { programOf(p).scalars = 1, insertCommand(p, branch(0, 3)); }},
    {"jump in place without a limit", [](TestPackage &p) { insertCommand(p, jump(0, 0)); }},
    {"jump beyond", [](TestPackage &p) { insertCommand(p, jump(3, 1)); }},
};

} // namespace

TEST(Hostile, ThePackageThatIsChangedIsGood) {
  Package opened(makeSum().build());
  EXPECT_EQ(opened.code, SINTER_OK) << opened.error.text;
}

TEST(Hostile, Metadata) {
  for (const Change &change : changes) {
    TestPackage package = makeSum();
    change.apply(package);
    Package opened(package.build());
    EXPECT_EQ(opened.code, SINTER_E_FORMAT) << change.what << ": " << opened.error.text;
    EXPECT_EQ(opened.error.section, 0) << change.what;
    EXPECT_EQ(opened.error.node, nullptr) << "names of nodes go with the package";
  }
}

TEST(Hostile, FaultsInWorkNameTheNode) {
  TestPackage package = makeSum();
  setBinding(package, 2, arenaAt(1000));
  Package opened(package.build());
  EXPECT_NE(strstr(opened.error.text, "first"), nullptr) << opened.error.text;
}

// --- metadata with any byte changed ----------------------------------------------------------------------------------

/// Opens, and runs whatever is accepted, for a limited time. Memory errors are a sanitizer's to find.
static void exercise(const Bytes &bytes) {
  CountingAllocator allocator;
  sinter_load_options options = Package::options(&allocator.hooks);
  Package package(bytes, &options);
  if (package.code)
    return;
  Context context(package);
  if (context.code)
    return;
  const uint64_t large = 1 << 16;
  std::vector<std::unique_ptr<Block>> blocks;
  sinter_entry_info entry = sized<sinter_entry_info>();
  ASSERT_EQ(sinter_entry_get_info(package, 0, &entry, nullptr), SINTER_OK);
  auto bindAll = [&](sinter_direction direction, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
      blocks.push_back(std::make_unique<Block>(large));
      context.bind(direction, i, blocks.back()->data(), large);
    }
  };
  bindAll(SINTER_INPUT, entry.input_count);
  bindAll(SINTER_OUTPUT, entry.output_count);
  sinter_run_params params = sized<sinter_run_params>();
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  params.deadline = uint64_t(now.tv_sec) * 1000000000 + uint64_t(now.tv_nsec) + 20000000;
  context.run(&params);
}

static void exerciseEveryChange(const TestPackage &made, const std::vector<uint8_t> &masks) {
  Bytes package = made.build();
  const uint64_t offset = sectionEntry(package, 0).offset, size = sectionEntry(package, 0).size;
  for (uint64_t i = offset; i < offset + size; ++i)
    for (uint8_t mask : masks) {
      package[i] ^= mask;
      rehashSection(package, 0);
      exercise(package);
      package[i] ^= mask;
    }
}

TEST(Hostile, MetadataOfASumWithAnyByteChanged) { exerciseEveryChange(makeSum(), {0x01, 0x04, 0x80, 0xff}); }

TEST(Hostile, MetadataOfAnAccumulatorWithAnyByteChanged) {
  exerciseEveryChange(makeAccumulator(true), {0x01, 0x40, 0xff});
}

TEST(Hostile, MetadataCutAnywhere) {
  TestPackage made = makeSum();
  Bytes whole = made.build();
  const uint64_t offset = sectionEntry(whole, 0).offset, size = sectionEntry(whole, 0).size;
  // The metadata becomes the last section, so that it can end anywhere.
  for (uint64_t cut = 0; cut < size; ++cut) {
    Bytes package(whole.begin(), whole.begin() + long(offset + cut));
    headerOf(package).sectionCount = 1;
    headerOf(package).fileSize = package.size();
    sectionEntry(package, 0).size = sectionEntry(package, 0).storedSize = cut;
    // The hash of a shorter directory lies where the second entry was; what follows is a gap and must be zero.
    uint64_t end = sizeof(format::Header) + sizeof(SectionEntry) + format::kDirectoryHashSize;
    memset(package.data() + end, 0, offset - end);
    rehashSection(package, 0);
    Package opened(package);
    EXPECT_EQ(opened.code, SINTER_E_FORMAT) << cut << ": " << opened.error.text;
  }
}
