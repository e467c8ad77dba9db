// sinter-opt: runs any pass of Sinter or MLIR by name on MLIR text. The tool of lit tests and compiler engineers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/support/Registration.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  sinter::registerAllDialects(registry);
  mlir::registerAllPasses();
  sinter::registerSinterPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Sinter's pass driver\n", registry));
}
