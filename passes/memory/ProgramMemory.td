// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def ProgramMemory : Pass<"program-memory", "::mlir::ModuleOp"> {
  let summary = "plan all memory and write the flat program";
  let description = [{
    Entry functions hold `nn.constant`, views (`nn.reshape`, `nn.bitcast`) and `program.call`; they become procedures of
    one `program.program`, and are erased. The kernels' modules stay, their functions' attributes are read:
    `program.grid` (workgroups; 1 if absent) and `program.inplace` (pairs: this result may share that operand's buffer).

    Every tensor gets a place, chosen once:
    - a result of the entry is written straight into the caller's output, or into its state variable where nothing reads
      the old value later; what cannot be written in place is copied at the end, outputs before states;
    - views share their source's bytes;
    - a kernel's result takes over the buffer of an operand that dies there, where the kernel allows it;
    - everything else lies in arenas, packed by lifetime (ArenaPlan.h) and shared by all entries.

    A kernels' module may list its device's memories in `program.memories`, dictionaries of `name`, `host_visible` (unit) and
    `max_binding` (bytes), the first being where its kernels work. Without, that is the host's. There is one arena
    for each (device, memory), or several where it is larger than what can be bound at once. Tensors that cross over are
    copied, through the first memory that the host sees too: between that and the host's memory by the host's kernels'
    executable, or the loader itself (executable -1) where there is none; between a device's memories by the device. What a
    host's kernel makes for a device is made there at once. A state lives where it is used first.

    Consecutive work on one executable is one segment.
  }];
  let options = [Option<"alignment", "alignment", "uint64_t", /*default=*/"64", "of every buffer in the arena, bytes">];
  let dependentDialects = ["::sinter::program::ProgramDialect"];
}
