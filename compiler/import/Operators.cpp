// The operator table.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Operators.h"
#include "llvm/ADT/SmallVector.h"

using namespace llvm;
using namespace sinter::onnx_import;

ArrayRef<ArrayRef<OperatorEntry>> sinter::onnx_import::operatorFamilies() {
  static const ArrayRef<OperatorEntry> families[] = {
      elementWiseOperators(), convolutionOperators(),   contractionOperators(), poolOperators(),
      reductionOperators(),   normalizationOperators(), movementOperators(),    gatherOperators(),
      resizeOperators(),      shapeOperators(),         quantOperators(),       controlOperators(),
      recurrentOperators(),   attentionOperators(),     lossOperators()};
  return families;
}

const OperatorEntry *sinter::onnx_import::findOperator(StringRef domain, StringRef name, int64_t opset, bool &known) {
  const OperatorEntry *best = nullptr;
  known = false;
  for (ArrayRef<OperatorEntry> family : operatorFamilies()) {
    for (const OperatorEntry &entry : family) {
      if (domain != entry.domain || name != entry.name)
        continue;
      known = true;
      if (entry.since <= opset && (!best || entry.since > best->since))
        best = &entry;
    }
  }
  return best && best->build ? best : nullptr;
}
