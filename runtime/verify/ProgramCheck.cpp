// Checks of one program: kernels and code, memories, and every command.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "verify/MetadataCheck.h"

using namespace sinter;
using namespace sinter::rt;

namespace {

class ProgramChecker {
public:
  ProgramChecker(const MetadataContext &context, const fb_reader::Program &program)
      : context(context), program(program) {}

  sinter_code check() {
    if (!countOf(program.executables()))
      return context.fail("a program has no executable");
    if (program.scalars() > kMaxScalars)
      return context.fail("a program has % registers, % are allowed", program.scalars(), kMaxScalars);
    for (uint32_t i = 0; i < countOf(program.executables()); ++i)
      if (sinter_code code = checkExecutable(program.executables()->Get(i)))
        return code;
    for (uint32_t i = 0; i < countOf(program.arenas()); ++i)
      if (sinter_code code = checkArena(program.arenas()->Get(i)))
        return code;
    if (sinter_code code = checkStatePlaces())
      return code;
    if (countOf(program.procedures()) != countOf(context.package.entries()))
      return context.fail("a program needs one procedure for each entry point");
    for (uint32_t i = 0; i < countOf(program.procedures()); ++i)
      if (sinter_code code = checkProcedure(program.procedures()->Get(i), i))
        return code;
    return checkRegistersOfShapes();
  }

private:
  //===--- code
  //-----------------------------------------------------------------------------------------------------===//

  sinter_code checkExecutable(const fb_reader::Executable *executable) {
    if (!executable)
      return context.fail("an executable is empty");
    for (uint32_t i = 0; i < countOf(executable->kernels()); ++i) {
      const fb_reader::Kernel *kernel = executable->kernels()->Get(i);
      if (!kernel || kernel->outputs() > kernel->bindings() || kernel->bindings() > 65536)
        return context.fail("kernel % has more outputs than bindings", i);
    }
    for (uint32_t i = 0; i < countOf(executable->variants()); ++i)
      if (sinter_code code = checkVariant(executable->variants()->Get(i), countOf(executable->kernels())))
        return code;
    return SINTER_OK;
  }

  sinter_code checkVariant(const fb_reader::Variant *variant, uint32_t kernels) {
    if (!variant || variant->section() >= context.directory.count)
      return context.fail("a variant's code lies in no section");
    const format::SectionEntry &section = context.directory.sections[variant->section()];
    const char *name = variant->name()->c_str();
    if (section.kind != uint32_t(format::SectionKind::Code))
      return context.fail("variant '%': section % holds no code", name, variant->section());
    if (countOf(variant->entries()) != kernels || countOf(variant->scratch()) != kernels)
      return context.fail("variant '%' lacks entry points of kernels", name);
    for (uint32_t i = 0; i < kernels; ++i) {
      if (variant->entries()->Get(i) >= section.size)
        return context.fail("variant '%': kernel % begins outside its code", name, i);
      if (variant->scratch()->Get(i) > (uint64_t(1) << 48))
        return context.fail("variant '%': kernel % asks for too much scratch memory", name, i);
    }
    return SINTER_OK;
  }

  sinter_code checkArena(const fb_reader::Arena *arena) {
    if (!arena || arena->executable() >= countOf(program.executables()))
      return context.fail("an arena belongs to no executable");
    if (!isHostMemory(arena->memory()) && !hasOwnMemory(arena->executable()))
      return context.fail("an arena in memory '%' belongs to an executable that works in the host's",
                          arena->memory()->c_str());
    if (!isPowerOfTwo(arena->alignment()) || arena->alignment() > 65536 || arena->size() > INT64_MAX)
      return context.fail("an arena of % bytes at alignment % is impossible", arena->size(), arena->alignment());
    return SINTER_OK;
  }

  bool hasOwnMemory(uint32_t executable) const {
    return executable != kLoaderItself && !isHostMemory(program.executables()->Get(executable)->memory());
  }

  sinter_code checkStatePlaces() {
    uint32_t count = countOf(program.state_executables());
    bool known = !count || count == countOf(context.package.states());
    for (uint32_t i = 0; known && i < count; ++i) {
      int32_t owner = program.state_executables()->Get(i);
      known = owner == -1 ||
              (owner >= 0 && uint32_t(owner) < countOf(program.executables()) && hasOwnMemory(uint32_t(owner)));
    }
    return known ? SINTER_OK : context.fail("a program keeps its states in unknown memory");
  }

  /// Whether the work of an executable, or the loader itself, can use the memory. Indices are known
  /// to be good.
  bool reaches(uint32_t executable, const fb_reader::Binding &binding) const {
    bool own = hasOwnMemory(executable);
    switch (binding.class_()) {
    case fb_reader::BindingClass_arena: {
      const fb_reader::Arena &arena = *program.arenas()->Get(binding.index());
      bool isHost = isHostMemory(arena.memory());
      return own ? !isHost && arena.executable() == executable : isHost || arena.host_visible();
    }
    case fb_reader::BindingClass_state:
      return stateExecutable(program, binding.index()) == (own ? int32_t(executable) : -1);
    case fb_reader::BindingClass_constant: return true;
    default: return !own;
    }
  }

  //===--- commands
  //-------------------------------------------------------------------------------------------------===//

  sinter_code checkProcedure(const fb_reader::Procedure *given, uint32_t index) {
    if (!given || given->entry() != index)
      return context.fail("procedure % belongs to another entry point", index);
    procedure = given;
    entry = context.package.entries()->Get(index);
    uint32_t count = countOf(procedure->commands());
    lastSignal = 0;
    bool ends = false;
    for (uint32_t i = 0; i < count; ++i) {
      const fb_reader::CommandItem *item = procedure->commands()->Get(i);
      if (!item || !item->command())
        return context.fail("command % is empty or of a kind that this loader does not know", i);
      if (sinter_code code = checkCommand(*item, i, count))
        return code;
      ends = item->command_type() == fb_reader::Command_End;
    }
    if (!ends)
      return context.fail("procedure % does not end", index);
    return SINTER_OK;
  }

  sinter_code checkCommand(const fb_reader::CommandItem &item, uint32_t index, uint32_t count) {
    switch (item.command_type()) {
    case fb_reader::Command_Segment: return checkSegment(*item.command_as_Segment());
    case fb_reader::Command_Scalar: return checkScalar(*item.command_as_Scalar());
    case fb_reader::Command_Load: return checkLoad(*item.command_as_Load());
    case fb_reader::Command_Branch: {
      const fb_reader::Branch &branch = *item.command_as_Branch();
      if (branch.condition() >= program.scalars() || branch.target() <= index || branch.target() >= count)
        return context.fail("command % branches to %, which is not ahead", index, branch.target());
      return SINTER_OK;
    }
    case fb_reader::Command_Jump: {
      const fb_reader::Jump &jump = *item.command_as_Jump();
      if (jump.target() >= count || (jump.target() <= index && !jump.limit()))
        return context.fail("command % jumps to % without a limit or out of the procedure", index, jump.target());
      return SINTER_OK;
    }
    case fb_reader::Command_End: return SINTER_OK;
    default: return context.fail("command % is of a kind that this loader does not know", index);
    }
  }

  sinter_code checkScalar(const fb_reader::Scalar &scalar) {
    uint32_t registers = program.scalars();
    bool isConstant = scalar.op() == fb_reader::ScalarOp_constant;
    bool known = scalar.result() < registers && (isConstant || (scalar.a() < registers && scalar.b() < registers)) &&
                 scalar.op() <= fb_reader::ScalarOp_select;
    if (scalar.op() == fb_reader::ScalarOp_select)
      known &= scalar.value() >= 0 && scalar.value() < int64_t(registers);
    return known ? SINTER_OK : context.fail("scalar arithmetic on unknown registers");
  }

  sinter_code checkLoad(const fb_reader::Load &load) {
    uint32_t width = load.width();
    if (!load.source() || load.result() >= program.scalars() || !isPowerOfTwo(width) || width > 8 ||
        load.source()->length() != width)
      return context.fail("a load of % bytes into register % is impossible", width, load.result());
    return checkWholeRange(*load.source(), false);
  }

  sinter_code checkSegment(const fb_reader::Segment &segment) {
    if (segment.executable() >= countOf(program.executables()) && segment.executable() != kLoaderItself)
      return context.fail("a segment runs on unknown executable %", segment.executable());
    if (!inRange(segment.first(), segment.count(), countOf(procedure->work())))
      return context.fail("a segment's work lies outside the procedure");
    if (segment.signal() <= lastSignal)
      return context.fail("a segment signals % after %", segment.signal(), lastSignal);
    for (uint32_t i = 0; i < countOf(segment.waits()); ++i)
      if (segment.waits()->Get(i) >= segment.signal())
        return context.fail("a segment waits for %, which nothing before it signals", segment.waits()->Get(i));
    lastSignal = segment.signal();
    for (uint32_t i = 0; i < segment.count(); ++i) {
      const fb_reader::WorkItem *item = procedure->work()->Get(segment.first() + i);
      if (!item || !item->work())
        return context.fail("work item % is empty or of an unknown kind", segment.first() + i);
      if (sinter_code code = checkWork(*item, segment.executable())) {
        context.report.node(textOf(item->node()));
        return code;
      }
    }
    return SINTER_OK;
  }

  sinter_code checkWork(const fb_reader::WorkItem &item, uint32_t executable) {
    if (const fb_reader::Dispatch *dispatch = item.work_as_Dispatch())
      return checkDispatch(*dispatch, executable);
    if (const fb_reader::Copy *copy = item.work_as_Copy()) {
      if (!copy->source() || !copy->target() || copy->source()->length() != copy->target()->length())
        return context.fail("a copy's source and target differ in length");
      if (sinter_code code = checkCommandRange(*copy->source(), executable, false))
        return code;
      return checkCommandRange(*copy->target(), executable, true);
    }
    if (const fb_reader::Fill *fill = item.work_as_Fill()) {
      bool whole = fill->target() && isPowerOfTwo(fill->width()) && fill->width() <= 8 &&
                   fill->target()->length() % fill->width() == 0;
      return whole ? checkCommandRange(*fill->target(), executable, true)
                   : context.fail("a fill of % bytes is impossible", fill->width());
    }
    return context.fail("a work item is of a kind that this loader does not know");
  }

  sinter_code checkDispatch(const fb_reader::Dispatch &dispatch, uint32_t executable) {
    if (executable == kLoaderItself)
      return context.fail("the loader itself runs no kernel");
    const auto *kernels = program.executables()->Get(executable)->kernels();
    if (dispatch.executable() != executable || dispatch.kernel() >= countOf(kernels))
      return context.fail("a dispatch names unknown kernel %", dispatch.kernel());
    const fb_reader::Kernel &kernel = *kernels->Get(dispatch.kernel());
    if (countOf(dispatch.bindings()) != kernel.bindings())
      return context.fail("kernel '%' takes % bindings, the dispatch has %", kernel.name()->c_str(), kernel.bindings(),
                          countOf(dispatch.bindings()));
    if (!dispatch.grid() || dispatch.grid() > kMaxGrid)
      return context.fail("a dispatch of % workgroups is impossible", dispatch.grid());
    if (dispatch.grid_scalar() < -1 ||
        (dispatch.grid_scalar() >= 0 && uint32_t(dispatch.grid_scalar()) >= program.scalars()))
      return context.fail("a dispatch's size is in unknown register %", dispatch.grid_scalar());
    uint32_t firstOutput = kernel.bindings() - kernel.outputs();
    for (uint32_t i = 0; i < kernel.bindings(); ++i)
      if (sinter_code code = checkUse(*dispatch.bindings()->Get(i), executable, i >= firstOutput))
        return code;
    return SINTER_OK;
  }

  sinter_code checkUse(const fb_reader::Binding &binding, uint32_t executable, bool written) {
    if (sinter_code code = checkBinding(binding, written))
      return code;
    if (reaches(executable, binding))
      return SINTER_OK;
    return context.fail("work uses memory of class % and index %, which its device does not reach",
                        uint32_t(binding.class_()), binding.index());
  }

  sinter_code checkCommandRange(const fb_reader::Binding &binding, uint32_t executable, bool written) {
    if (sinter_code code = checkUse(binding, executable, written))
      return code;
    return checkWholeRange(binding, written);
  }

  /// A range whose whole length is read or written by a command itself, not by a kernel. The
  /// caller's buffer for a dynamic value may be smaller than its bound, and a command's length is
  /// fixed: that is refused.
  sinter_code checkWholeRange(const fb_reader::Binding &binding, bool written) {
    if (sinter_code code = checkBinding(binding, written))
      return code;
    bool isInput = binding.class_() == fb_reader::BindingClass_input;
    if (!isInput && binding.class_() != fb_reader::BindingClass_output)
      return SINTER_OK;
    const fb_reader::Value &value = *(isInput ? entry->inputs() : entry->outputs())->Get(binding.index());
    for (uint32_t i = 0; i < countOf(value.dims()); ++i)
      if (value.dims()->Get(i)->symbol() >= 0 || value.dims()->Get(i)->scalar() >= 0)
        return context.fail("a command of fixed length uses '%', whose size is dynamic", value.name()->c_str());
    return SINTER_OK;
  }

  sinter_code checkBinding(const fb_reader::Binding &binding, bool written) {
    Checked size(UINT64_MAX);
    uint32_t index = binding.index();
    bool known = true, writable = true;
    switch (binding.class_()) {
    case fb_reader::BindingClass_arena:
      known = index < countOf(program.arenas());
      size = known ? program.arenas()->Get(index)->size() : 0;
      break;
    case fb_reader::BindingClass_constant:
      known = index < countOf(context.package.constants());
      size = known ? context.package.constants()->Get(index)->size() : 0;
      writable = false;
      break;
    case fb_reader::BindingClass_input:
      known = index < countOf(entry->inputs()) && entry->inputs()->Get(index)->state() < 0;
      size = known ? valueBytes(*entry->inputs()->Get(index)) : Checked(0);
      writable = false;
      break;
    case fb_reader::BindingClass_output:
      known = index < countOf(entry->outputs()) && entry->outputs()->Get(index)->state() < 0;
      size = known ? valueBytes(*entry->outputs()->Get(index)) : Checked(0);
      break;
    case fb_reader::BindingClass_state:
      known = index < countOf(context.package.states());
      size = known ? context.package.states()->Get(index)->size() : 0;
      break;
    default: known = false;
    }
    if (!known || !size.ok() || !inRange(binding.offset(), binding.length(), size.value()))
      return context.report.limit(int64_t(size.value()), int64_t(binding.offset() + binding.length())),
             context.fail("a binding of class % and index % leaves what it refers to", uint32_t(binding.class_()),
                          index);
    if (written && !writable)
      return context.fail("a binding of class % is written, which is not allowed", uint32_t(binding.class_()));
    return SINTER_OK;
  }

  static Checked valueBytes(const fb_reader::Value &value) { return tensorBytes(value.type(), value.dims()); }

  /// Registers that shapes name exist in every program.
  sinter_code checkRegistersOfShapes() {
    for (uint32_t i = 0; i < countOf(context.package.symbols()); ++i)
      if (context.package.symbols()->Get(i)->scalar() >= program.scalars())
        return context.fail("a symbol's register is unknown to a program");
    for (uint32_t i = 0; i < countOf(context.package.states()); ++i) {
      const fb_reader::State &state = *context.package.states()->Get(i);
      int32_t axis = growingAxis(state);
      if (axis >= 0 && state.dims()->Get(uint32_t(axis))->scalar() >= int32_t(program.scalars()))
        return context.fail("the length of a state is in a register that is unknown to a program");
    }
    for (uint32_t e = 0; e < countOf(context.package.entries()); ++e) {
      const fb_reader::EntryPoint &point = *context.package.entries()->Get(e);
      for (const auto *values : {point.inputs(), point.outputs()})
        for (uint32_t k = 0; k < countOf(values); ++k)
          if (!registersExist(*values->Get(k)))
            return context.fail("'%' has a dimension in a register that is unknown to a program",
                                values->Get(k)->name()->c_str());
    }
    return SINTER_OK;
  }

  bool registersExist(const fb_reader::Value &value) const {
    bool exist = true;
    for (uint32_t d = 0; d < countOf(value.dims()); ++d)
      exist &= value.dims()->Get(d)->scalar() < int32_t(program.scalars());
    return exist;
  }

  const MetadataContext &context;
  const fb_reader::Program &program;
  const fb_reader::Procedure *procedure = nullptr;
  const fb_reader::EntryPoint *entry = nullptr;
  uint64_t lastSignal = 0;
};

} // namespace

sinter_code sinter::rt::checkProgram(const MetadataContext &context, const fb_reader::Program &program) {
  return ProgramChecker(context, program).check();
}
