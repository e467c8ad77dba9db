# A loop as it should not be: a value goes to the stack and back.
spill:
  vfmadd231ps %ymm0, %ymm1, %ymm2
  vmovups %ymm2, 32(%rsp)
  vfmadd231ps 32(%rsp), %ymm1, %ymm3
  decq %rcx
  jne spill
  retq
