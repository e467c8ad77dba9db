// The program dialect: what the loader executes, as the compiler sees it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PROGRAM_OPS_TD
#define SINTER_PROGRAM_OPS_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/CommonTypeConstraints.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Program_Dialect : Dialect {
  let name = "program";
  let cppNamespace = "::sinter::program";
  let summary = "A verified flat list of commands with planned memory";
  let description = [{
    Two levels. `program.call` stands for a kernel on tensors, between outlining and memory planning. Everything else
    mirrors the package's metadata one to one (runtime/format/package.fbs): what is verified here holds in the file.
  }];
  let useDefaultAttributePrinterParser = 1;
}

class Program_Op<string mnemonic, list<Trait> traits = []> : Op<Program_Dialect, mnemonic, traits>;

def Program_BindingClass : I32EnumAttr<"BindingClass", "what memory a binding refers to", [
  I32EnumAttrCase<"Arena", 0, "arena">, I32EnumAttrCase<"Constant", 1, "constant">, I32EnumAttrCase<"Input", 2, "input">,
  I32EnumAttrCase<"Output", 3, "output">, I32EnumAttrCase<"State", 4, "state">, I32EnumAttrCase<"Scratch", 5, "scratch">,
  I32EnumAttrCase<"Scalars", 6, "scalars">]> {
  let cppNamespace = "::sinter::program";
}

def Program_BindingAttr : AttrDef<Program_Dialect, "Binding"> {
  let mnemonic = "binding";
  let summary = "a range of memory: class, index, offset and length in bytes";
  let description = [{ `#program.binding<arena 0, 64, 4096>` is 4096 bytes at offset 64 of arena 0. }];
  let parameters = (ins EnumParameter<Program_BindingClass>:$memory, "uint32_t":$index, "uint64_t":$offset, "uint64_t":$length);
  let assemblyFormat = "`<` $memory $index `,` $offset `,` $length `>`";
}
def Program_Bindings : TypedArrayAttrBase<Program_BindingAttr, "array of bindings">;

def Program_ScalarKind : I32EnumAttr<"ScalarKind", "arithmetic on program registers", [
  I32EnumAttrCase<"Constant", 0, "constant">, I32EnumAttrCase<"Add", 1, "add">, I32EnumAttrCase<"Sub", 2, "sub">,
  I32EnumAttrCase<"Mul", 3, "mul">, I32EnumAttrCase<"FloorDiv", 4, "floordiv">, I32EnumAttrCase<"CeilDiv", 5, "ceildiv">,
  I32EnumAttrCase<"Mod", 6, "mod">, I32EnumAttrCase<"Min", 7, "min">, I32EnumAttrCase<"Max", 8, "max">,
  I32EnumAttrCase<"Equal", 9, "equal">, I32EnumAttrCase<"Less", 10, "less">, I32EnumAttrCase<"Select", 11, "select">]> {
  let cppNamespace = "::sinter::program";
  let genSpecializedAttr = 0;
}
def Program_ScalarKindAttr : EnumAttr<Program_Dialect, Program_ScalarKind, "scalar_kind">;

//===--------------------------------------------------------------------------------------------------------------===//
// On tensors
//===--------------------------------------------------------------------------------------------------------------===//

def Program_CallOp : Program_Op<"call", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "run a kernel of a target's module on tensors";
  let description = [{
    ```mlir
    %0 = program.call @cpu_x86_64::@k0_conv(%x, %w) : (tensor<…>, tensor<…>) -> tensor<…>
    ```
    The kernel is a `func.func` of the same type in the nested module. Made by the outline stage, gone after memory planning.
  }];
  let arguments = (ins SymbolRefAttr:$kernel, Variadic<AnyRankedTensor>:$inputs);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = "$kernel `(` $inputs `)` attr-dict `:` functional-type($inputs, $results)";
}

//===--------------------------------------------------------------------------------------------------------------===//
// The flat program
//===--------------------------------------------------------------------------------------------------------------===//

def Program_ProgramOp : Program_Op<"program", [IsolatedFromAbove, NoRegionArguments, NoTerminator, SingleBlock]> {
  let summary = "one way to run all entry points: executables, memories, procedures";
  let description = [{ Indices in bindings and commands count the operations of a kind in order. }];
  let arguments = (ins DefaultValuedAttr<I64Attr, "0">:$scalars);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
}

def Program_ExecutableOp : Program_Op<"executable", [HasParent<"ProgramOp">]> {
  let summary = "the kernels of one target: a nested module";
  let description = [{ `memory` is what its kernels work in: the host's, or the device's own. }];
  let arguments = (ins FlatSymbolRefAttr:$module, StrAttr:$target, DefaultValuedAttr<StrAttr, "\"host\"">:$memory);
  let assemblyFormat = "$module `target` $target attr-dict";
}

def Program_ArenaOp : Program_Op<"arena", [HasParent<"ProgramOp">]> {
  let summary = "memory that the loader allocates for a context";
  let description = [{
    Of the host, or of the executable's device. `host_visible`: of a device, and the host's kernels and copies use it too.
    `tensors` lists what lives where, for inspection: {name, offset, size, first, last}, the last two being work items.
  }];
  let arguments = (ins I64Attr:$executable, StrAttr:$memory, I64Attr:$size, I64Attr:$alignment,
    DefaultValuedAttr<ArrayAttr, "{}">:$tensors, UnitAttr:$host_visible);
  let assemblyFormat = "`executable` $executable `memory` $memory `size` $size `alignment` $alignment attr-dict";
  let hasVerifier = 1;
}

def Program_ConstantOp : Program_Op<"constant", [HasParent<"ProgramOp">]> {
  let summary = "bytes of the package's constants";
  let description = [{ `value` is stored row-major; booleans take a byte, 4-bit integers half a byte, low nibble first. }];
  let arguments = (ins ElementsAttr:$value, DefaultValuedAttr<StrAttr, "\"\"">:$origin);
  let assemblyFormat = "$value attr-dict";
}

def Program_StateOp : Program_Op<"state", [HasParent<"ProgramOp">]> {
  let summary = "a variable that the loader keeps between runs";
  let description = [{
    `init` is the index of a constant, or -1 for zeros; `executable` is the one whose device's memory it is in, or -1 for the
    host's.
  }];
  let arguments = (ins StrAttr:$state, TypeAttr:$type, DefaultValuedAttr<I64Attr, "-1">:$init,
    DefaultValuedAttr<I64Attr, "-1">:$executable);
  let assemblyFormat = "$state `:` $type attr-dict";
  let hasVerifier = 1;
}

def Program_ProcedureOp : Program_Op<"procedure", [HasParent<"ProgramOp">, NoRegionArguments, NoTerminator, SingleBlock]> {
  let summary = "the commands of one entry point";
  let description = [{
    Names and states are in order of the signature's inputs and results; a state is its index, or -1. The body holds
    segments, scalar arithmetic, loads, branches and jumps, and ends with `program.end`.
  }];
  let arguments = (ins StrAttr:$entry, TypeAttrOf<FunctionType>:$signature, StrArrayAttr:$input_names,
    StrArrayAttr:$output_names, DenseI64ArrayAttr:$input_states, DenseI64ArrayAttr:$output_states);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $entry `:` $signature `inputs` $input_names `outputs` $output_names `states` $input_states `,` $output_states
    attr-dict-with-keyword $body }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// Length in bytes that a binding of this procedure may reach, or an error at the procedure.
    ::mlir::FailureOr<uint64_t> sizeOf(BindingAttr binding);
  }];
}

def Program_SegmentOp : Program_Op<"segment", [HasParent<"ProcedureOp">, NoRegionArguments, NoTerminator, SingleBlock]> {
  let summary = "straight-line work on one executable's device, submitted at once";
  let description = [{
    Starts when every value in `waits` is reached on the timeline; `signal` is its own. Executable -1 is the loader itself,
    which copies and fills what the host sees.
  }];
  let arguments = (ins I64Attr:$executable, DenseI64ArrayAttr:$waits, I64Attr:$signal);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`executable` $executable `waits` $waits `signal` $signal attr-dict-with-keyword $body";
}

def Program_DispatchOp : Program_Op<"dispatch", [HasParent<"SegmentOp">]> {
  let summary = "run a kernel over its grid; inputs come first in the bindings, then outputs";
  let arguments = (ins SymbolRefAttr:$kernel, I64Attr:$grid, I64Attr:$outputs, Program_Bindings:$bindings,
    DefaultValuedAttr<I64Attr, "-1">:$grid_scalar);
  let assemblyFormat = "$kernel `grid` $grid `outputs` $outputs $bindings attr-dict";
  let hasVerifier = 1;
}

def Program_CopyOp : Program_Op<"copy", [HasParent<"SegmentOp">]> {
  let summary = "copy bytes between two ranges of the same length";
  let arguments = (ins Program_BindingAttr:$source, Program_BindingAttr:$target, DefaultValuedAttr<I64Attr, "0">:$queue);
  let assemblyFormat = "$source `to` $target attr-dict";
  let hasVerifier = 1;
}

def Program_FillOp : Program_Op<"fill", [HasParent<"SegmentOp">]> {
  let summary = "repeat the low `width` bytes of a pattern over a range";
  let arguments = (ins Program_BindingAttr:$target, I64Attr:$pattern, I64Attr:$width);
  let assemblyFormat = "$target `pattern` $pattern `width` $width attr-dict";
  let hasVerifier = 1;
}

def Program_ScalarOp : Program_Op<"scalar", [HasParent<"ProcedureOp">]> {
  let summary = "register[result] = kind(register[a], register[b]), checked against [min, max]";
  let arguments = (ins Program_ScalarKindAttr:$kind, I64Attr:$result, DefaultValuedAttr<I64Attr, "0">:$a,
    DefaultValuedAttr<I64Attr, "0">:$b, DefaultValuedAttr<I64Attr, "0">:$value,
    DefaultValuedAttr<I64Attr, "INT64_MIN">:$min, DefaultValuedAttr<I64Attr, "INT64_MAX">:$max);
  let assemblyFormat = "`` $kind $result attr-dict";
}

def Program_LoadOp : Program_Op<"load", [HasParent<"ProcedureOp">]> {
  let summary = "read an integer of `width` bytes from memory into a register, checked against [min, max]";
  let arguments = (ins Program_BindingAttr:$source, I64Attr:$width, I64Attr:$result, I64Attr:$min, I64Attr:$max);
  let assemblyFormat = "$source `width` $width `register` $result `range` $min `,` $max attr-dict";
}

def Program_BranchOp : Program_Op<"branch", [HasParent<"ProcedureOp">]> {
  let summary = "to a later command if a register is not zero";
  let arguments = (ins I64Attr:$condition, I64Attr:$target);
  let assemblyFormat = "$condition `to` $target attr-dict";
}

def Program_JumpOp : Program_Op<"jump", [HasParent<"ProcedureOp">]> {
  let summary = "to another command; backwards at most `limit` times a run";
  let arguments = (ins I64Attr:$target, I64Attr:$limit);
  let assemblyFormat = "$target `limit` $limit attr-dict";
}

def Program_EndOp : Program_Op<"end", [HasParent<"ProcedureOp">]> {
  let summary = "the end of a procedure";
  let assemblyFormat = "attr-dict";
}

#endif
