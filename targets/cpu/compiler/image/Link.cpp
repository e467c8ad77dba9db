// Objects become one image.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/image/Link.h"
#include "compiler/support/LinkElf.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/ELF.h"
#include "llvm/Object/ELFTypes.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>

using namespace sinter;
using namespace sinter::cpu;

namespace {

/// All objects in one file, in their order.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> archive(llvm::ArrayRef<llvm::ArrayRef<char>> objects) {
  std::vector<std::string> names;
  for (size_t i = 0; i < objects.size(); ++i)
    names.push_back("k" + std::to_string(i) + ".o");
  std::vector<llvm::NewArchiveMember> members;
  for (auto [name, object] : llvm::zip_equal(names, objects))
    members.emplace_back(llvm::MemoryBufferRef({object.data(), object.size()}, name));
  return llvm::writeArchiveToBuffer(members, llvm::SymtabWritingMode::NoSymtab, llvm::object::Archive::K_GNU,
                                    /*Deterministic=*/true, /*Thin=*/false);
}

template <typename Elf> std::string layOut(const llvm::object::ELFFile<Elf> &elf, llvm::SmallVectorImpl<char> &bytes) {
  auto headers = elf.program_headers();
  if (!headers)
    return llvm::toString(headers.takeError());
  for (const typename Elf::Phdr &header : *headers) {
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

template <typename Elf> std::string checkRelocations(const llvm::object::ELFFile<Elf> &elf) {
  auto sections = elf.sections();
  if (!sections)
    return llvm::toString(sections.takeError());
  for (const typename Elf::Shdr &section : *sections)
    if ((section.sh_type == llvm::ELF::SHT_REL || section.sh_type == llvm::ELF::SHT_RELA ||
         section.sh_type == llvm::ELF::SHT_RELR) &&
        section.sh_size != 0)
      return "the kernels need a dynamic relocation";
  return "";
}

template <typename Elf>
std::string findSymbols(const llvm::object::ELFFile<Elf> &elf, llvm::ArrayRef<std::string> names,
                        std::vector<uint64_t> &entries) {
  llvm::StringMap<uint64_t> values;
  for (const typename Elf::Shdr &section : *elf.sections()) {
    if (section.sh_type != llvm::ELF::SHT_SYMTAB)
      continue;
    auto symbols = elf.symbols(&section);
    auto strings = elf.getStringTableForSymtab(section);
    if (!symbols || !strings)
      return "the linked file's symbols cannot be read";
    for (const typename Elf::Sym &symbol : *symbols)
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

template <typename Elf> std::string readLinked(llvm::ArrayRef<std::string> symbols, Image &image) {
  auto elf = llvm::object::ELFFile<Elf>::create(image.linked);
  if (!elf)
    return llvm::toString(elf.takeError());
  for (std::string error :
       {layOut(*elf, image.bytes), checkRelocations(*elf), findSymbols(*elf, symbols, image.entries)})
    if (!error.empty())
      return error;
  return "";
}

} // namespace

std::string sinter::cpu::linkImage(llvm::ArrayRef<llvm::ArrayRef<char>> objects, llvm::ArrayRef<std::string> symbols,
                                   Image &image) {
  auto kernels = archive(objects);
  if (!kernels)
    return llvm::toString(kernels.takeError());
  llvm::StringRef arguments[] = {"-shared",
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
                                 "--hash-style=gnu"};
  if (std::string error = linkElf(arguments, (*kernels)->getBuffer(), image.linked); !error.empty())
    return error;
  bool wide = llvm::object::getElfArchType(image.linked).first == llvm::ELF::ELFCLASS64;
  return wide ? readLinked<llvm::object::ELF64LE>(symbols, image) : readLinked<llvm::object::ELF32LE>(symbols, image);
}
