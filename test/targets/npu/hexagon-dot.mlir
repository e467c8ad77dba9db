// Bytes are multiplied by vrmpy, sums requantized by the exact 64-bit product, and nothing outside is called.
// RUN: sinter compile %s --emit=llvm --target=npu:hexagon -o %t.ll && llc %t.ll -o %t.s
// RUN: FileCheck %s --input-file=%t.s
// RUN: FileCheck %s --input-file=%t.s --check-prefix=CALLS

// CHECK: .w += vrmpy(v{{[0-9]+}}.ub,v{{[0-9]+}}.b)
// CHECK: = vmpye(v{{[0-9]+}}.w,v{{[0-9]+}}.uh)
// CHECK: += vmpyo(v{{[0-9]+}}.w,v{{[0-9]+}}.h)
// CALLS-NOT: call __
!x = !quant.uniform<i8:f32, 0.05:-11>
!w = !quant.uniform<i8:f32, 0.01>
!y = !quant.uniform<i8:f32, 0.1:7>
func.func @main(%x: tensor<6x8x!x> {nn.name = "x"}) -> (tensor<6x16x!y> {nn.name = "y"}) attributes {nn.entry} {
  %w = nn.constant dense<"0x0B30557A9FC4E90E33587DA2C7EC11365B80A5CAEF14395E83A8CDF2173C6186ABD0F51A3F6489AED3F81D42678CB1D6FB20456A8FB4D9FE23486D92B7DC01264B7095BADF04294E7398BDE2072C51769BC0E50A2F54799EC3E80D32577CA1C6EB10355A7FA4C9EE13385D82A7CCF1163B6085AACFF4193E6388ADD2F71C4166"> : tensor<8x16xi8> as tensor<8x16x!w>
  %0 = nn.matmul %x, %w {nn.accumulator_bits = 20 : i64} : (tensor<6x8x!x>, tensor<8x16x!w>) -> tensor<6x16x!y>
  return %0 : tensor<6x16x!y>
}
