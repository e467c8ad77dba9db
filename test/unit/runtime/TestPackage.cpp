// See TestPackage.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/runtime/TestPackage.h"

#include "test/unit/runtime/SampleMetadata.h"

#include "runtime/support/Sha256.h"

#include <string.h>

using namespace sinter;
using namespace sinter::test;
using namespace sinter::format;

// --- bytes -----------------------------------------------------------------------------------------------------------

uint32_t TestPackage::addSection(SectionKind kind, Bytes bytes, uint32_t alignment) {
  Section section;
  section.entry.kind = uint32_t(kind);
  section.entry.alignment = alignment;
  section.bytes = std::move(bytes);
  sections.push_back(std::move(section));
  return uint32_t(sections.size() - 1);
}

static void hash(const void *data, size_t size, uint8_t digest[32]) {
  rt::Sha256 sha;
  sha.update(data, size);
  sha.finish(digest);
}

static Bytes serialise(const fb::PackageT &metadata) {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(fb::Package::Pack(builder, &metadata), fb::PackageIdentifier());
  return Bytes(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
}

Bytes sinter::test::sampleMetadata() {
  TestPackage package = makeAccumulator(true);
  addForeignProgram(package);
  auto symbol = std::make_unique<fb::SymbolT>();
  symbol->name = "N";
  package.metadata.symbols.push_back(std::move(symbol));
  auto quantization = std::make_unique<fb::QuantizationT>();
  quantization->scale = {0.5f};
  quantization->zero_point = {3};
  entryOf(package).inputs[0]->quantization = std::move(quantization);
  fb::ProcedureT &procedure = procedureOf(package);
  procedure.work.push_back(makeFill(arenaAt(0), 0, 4));
  procedure.commands.push_back(makeConstant(0, 1));
  fb::LoadT load;
  load.source = std::make_unique<fb::Binding>(arenaAt(0, 8));
  procedure.commands.push_back(makeCommand(std::move(load)));
  procedure.commands.push_back(makeCommand(fb::BranchT()));
  procedure.commands.push_back(makeCommand(fb::JumpT()));
  procedure.commands[0]->command.AsSegment()->waits = {1, 2, 3};
  auto tensor = std::make_unique<fb::ArenaTensorT>();
  tensor->name = "t";
  programOf(package).arenas[0]->tensors.push_back(std::move(tensor));
  auto refusal = std::make_unique<fb::RefusalT>();
  refusal->reason = "none";
  programOf(package).refusals.push_back(std::move(refusal));
  package.metadata.provenance->opsets = {"ai.onnx=17", ""};
  return serialise(package.metadata);
}

Bytes TestPackage::build() const {
  std::vector<Section> all = sections;
  all[0].entry.kind = uint32_t(SectionKind::Metadata);
  all[0].entry.flags = kSectionRequired;
  all[0].entry.alignment = 16;
  all[0].bytes = serialise(metadata);
  uint64_t position = sizeof(Header) + all.size() * sizeof(SectionEntry) + kDirectoryHashSize;
  Header header = {};
  memcpy(header.magic, kMagic, sizeof(kMagic));
  header.major = kMajor;
  header.minor = kMinor;
  header.headerSize = sizeof(Header);
  header.sectionCount = uint32_t(all.size());
  header.sectionAlignment = 16;
  for (Section &section : all) {
    uint64_t alignment = section.entry.alignment;
    section.entry.offset = position = (position + alignment - 1) / alignment * alignment;
    section.entry.size = section.entry.storedSize = section.bytes.size();
    hash(section.bytes.data(), section.bytes.size(), section.entry.sha256);
    position += section.bytes.size();
  }
  header.fileSize = position;
  Bytes file(position);
  memcpy(file.data(), &header, sizeof(header));
  for (size_t i = 0; i < all.size(); ++i) {
    memcpy(file.data() + sizeof(Header) + i * sizeof(SectionEntry), &all[i].entry, sizeof(SectionEntry));
    if (!all[i].bytes.empty())
      memcpy(file.data() + all[i].entry.offset, all[i].bytes.data(), all[i].bytes.size());
  }
  rehashDirectory(file);
  return file;
}

SectionEntry &sinter::test::sectionEntry(Bytes &package, uint32_t section) {
  return reinterpret_cast<SectionEntry *>(package.data() + sizeof(Header))[section];
}

void sinter::test::rehashDirectory(Bytes &package) {
  const Header &header = *reinterpret_cast<const Header *>(package.data());
  size_t size = sizeof(Header) + header.sectionCount * sizeof(SectionEntry);
  hash(package.data(), size, package.data() + size);
}

void sinter::test::rehashSection(Bytes &package, uint32_t section) {
  SectionEntry &entry = sectionEntry(package, section);
  hash(package.data() + entry.offset, entry.storedSize, entry.sha256);
  rehashDirectory(package);
}

// --- parts -----------------------------------------------------------------------------------------------------------

std::unique_ptr<fb::ValueT> sinter::test::makeValue(const char *name, int32_t state) {
  auto value = std::make_unique<fb::ValueT>();
  value->name = name;
  value->type = fb::ElementType_f32;
  value->dims.push_back(fb::Dim(kElements, -1, -1));
  value->state = state;
  return value;
}

fb::Binding sinter::test::bindingOf(fb::BindingClass kind, uint32_t index, uint64_t length, uint64_t offset) {
  return fb::Binding(kind, index, offset, length);
}

fb::Binding sinter::test::arenaAt(uint64_t offset, uint64_t length) {
  return bindingOf(fb::BindingClass_arena, 0, length, offset);
}

template <typename WorkT> static std::unique_ptr<fb::WorkItemT> makeWork(WorkT work, const char *node) {
  auto item = std::make_unique<fb::WorkItemT>();
  item->work.Set(std::move(work));
  item->node = node;
  return item;
}

std::unique_ptr<fb::WorkItemT> sinter::test::makeDispatch(uint32_t kernel, std::vector<fb::Binding> bindings,
                                                          const char *node) {
  fb::DispatchT dispatch;
  dispatch.kernel = kernel;
  dispatch.grid = 1;
  dispatch.bindings = std::move(bindings);
  return makeWork(std::move(dispatch), node);
}

std::unique_ptr<fb::WorkItemT> sinter::test::makeCopy(fb::Binding source, fb::Binding target) {
  fb::CopyT copy;
  copy.source = std::make_unique<fb::Binding>(source);
  copy.target = std::make_unique<fb::Binding>(target);
  return makeWork(std::move(copy), "");
}

std::unique_ptr<fb::WorkItemT> sinter::test::makeFill(fb::Binding target, uint64_t pattern, uint8_t width) {
  fb::FillT fill;
  fill.target = std::make_unique<fb::Binding>(target);
  fill.pattern = pattern;
  fill.width = width;
  return makeWork(std::move(fill), "");
}

std::unique_ptr<fb::CommandItemT> sinter::test::makeSegment(uint32_t first, uint32_t count, uint64_t signal) {
  fb::SegmentT segment;
  segment.first = first;
  segment.count = count;
  segment.signal = signal;
  return makeCommand(std::move(segment));
}

std::unique_ptr<fb::CommandItemT> sinter::test::makeScalar(fb::ScalarOp op, uint32_t result, uint32_t a, uint32_t b,
                                                           int64_t value) {
  fb::ScalarT scalar;
  scalar.op = op;
  scalar.result = result;
  scalar.a = a;
  scalar.b = b;
  scalar.value = value;
  return makeCommand(std::move(scalar));
}

std::unique_ptr<fb::CommandItemT> sinter::test::makeConstant(uint32_t result, int64_t value) {
  return makeScalar(fb::ScalarOp_constant, result, 0, 0, value);
}

// --- packages --------------------------------------------------------------------------------------------------------

static void addKernel(fb::ExecutableT &executable, fb::VariantT &variant, const char *name, uint32_t bindings) {
  auto kernel = std::make_unique<fb::KernelT>();
  kernel->name = name;
  kernel->nodes = {std::string("node of ") + name};
  kernel->bindings = bindings;
  kernel->outputs = 1;
  variant.entries.push_back(executable.kernels.size() * sizeof(null::Record));
  variant.scratch.push_back(0);
  executable.kernels.push_back(std::move(kernel));
}

static Bytes nullCode() {
  const null::Record records[] = {{uint32_t(null::Operation::Copy), fb::ElementType_f32, kElements},
                                  {uint32_t(null::Operation::Add), fb::ElementType_f32, kElements},
                                  {uint32_t(null::Operation::Copy), fb::ElementType_i64, 1},
                                  {uint32_t(null::Operation::Add), fb::ElementType_i64, 1}};
  const uint8_t *bytes = reinterpret_cast<const uint8_t *>(records);
  return Bytes(bytes, bytes + sizeof(records));
}

static std::unique_ptr<fb::ExecutableT> makeNullExecutable(TestPackage &package) {
  auto variant = std::make_unique<fb::VariantT>();
  variant->name = "base";
  variant->section = package.addSection(SectionKind::Code, nullCode());
  package.sections.back().entry.abi = null::kCodeAbi;
  memcpy(package.sections.back().entry.owner, "null", 4);
  auto executable = std::make_unique<fb::ExecutableT>();
  executable->target = null::kTarget;
  executable->driver = null::kDriver;
  addKernel(*executable, *variant, "copy", 2);
  addKernel(*executable, *variant, "add", 3);
  addKernel(*executable, *variant, "copyWord", 2);
  addKernel(*executable, *variant, "addWord", 3);
  executable->variants.push_back(std::move(variant));
  return executable;
}

TestPackage sinter::test::makeEmpty() {
  TestPackage package;
  auto entry = std::make_unique<fb::EntryPointT>();
  entry->name = "main";
  package.metadata.entries.push_back(std::move(entry));
  auto program = std::make_unique<fb::ProgramT>();
  program->executables.push_back(makeNullExecutable(package));
  auto arena = std::make_unique<fb::ArenaT>();
  arena->memory = "host";
  arena->size = 256;
  program->arenas.push_back(std::move(arena));
  program->procedures.push_back(std::make_unique<fb::ProcedureT>());
  package.metadata.programs.push_back(std::move(program));
  package.metadata.provenance = std::make_unique<fb::ProvenanceT>();
  package.metadata.provenance->producer = "hand";
  return package;
}

/// Adds the constant {100, 200, 300, 400} and returns its index.
static uint32_t addConstant(TestPackage &package) {
  const float values[kElements] = {100, 200, 300, 400};
  const uint8_t *bytes = reinterpret_cast<const uint8_t *>(values);
  auto constant = std::make_unique<fb::ConstantT>();
  constant->section = package.addSection(SectionKind::Constants, Bytes(bytes, bytes + sizeof(values)), 64);
  package.sections.back().entry.flags = kSectionDeferrable;
  constant->size = sizeof(values);
  constant->name = "c";
  package.metadata.constants.push_back(std::move(constant));
  return uint32_t(package.metadata.constants.size() - 1);
}

TestPackage sinter::test::makeSum() {
  TestPackage package = makeEmpty();
  uint32_t c = addConstant(package);
  fb::EntryPointT &entry = entryOf(package);
  entry.inputs.push_back(makeValue("a"));
  entry.inputs.push_back(makeValue("b"));
  entry.outputs.push_back(makeValue("y"));
  fb::ProcedureT &procedure = procedureOf(package);
  procedure.work.push_back(makeDispatch(
      kAdd, {bindingOf(fb::BindingClass_input, 0), bindingOf(fb::BindingClass_input, 1), arenaAt(64)}, "first"));
  procedure.work.push_back(makeDispatch(
      kAdd, {arenaAt(64), bindingOf(fb::BindingClass_constant, c), bindingOf(fb::BindingClass_output, 0)}, "second"));
  procedure.commands.push_back(makeSegment(0, 2, 1));
  procedure.commands.push_back(makeCommand(fb::EndT()));
  return package;
}

TestPackage sinter::test::makeAccumulator(bool hasInitialValue) {
  TestPackage package = makeEmpty();
  auto state = std::make_unique<fb::StateT>();
  state->name = "s";
  state->type = fb::ElementType_f32;
  state->dims.push_back(fb::Dim(kElements, -1, -1));
  state->size = kTensorBytes;
  state->init = hasInitialValue ? int32_t(addConstant(package)) : -1;
  package.metadata.states.push_back(std::move(state));
  fb::EntryPointT &entry = entryOf(package);
  entry.inputs.push_back(makeValue("x"));
  entry.inputs.push_back(makeValue("s", 0));
  entry.outputs.push_back(makeValue("y"));
  entry.outputs.push_back(makeValue("s.next", 0));
  fb::ProcedureT &procedure = procedureOf(package);
  fb::Binding s = bindingOf(fb::BindingClass_state, 0), y = bindingOf(fb::BindingClass_output, 0);
  procedure.work.push_back(makeDispatch(kAdd, {s, bindingOf(fb::BindingClass_input, 0), y}, "add"));
  procedure.work.push_back(makeCopy(y, s));
  procedure.commands.push_back(makeSegment(0, 2, 1));
  procedure.commands.push_back(makeCommand(fb::EndT()));
  return package;
}

TestPackage sinter::test::makeLoop(int64_t times, uint64_t limit) {
  TestPackage made = makeSum();
  programOf(made).scalars = 4;
  auto &work = procedureOf(made).work;
  auto &commands = procedureOf(made).commands;
  work.clear();
  commands.clear();
  fb::Binding y = bindingOf(fb::BindingClass_output, 0);
  work.push_back(makeFill(arenaAt(0), 0, 4));
  work.push_back(makeDispatch(kAdd, {arenaAt(0), bindingOf(fb::BindingClass_input, 0), arenaAt(64)}));
  work.push_back(makeCopy(arenaAt(64), arenaAt(0)));
  work.push_back(makeDispatch(kCopy, {arenaAt(0), y}));
  commands.push_back(makeConstant(1, 1));
  commands.push_back(makeConstant(2, times));
  commands.push_back(makeSegment(0, 1, 1));
  commands.push_back(makeScalar(fb::ScalarOp_less, 3, 0, 2)); // 3: the loop's head
  fb::BranchT body;
  body.condition = 3;
  body.target = 6;
  commands.push_back(makeCommand(std::move(body)));
  fb::JumpT out;
  out.target = 9;
  commands.push_back(makeCommand(std::move(out)));
  commands.push_back(makeSegment(1, 2, 2)); // 6: the body
  commands.push_back(makeScalar(fb::ScalarOp_add, 0, 0, 1));
  fb::JumpT back;
  back.target = 3;
  back.limit = limit;
  commands.push_back(makeCommand(std::move(back)));
  commands.push_back(makeSegment(3, 1, 3)); // 9
  commands.push_back(makeCommand(fb::EndT()));
  return made;
}

TestPackage sinter::test::makeDynamic() {
  TestPackage made = makeSum();
  programOf(made).scalars = 2;
  auto symbol = std::make_unique<fb::SymbolT>();
  symbol->name = "N";
  symbol->min = 2;
  symbol->max = 4;
  symbol->scalar = 0;
  made.metadata.symbols.push_back(std::move(symbol));
  entryOf(made).inputs[0]->dims[0] = fb::Dim(4, 0, -1);
  entryOf(made).inputs[1]->dims[0] = fb::Dim(4, 0, -1);
  entryOf(made).outputs[0]->dims = {fb::Dim(4, 0, -1), fb::Dim(1, -1, 1)};
  auto &commands = procedureOf(made).commands;
  commands.insert(commands.begin(), makeScalar(fb::ScalarOp_floordiv, 1, 0, 0));
  return made;
}

void sinter::test::addForeignProgram(TestPackage &package) {
  auto program = std::make_unique<fb::ProgramT>(programOf(package));
  program->executables[0]->target = "gpu:none";
  program->executables[0]->driver = "none";
  package.metadata.programs.insert(package.metadata.programs.begin(), std::move(program));
}
