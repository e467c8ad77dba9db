// Objects become one image.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/image/Link.h"
#include "lld/Common/Driver.h"
#include "llvm/Object/ELF.h"
#include "llvm/Object/ELFTypes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <mutex>

LLD_HAS_DRIVER(elf)

using namespace sinter::cpu;

namespace {

using Elf = llvm::object::ELF64LE;
using ElfFile = llvm::object::ELFFile<Elf>;

/// A folder for the linker's files, removed with what is in it.
struct TemporaryFolder {
  llvm::SmallString<128> path;
  std::error_code error;
  TemporaryFolder() { error = llvm::sys::fs::createUniqueDirectory("sinter-link", path); }
  ~TemporaryFolder() {
    if (!error)
      llvm::sys::fs::remove_directories(path);
  }
  std::string file(const llvm::Twine &name) const { return (path + "/" + name).str(); }
};

std::string writeFile(const std::string &path, llvm::ArrayRef<char> bytes) {
  std::error_code error;
  llvm::raw_fd_ostream stream(path, error);
  if (!error) {
    stream.write(bytes.data(), bytes.size());
    stream.close();
    error = stream.error();
    stream.clear_error();
  }
  return error ? "cannot write a temporary file: " + error.message() : "";
}

std::string runLinker(std::vector<std::string> arguments) {
  // lld keeps global state: one link at a time.
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  std::vector<const char *> argv;
  for (const std::string &argument : arguments)
    argv.push_back(argument.c_str());
  std::string output, errors;
  llvm::raw_string_ostream outputStream(output), errorStream(errors);
  lld::Result result = lld::lldMain(argv, outputStream, errorStream, {{lld::Gnu, &lld::elf::link}});
  return result.retCode == 0 ? "" : "the linker failed: " + errors;
}

std::string layOut(const ElfFile &elf, llvm::SmallVectorImpl<char> &bytes) {
  auto headers = elf.program_headers();
  if (!headers)
    return llvm::toString(headers.takeError());
  for (const Elf::Phdr &header : *headers) {
    if (header.p_type != llvm::ELF::PT_LOAD)
      continue;
    if (header.p_flags & llvm::ELF::PF_W)
      return "the kernels have a writable segment";
    if (bytes.size() < header.p_vaddr + header.p_memsz)
      bytes.resize(header.p_vaddr + header.p_memsz, 0);
    std::memcpy(bytes.data() + header.p_vaddr, elf.base() + header.p_offset, header.p_filesz);
  }
  return "";
}

std::string checkRelocations(const ElfFile &elf) {
  auto sections = elf.sections();
  if (!sections)
    return llvm::toString(sections.takeError());
  for (const Elf::Shdr &section : *sections)
    if ((section.sh_type == llvm::ELF::SHT_REL || section.sh_type == llvm::ELF::SHT_RELA ||
         section.sh_type == llvm::ELF::SHT_RELR) &&
        section.sh_size != 0)
      return "the kernels need a dynamic relocation";
  return "";
}

std::string findSymbols(const ElfFile &elf, llvm::ArrayRef<std::string> names, std::vector<uint64_t> &entries) {
  llvm::StringMap<uint64_t> values;
  for (const Elf::Shdr &section : *elf.sections()) {
    if (section.sh_type != llvm::ELF::SHT_SYMTAB)
      continue;
    auto symbols = elf.symbols(&section);
    auto strings = elf.getStringTableForSymtab(section);
    if (!symbols || !strings)
      return "the linked file's symbols cannot be read";
    for (const Elf::Sym &symbol : *symbols)
      if (llvm::Expected<llvm::StringRef> name = symbol.getName(*strings))
        values[*name] = symbol.st_value;
  }
  for (const std::string &name : names) {
    auto found = values.find(name);
    if (found == values.end())
      return "the linked file has no symbol " + name;
    entries.push_back(found->second);
  }
  return "";
}

} // namespace

std::string sinter::cpu::linkImage(llvm::ArrayRef<llvm::SmallVector<char, 0>> objects,
                                   llvm::ArrayRef<std::string> symbols, Image &image) {
  TemporaryFolder folder;
  if (folder.error)
    return "cannot create a temporary folder: " + folder.error.message();
  std::string output = folder.file("image.so");
  std::vector<std::string> arguments = {"ld.lld",
                                        "-shared",
                                        "-nostdlib",
                                        "--no-undefined",
                                        "--no-rosegment",
                                        "-z",
                                        "norelro",
                                        "-z",
                                        "rodynamic",
                                        "-z",
                                        "max-page-size=4096",
                                        "-z",
                                        "nognustack",
                                        "--build-id=none",
                                        "--hash-style=gnu",
                                        "--threads=1",
                                        "-o",
                                        output};
  for (size_t i = 0; i < objects.size(); ++i) {
    arguments.push_back(folder.file("k" + llvm::Twine(i) + ".o"));
    if (std::string error = writeFile(arguments.back(), objects[i]); !error.empty())
      return error;
  }
  if (std::string error = runLinker(std::move(arguments)); !error.empty())
    return error;
  auto file = llvm::MemoryBuffer::getFile(output);
  if (!file)
    return "cannot read the linked file: " + file.getError().message();
  llvm::Expected<ElfFile> elf = ElfFile::create((*file)->getBuffer());
  if (!elf)
    return llvm::toString(elf.takeError());
  for (std::string error :
       {layOut(*elf, image.bytes), checkRelocations(*elf), findSymbols(*elf, symbols, image.entries)})
    if (!error.empty())
      return error;
  image.linked = (*file)->getBuffer().str();
  return "";
}
