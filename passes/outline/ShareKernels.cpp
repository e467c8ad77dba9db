// Makes dispatches equal that differ in a weight or two, so that one kernel serves all of them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/outline/ShareKernels.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace sinter;

namespace {

/// Constants that may become operands: only arithmetic reads them, which takes any value.
SmallVector<nn::ConstantOp> candidatesOf(nn::DispatchOp dispatch) {
  SmallVector<nn::ConstantOp> candidates;
  for (auto constant : dispatch.getBody().front().getOps<nn::ConstantOp>()) {
    bool isFloat = isa<FloatType>(constant.getResult().getType().getElementType());
    if (isFloat && isa<DenseElementsAttr>(constant.getValue()) &&
        llvm::all_of(constant->getUsers(), llvm::IsaPred<nn::BinaryOp>))
      candidates.push_back(constant);
  }
  return candidates;
}

/// The dispatch's text without locations and candidates' values: equal where nothing else differs.
std::string textOf(nn::DispatchOp dispatch, ArrayRef<nn::ConstantOp> candidates) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << dispatch->getAttrDictionary() << dispatch->getResultTypes() << '\n';
  for (Operation &op : dispatch.getBody().front()) {
    if (llvm::is_contained(candidates, &op))
      os << op.getResult(0).getType();
    else
      op.print(os, OpPrintingFlags().enableDebugInfo(false).useLocalScope().printGenericOpForm());
    os << '\n';
  }
  return text;
}

/// Moves a constant in front of its dispatch, which gets it as an operand.
void makeOperand(nn::DispatchOp dispatch, nn::ConstantOp constant) {
  Block &body = dispatch.getBody().front();
  constant.replaceAllUsesWith(body.addArgument(constant.getType(), constant.getLoc()));
  constant->moveBefore(dispatch);
  dispatch->insertOperands(dispatch->getNumOperands(), constant.getResult());
}

struct Member {
  nn::DispatchOp dispatch;
  SmallVector<nn::ConstantOp> candidates;
};

} // namespace

void sinter::shareKernels(ArrayRef<nn::DispatchOp> dispatches) {
  llvm::MapVector<StringRef, SmallVector<Member>> groups;
  llvm::BumpPtrAllocator memory;
  llvm::StringSaver texts(memory);
  for (nn::DispatchOp dispatch : dispatches) {
    SmallVector<nn::ConstantOp> candidates = candidatesOf(dispatch);
    if (!candidates.empty())
      groups[texts.save(textOf(dispatch, candidates))].push_back({dispatch, candidates});
  }
  for (auto &[text, members] : groups)
    for (size_t i = 0; i < members.front().candidates.size(); ++i) {
      auto valueOf = [&](Member &member) { return member.candidates[i].getValue(); };
      if (!llvm::all_equal(llvm::map_range(members, valueOf)))
        for (Member &member : members)
          makeOperand(member.dispatch, member.candidates[i]);
    }
}
