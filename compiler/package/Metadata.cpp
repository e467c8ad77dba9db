// The metadata section: FlatBuffer tables from the program dialect.
//
// Tables are written children first, as FlatBuffers asks; vectors keep the order of the operations
// they come from.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/package/Metadata.h"
#include "compiler/package/ElementType.h"
#include "dialects/nn/Provenance.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "runtime/format/package_generated.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sinter;
using flatbuffers::Offset;

namespace {

fb::ElementType floatType(FloatType type) {
  return llvm::TypeSwitch<Type, fb::ElementType>(type)
      .Case<Float32Type>([](auto) { return fb::ElementType_f32; })
      .Case<Float64Type>([](auto) { return fb::ElementType_f64; })
      .Case<Float16Type>([](auto) { return fb::ElementType_f16; })
      .Case<BFloat16Type>([](auto) { return fb::ElementType_bf16; })
      .Case<Float8E4M3FNType>([](auto) { return fb::ElementType_f8e4m3fn; })
      .Case<Float8E4M3FNUZType>([](auto) { return fb::ElementType_f8e4m3fnuz; })
      .Case<Float8E5M2Type>([](auto) { return fb::ElementType_f8e5m2; })
      .Case<Float8E5M2FNUZType>([](auto) { return fb::ElementType_f8e5m2fnuz; })
      .Case<Float8E8M0FNUType>([](auto) { return fb::ElementType_f8e8m0; })
      .Case<Float4E2M1FNType>([](auto) { return fb::ElementType_f4e2m1; })
      .Default(fb::ElementType_none);
}

fb::ElementType integerType(unsigned width, bool isUnsigned) {
  switch (width) {
  case 1: return fb::ElementType_boolean;
  case 2: return isUnsigned ? fb::ElementType_u2 : fb::ElementType_i2;
  case 4: return isUnsigned ? fb::ElementType_u4 : fb::ElementType_i4;
  case 8: return isUnsigned ? fb::ElementType_u8 : fb::ElementType_i8;
  case 16: return isUnsigned ? fb::ElementType_u16 : fb::ElementType_i16;
  case 32: return isUnsigned ? fb::ElementType_u32 : fb::ElementType_i32;
  case 64: return isUnsigned ? fb::ElementType_u64 : fb::ElementType_i64;
  default: return fb::ElementType_none;
  }
}

fb::ElementType elementType(Type type) {
  if (auto quantized = dyn_cast<quant::QuantizedType>(type))
    return integerType(quantized.getStorageTypeIntegralWidth(), !quantized.isSigned());
  if (auto integer = dyn_cast<IntegerType>(type))
    return integerType(integer.getWidth(), integer.isUnsigned());
  auto floating = dyn_cast<FloatType>(type);
  return floating ? floatType(floating) : fb::ElementType_none;
}

} // namespace

uint8_t sinter::elementTypeNumber(Type type) { return static_cast<uint8_t>(elementType(type)); }

namespace {

class MetadataBuilder {
  template <typename OpT> static auto ops(const PackageProgram &program) {
    auto op = program.program;
    return op.getBody().template getOps<OpT>();
  }

  Offset<flatbuffers::String> text(llvm::StringRef value) { return fbb.CreateSharedString(value.data(), value.size()); }

  template <typename RangeT> auto texts(const RangeT &range) {
    std::vector<Offset<flatbuffers::String>> list;
    for (const auto &value : range)
      list.push_back(text(value));
    return fbb.CreateVector(list);
  }

public:
  MetadataBuilder(llvm::ArrayRef<PackageProgram> programs, const SectionPlan &plan) : programs(programs), plan(plan) {}

  std::vector<char> build(const Provenance &provenance) {
    std::vector<Offset<fb::EntryPoint>> entries;
    for (auto procedure : ops<program::ProcedureOp>(programs.front()))
      entries.push_back(entryPoint(procedure));
    std::vector<Offset<fb::State>> states;
    for (auto state : ops<program::StateOp>(programs.front()))
      states.push_back(stateTable(state));
    std::vector<Offset<fb::Constant>> constants;
    for (const ConstantPlace &place : plan.constants)
      constants.push_back(fb::CreateConstant(fbb, place.section, place.offset, place.size, text(place.name)));
    std::vector<Offset<fb::Program>> tables;
    for (size_t index = 0; index < programs.size(); ++index)
      tables.push_back(programTable(index));
    auto origin = fb::CreateProvenance(fbb, text(provenance.producer), texts(provenance.options),
                                       texts(provenance.modelSha256), texts(provenance.opsets));
    auto package = fb::CreatePackage(fbb, fbb.CreateVector(entries), 0, fbb.CreateVector(states),
                                     fbb.CreateVector(constants), fbb.CreateVector(tables), origin);
    fb::FinishPackageBuffer(fbb, package);
    const char *data = reinterpret_cast<const char *>(fbb.GetBufferPointer());
    return std::vector<char>(data, data + fbb.GetSize());
  }

private:
  auto dims(ShapedType type) {
    std::vector<fb::Dim> list;
    for (int64_t extent : type.getShape())
      list.emplace_back(extent, -1, -1);
    return fbb.CreateVectorOfStructs(list);
  }

  Offset<fb::Quantization> quantization(Type type) {
    if (auto perTensor = dyn_cast<quant::UniformQuantizedType>(type))
      return fb::CreateQuantization(fbb, fbb.CreateVector<float>({static_cast<float>(perTensor.getScale())}),
                                    fbb.CreateVector<int32_t>({static_cast<int32_t>(perTensor.getZeroPoint())}));
    auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
    if (!perAxis)
      return 0;
    std::vector<float> scales(perAxis.getScales().begin(), perAxis.getScales().end());
    std::vector<int32_t> zeros(perAxis.getZeroPoints().begin(), perAxis.getZeroPoints().end());
    return fb::CreateQuantization(fbb, fbb.CreateVector(scales), fbb.CreateVector(zeros),
                                  perAxis.getQuantizedDimension());
  }

  Offset<fb::Value> value(llvm::StringRef name, Type type, int64_t state) {
    auto shaped = cast<ShapedType>(type);
    return fb::CreateValue(fbb, text(name), elementType(shaped.getElementType()), dims(shaped),
                           quantization(shaped.getElementType()), 64, static_cast<int32_t>(state));
  }

  Offset<fb::EntryPoint> entryPoint(program::ProcedureOp op) {
    auto values = [&](ArrayAttr names, TypeRange types, llvm::ArrayRef<int64_t> states) {
      std::vector<Offset<fb::Value>> list;
      for (auto [name, type, state] : llvm::zip_equal(names.getAsValueRange<StringAttr>(), types, states))
        list.push_back(value(name, type, state));
      return fbb.CreateVector(list);
    };
    auto inputs = values(op.getInputNames(), op.getSignature().getInputs(), op.getInputStates());
    auto outputs = values(op.getOutputNames(), op.getSignature().getResults(), op.getOutputStates());
    return fb::CreateEntryPoint(fbb, text(op.getEntry()), inputs, outputs);
  }

  Offset<fb::State> stateTable(program::StateOp op) {
    auto type = cast<ShapedType>(op.getType());
    int64_t init = static_cast<int64_t>(op.getInit());
    int32_t constant = init < 0 ? -1 : static_cast<int32_t>(plan.constantsOf[0][init]);
    return fb::CreateState(fbb, text(op.getState()), elementType(type.getElementType()), dims(type),
                           *program::storageSize(type), constant);
  }

  //===--- programs
  //---------------------------------------------------------------------------------------------------===//

  Offset<fb::Program> programTable(size_t index) {
    const PackageProgram &source = programs[index];
    current = index;
    kernelIndex.clear();
    std::vector<Offset<fb::Executable>> executables;
    uint32_t number = 0;
    for (auto op : ops<program::ExecutableOp>(source)) {
      executables.push_back(executable(op, number));
      ++number;
    }
    std::vector<Offset<fb::Arena>> arenas;
    for (auto op : ops<program::ArenaOp>(source))
      arenas.push_back(arena(op));
    std::vector<Offset<fb::Procedure>> procedures;
    uint32_t entry = 0;
    for (auto op : ops<program::ProcedureOp>(source))
      procedures.push_back(procedure(op, entry++));
    std::vector<Offset<fb::Refusal>> refusals;
    for (auto &[target, refusal] : source.refusals)
      refusals.push_back(fb::CreateRefusal(fbb, text(refusal.node), text(target), text(refusal.reason),
                                           text(refusal.limit), text(refusal.value)));
    auto op = source.program;
    // A program that keeps all states in the host's memory does not say so.
    std::vector<int32_t> owners;
    for (auto state : ops<program::StateOp>(source))
      owners.push_back(static_cast<int32_t>(state.getExecutable()));
    bool keepsOnDevices = llvm::any_of(owners, [](int32_t owner) { return owner >= 0; });
    return fb::CreateProgram(fbb, fbb.CreateVector(executables), fbb.CreateVector(arenas),
                             static_cast<uint32_t>(op.getScalars()), fbb.CreateVector(procedures),
                             fbb.CreateVector(refusals), keepsOnDevices ? fbb.CreateVector(owners) : 0);
  }

  static uint64_t flopsOf(func::FuncOp kernel) {
    auto flops = kernel->getAttrOfType<IntegerAttr>("program.flops");
    return flops ? flops.getValue().getZExtValue() : 0;
  }

  Offset<fb::Executable> executable(program::ExecutableOp op, uint32_t number) {
    const PackageProgram::Executable &source = programs[current].executables[number];
    auto module = SymbolTable::lookupNearestSymbolFrom<ModuleOp>(op, op.getModuleAttr());
    std::vector<Offset<fb::Kernel>> kernels;
    for (auto kernel : module.getOps<func::FuncOp>()) {
      if (kernel.isExternal())
        continue;
      kernelIndex[(module.getSymName()->str() + "::" + kernel.getSymName()).str()] = {number, kernels.size()};
      auto type = kernel.getFunctionType();
      uint64_t bytes = 0;
      for (Type operand : llvm::concat<const Type>(type.getInputs(), type.getResults()))
        bytes += *program::storageSize(cast<ShapedType>(operand));
      kernels.push_back(fb::CreateKernel(fbb, text(kernel.getSymName()), texts(nodeNames(kernel.getLoc())),
                                         type.getNumInputs() + type.getNumResults(), type.getNumResults(),
                                         flopsOf(kernel), bytes));
    }
    std::vector<Offset<fb::Variant>> variants;
    for (auto [emitted, section] : llvm::zip_equal(source.variants, plan.code[current][number]))
      variants.push_back(fb::CreateVariant(fbb, text(emitted.info.name), texts(emitted.info.features), section,
                                           fbb.CreateVector(emitted.entries), fbb.CreateVector(emitted.scratch)));
    return fb::CreateExecutable(fbb, text(source.target->code), text(source.target->driver), fbb.CreateVector(kernels),
                                fbb.CreateVector(variants), op.getMemory() == "host" ? 0 : text(op.getMemory()));
  }

  Offset<fb::Arena> arena(program::ArenaOp op) {
    std::vector<Offset<fb::ArenaTensor>> tensors;
    for (auto tensor : op.getTensors().getAsRange<DictionaryAttr>()) {
      auto number = [&](llvm::StringRef key) { return static_cast<uint64_t>(tensor.getAs<IntegerAttr>(key).getInt()); };
      tensors.push_back(fb::CreateArenaTensor(fbb, text(tensor.getAs<StringAttr>("name").getValue()), number("offset"),
                                              number("size"), static_cast<uint32_t>(number("first")),
                                              static_cast<uint32_t>(number("last"))));
    }
    return fb::CreateArena(fbb, static_cast<uint32_t>(op.getExecutable()), text(op.getMemory()), op.getSize(),
                           static_cast<uint32_t>(op.getAlignment()), fbb.CreateVector(tensors), op.getHostVisible());
  }

  fb::Binding binding(program::BindingAttr attribute) {
    uint32_t index = attribute.getIndex();
    if (attribute.getMemory() == program::BindingClass::Constant)
      index = plan.constantsOf[current][index];
    return fb::Binding(static_cast<fb::BindingClass>(attribute.getMemory()), index, attribute.getOffset(),
                       attribute.getLength());
  }

  Offset<fb::WorkItem> workItem(Operation &op) {
    auto node = text(llvm::join(nodeNames(op.getLoc()), ", "));
    return llvm::TypeSwitch<Operation *, Offset<fb::WorkItem>>(&op)
        .Case([&](program::DispatchOp dispatch) {
          std::vector<fb::Binding> bindings;
          for (auto attribute : dispatch.getBindings().getAsRange<program::BindingAttr>())
            bindings.push_back(binding(attribute));
          auto [executable, kernel] = kernelIndex[symbolText(dispatch.getKernel())];
          auto work =
              fb::CreateDispatch(fbb, executable, static_cast<uint32_t>(kernel), dispatch.getGrid(),
                                 fbb.CreateVectorOfStructs(bindings), static_cast<int32_t>(dispatch.getGridScalar()));
          return fb::CreateWorkItem(fbb, fb::Work_Dispatch, work.Union(), node);
        })
        .Case([&](program::CopyOp copy) {
          fb::Binding source = binding(copy.getSource()), target = binding(copy.getTarget());
          auto work = fb::CreateCopy(fbb, &source, &target, static_cast<uint32_t>(copy.getQueue()));
          return fb::CreateWorkItem(fbb, fb::Work_Copy, work.Union(), node);
        })
        .Case([&](program::FillOp fill) {
          fb::Binding target = binding(fill.getTarget());
          auto work = fb::CreateFill(fbb, &target, fill.getPattern(), static_cast<uint8_t>(fill.getWidth()));
          return fb::CreateWorkItem(fbb, fb::Work_Fill, work.Union(), node);
        });
  }

  static std::string symbolText(SymbolRefAttr symbol) {
    return (symbol.getRootReference().getValue() + "::" + symbol.getLeafReference().getValue()).str();
  }

  Offset<fb::Procedure> procedure(program::ProcedureOp op, uint32_t entry) {
    std::vector<Offset<fb::CommandItem>> commands;
    std::vector<Offset<fb::WorkItem>> work;
    for (Operation &command : op.getBody().front())
      commands.push_back(commandItem(command, work));
    auto commandVector = fbb.CreateVector(commands);
    return fb::CreateProcedure(fbb, entry, commandVector, fbb.CreateVector(work));
  }

  Offset<fb::CommandItem> commandItem(Operation &op, std::vector<Offset<fb::WorkItem>> &work) {
    auto item = [&](fb::Command kind, Offset<void> table) { return fb::CreateCommandItem(fbb, kind, table); };
    return llvm::TypeSwitch<Operation *, Offset<fb::CommandItem>>(&op)
        .Case([&](program::SegmentOp segment) {
          auto first = static_cast<uint32_t>(work.size());
          for (Operation &nested : segment.getBody().front())
            work.push_back(workItem(nested));
          std::vector<uint64_t> waits(segment.getWaits().begin(), segment.getWaits().end());
          auto count = static_cast<uint32_t>(work.size()) - first;
          return item(fb::Command_Segment, fb::CreateSegment(fbb, static_cast<uint32_t>(segment.getExecutable()), first,
                                                             count, fbb.CreateVector(waits), segment.getSignal())
                                               .Union());
        })
        .Case([&](program::ScalarOp scalar) {
          return item(fb::Command_Scalar,
                      fb::CreateScalar(fbb, static_cast<fb::ScalarOp>(scalar.getKind()),
                                       static_cast<uint32_t>(scalar.getResult()), static_cast<uint32_t>(scalar.getA()),
                                       static_cast<uint32_t>(scalar.getB()), static_cast<int64_t>(scalar.getValue()),
                                       static_cast<int64_t>(scalar.getMin()), static_cast<int64_t>(scalar.getMax()))
                          .Union());
        })
        .Case([&](program::LoadOp load) {
          fb::Binding source = binding(load.getSource());
          return item(fb::Command_Load,
                      fb::CreateLoad(fbb, &source, static_cast<uint8_t>(load.getWidth()),
                                     static_cast<uint32_t>(load.getResult()), static_cast<int64_t>(load.getMin()),
                                     static_cast<int64_t>(load.getMax()))
                          .Union());
        })
        .Case([&](program::BranchOp branch) {
          return item(fb::Command_Branch, fb::CreateBranch(fbb, static_cast<uint32_t>(branch.getCondition()),
                                                           static_cast<uint32_t>(branch.getTarget()))
                                              .Union());
        })
        .Case([&](program::JumpOp jump) {
          return item(fb::Command_Jump,
                      fb::CreateJump(fbb, static_cast<uint32_t>(jump.getTarget()), jump.getLimit()).Union());
        })
        .Case([&](program::EndOp) { return item(fb::Command_End, fb::CreateEnd(fbb).Union()); });
  }

  llvm::ArrayRef<PackageProgram> programs;
  const SectionPlan &plan;
  size_t current = 0;
  llvm::StringMap<std::pair<uint32_t, size_t>> kernelIndex; // "module::kernel" -> executable, kernel
  flatbuffers::FlatBufferBuilder fbb{1 << 16};
};

} // namespace

std::vector<char> sinter::buildMetadata(llvm::ArrayRef<PackageProgram> programs, const SectionPlan &plan,
                                        const Provenance &provenance) {
  return MetadataBuilder(programs, plan).build(provenance);
}
