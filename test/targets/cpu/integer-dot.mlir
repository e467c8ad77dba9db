// The instructions that multiply bytes are in the code of the variants that have them.
// RUN: sinter compile %s --emit=llvm --target=cpu:x86-64@v4+vnni -o - | llc -o - | FileCheck %s --check-prefix=VNNI
// RUN: sinter compile %s --emit=llvm --target=cpu:x86-64@v4 -o - | llc -o - | FileCheck %s --check-prefix=V4
// RUN: sinter compile %s --emit=llvm --target=cpu:x86-64@v3 -o - | llc -o - | FileCheck %s --check-prefix=V3
// RUN: sinter compile %s --emit=llvm --target=cpu:x86-64@v2 -o - | llc -o - | FileCheck %s --check-prefix=V2

// VNNI: vpdpbusd {{.*}}%zmm
// V4: vpmaddwd {{.*}}%zmm
// V4-NOT: vpdpbusd
// V3: vpmaddwd {{.*}}%ymm
// V2: pmaddwd {{.*}}%xmm
!x = !quant.uniform<i8:f32, 0.05:-11>
!w = !quant.uniform<i8:f32, 0.01>
!y = !quant.uniform<i8:f32, 0.1:7>
func.func @main(%x: tensor<6x8x!x> {nn.name = "x"}) -> (tensor<6x16x!y> {nn.name = "y"}) attributes {nn.entry} {
  %w = nn.constant dense<"0x0B30557A9FC4E90E33587DA2C7EC11365B80A5CAEF14395E83A8CDF2173C6186ABD0F51A3F6489AED3F81D42678CB1D6FB20456A8FB4D9FE23486D92B7DC01264B7095BADF04294E7398BDE2072C51769BC0E50A2F54799EC3E80D32577CA1C6EB10355A7FA4C9EE13385D82A7CCF1163B6085AACFF4193E6388ADD2F71C4166"> : tensor<8x16xi8> as tensor<8x16x!w>
  %0 = nn.matmul %x, %w {nn.accumulator_bits = 20 : i64} : (tensor<6x8x!x>, tensor<8x16x!w>) -> tensor<6x16x!y>
  return %0 : tensor<6x16x!y>
}
