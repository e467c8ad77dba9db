# A loop that computes little: one multiply-add in six instructions, the outer loop without any.
thin:
  xorl %eax, %eax
.Linner:
  vmovups (%rsi), %ymm0
  vmovups (%rdx), %ymm1
  vfmadd231ps %ymm0, %ymm1, %ymm2
  addq $32, %rsi
  incq %rax
  jne .Linner
  decq %rcx
  jne thin
  retq
