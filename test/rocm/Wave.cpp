// Lanes as fibers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/rocm/Wave.h"

#include "test/rocm/Fragments.h"

#include <string.h>
#include <ucontext.h>

using namespace sinter::rocm;

namespace {

constexpr size_t stackBytes = 256 * 1024;

enum class State { Ready, AtBarrier, AtProduct, Done };

/// Operands of a matrix product, and where its result goes.
struct Product {
  uint32_t kind = 0;
  const void *a = nullptr, *b = nullptr, *c = nullptr;
  void *d = nullptr;
};

struct Lane {
  ucontext_t context;
  std::unique_ptr<char[]> stack;
  State state = State::Ready;
  Product product;
};

/// A workgroup that runs.
struct Group {
  const Launch *launch;
  const HasMemory *hasMemory;
  uint32_t number[3];
  std::vector<Lane> lanes;
  uint32_t current = 0;
  ucontext_t scheduler;
  std::string problem;

  void leave(State state) {
    Lane &lane = lanes[current];
    lane.state = state;
    swapcontext(&lane.context, &scheduler);
  }
};

thread_local Group *group = nullptr;

[[noreturn]] void fail(std::string problem) {
  if (group->problem.empty())
    group->problem = std::move(problem);
  group->lanes[group->current].state = State::Done;
  setcontext(&group->scheduler);
  abort();
}

void runLane() {
  group->launch->kernel->run(group->launch->parameters.data());
  group->lanes[group->current].state = State::Done;
  setcontext(&group->scheduler);
}

// --- matrix products -------------------------------------------------------------------------------------------------

template <typename T> T at(const void *array, uint32_t index) {
  T value;
  memcpy(&value, static_cast<const char *>(array) + index * sizeof(T), sizeof(T));
  return value;
}

float floatOf(uint32_t kind, const void *array, uint32_t index) {
  if (kind == mfmaF16 || kind == wmmaF16)
    return float(at<_Float16>(array, index));
  uint32_t bits = uint32_t(at<uint16_t>(array, index)) << 16;
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

int32_t byteOf(bool isSigned, const void *array, uint32_t index) {
  return isSigned ? int32_t(at<int8_t>(array, index)) : int32_t(at<uint8_t>(array, index));
}

/// Takes the fragments of all lanes apart, multiplies, and gives each its part of the result.
template <typename Sum, typename Model, typename Load>
void multiply(Lane *lanes, const Model &model, const Load &load) {
  std::vector<decltype(load(nullptr, 0u, false))> a(16 * model.k), b(model.k * 16);
  for (uint32_t lane = 0; lane < Model::lanes; ++lane)
    for (uint32_t item = 0; item < model.items(); ++item) {
      Place inA = model.inA(lane, item), inB = model.inB(lane, item);
      a[inA.row * model.k + inA.column] = load(lanes[lane].product.a, item, false);
      b[inB.row * 16 + inB.column] = load(lanes[lane].product.b, item, true);
    }
  for (uint32_t lane = 0; lane < Model::lanes; ++lane)
    for (uint32_t item = 0; item < Model::sums; ++item) {
      Place place = model.inC(lane, item);
      Sum sum = at<Sum>(lanes[lane].product.c, item);
      for (uint32_t k = 0; k < model.k; ++k)
        sum += Sum(a[place.row * model.k + k] * b[k * 16 + place.column]);
      memcpy(static_cast<char *>(lanes[lane].product.d) + item * sizeof(Sum), &sum, sizeof(sum));
    }
}

void multiply(Lane *lanes) {
  uint32_t word = lanes->product.kind, kind = word & productKind;
  auto floats = [&](const void *array, uint32_t index, bool) { return floatOf(kind, array, index); };
  auto bytes = [&](const void *array, uint32_t index, bool isB) {
    return uint32_t(byteOf(word & (isB ? productSignedB : productSignedA), array, index)); // Sums wrap.
  };
  switch (kind) {
  case mfmaF16:
  case mfmaBf16: return multiply<float>(lanes, Mfma{16}, floats);
  case mfmaI8: return multiply<uint32_t>(lanes, Mfma{32}, bytes);
  case wmmaF16:
  case wmmaBf16: return multiply<float>(lanes, Wmma{}, floats);
  case wmmaI8: return multiply<uint32_t>(lanes, Wmma{}, bytes);
  }
}

// --- the schedule ----------------------------------------------------------------------------------------------------

bool allAre(const Lane *lanes, size_t count, State state) {
  for (size_t i = 0; i < count; ++i)
    if (lanes[i].state != state)
      return false;
  return true;
}

/// Lets lanes that wait for each other go on; whether any does.
bool release(uint32_t waveSize) {
  std::vector<Lane> &lanes = group->lanes;
  if (allAre(lanes.data(), lanes.size(), State::AtBarrier)) {
    for (Lane &lane : lanes)
      lane.state = State::Ready;
    return true;
  }
  bool any = false;
  for (size_t first = 0; first + waveSize <= lanes.size(); first += waveSize) {
    Lane *wave = &lanes[first];
    if (!allAre(wave, waveSize, State::AtProduct))
      continue;
    for (uint32_t i = 0; i < waveSize; ++i)
      if (wave[i].product.kind != wave->product.kind)
        return group->problem = "the lanes of a wave are at different matrix products", false;
    multiply(wave);
    for (uint32_t i = 0; i < waveSize; ++i)
      wave[i].state = State::Ready;
    any = true;
  }
  return any;
}

void schedule(uint32_t waveSize) {
  while (group->problem.empty()) {
    bool ran = false;
    for (group->current = 0; group->current < group->lanes.size(); ++group->current) {
      Lane &lane = group->lanes[group->current];
      if (lane.state != State::Ready || !group->problem.empty())
        continue;
      ran = true;
      swapcontext(&group->scheduler, &lane.context);
    }
    if (ran || release(waveSize))
      continue;
    if (!allAre(group->lanes.data(), group->lanes.size(), State::Done) && group->problem.empty())
      group->problem = "lanes wait for others that never come";
    return;
  }
}

// --- what a lane calls -----------------------------------------------------------------------------------------------

uint32_t threadNumber() { return group->current; }
uint32_t workgroupNumber(uint32_t dimension) { return group->number[dimension]; }
void barrier() { group->leave(State::AtBarrier); }

void matrixProduct(uint32_t kind, const void *a, const void *b, const void *c, void *d) {
  group->lanes[group->current].product = {kind, a, b, c, d};
  group->leave(State::AtProduct);
}

void check(const void *address, uint64_t bytes) {
  if (!(*group->hasMemory)(uint64_t(reinterpret_cast<uintptr_t>(address)), bytes))
    fail("an access of " + std::to_string(bytes) + " bytes is no buffer's");
}

/// The rounding of f32 to bf16, which older libraries of compilers lack.
__bf16 roundToBf16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  uint16_t rounded = uint16_t(value != value ? bits >> 16 | 0x40 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16);
  __bf16 result;
  memcpy(&result, &rounded, sizeof(result));
  return result;
}

} // namespace

std::vector<LaneFunction> sinter::rocm::laneFunctions() {
  return {{"sinter.thread", reinterpret_cast<void *>(threadNumber)},
          {"sinter.workgroup", reinterpret_cast<void *>(workgroupNumber)},
          {"sinter.barrier", reinterpret_cast<void *>(barrier)},
          {"sinter.product", reinterpret_cast<void *>(matrixProduct)},
          {"sinter.check", reinterpret_cast<void *>(check)},
          {"__truncsfbf2", reinterpret_cast<void *>(roundToBf16)}};
}

size_t sinter::rocm::parametersOf(const Kernel &kernel) { return kernel.parameters; }

std::string sinter::rocm::execute(const Launch &launch, const HasMemory &hasMemory) {
  const Kernel &kernel = *launch.kernel;
  if (launch.threads == 0 || launch.threads % kernel.waveSize)
    return "a workgroup of " + std::to_string(launch.threads) + " threads is no number of whole waves";
  Group running = {&launch, &hasMemory, {}, std::vector<Lane>(launch.threads), 0, {}, ""};
  for (Lane &lane : running.lanes)
    lane.stack = std::unique_ptr<char[]>(new char[stackBytes]);
  group = &running;
  for (running.number[2] = 0; running.number[2] < launch.grid[2]; ++running.number[2])
    for (running.number[1] = 0; running.number[1] < launch.grid[1]; ++running.number[1])
      for (running.number[0] = 0; running.number[0] < launch.grid[0] && running.problem.empty(); ++running.number[0]) {
        for (const Kernel::Local &local : kernel.local)
          memset(local.start, 0xcd, local.bytes); // What nobody expects.
        for (Lane &lane : running.lanes) {
          getcontext(&lane.context);
          lane.context.uc_stack.ss_sp = lane.stack.get();
          lane.context.uc_stack.ss_size = stackBytes;
          lane.context.uc_link = nullptr;
          makecontext(&lane.context, runLane, 0);
          lane.state = State::Ready;
        }
        schedule(kernel.waveSize);
      }
  group = nullptr;
  return running.problem;
}
