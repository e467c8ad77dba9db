// See Executable.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/vulkan/driver/Executable.h"

#include <string.h>

using namespace sinter::rt;
using namespace sinter::vulkan;

static constexpr uint32_t mostBindings = 64;
static constexpr uint32_t spirvMagic = 0x07230203;
static constexpr uint32_t entryAlignment = 16;

sinter_code sinter::vulkan::readHeader(const sinter_code_image &code, uint32_t index, KernelHeader *header,
                                       Report &report) {
  const sinter_kernel &kernel = code.kernels[index];
  report.at(int32_t(code.section), kernel.entry);
  if (kernel.entry % entryAlignment || code.length < sizeof(*header) || kernel.entry > code.length - sizeof(*header))
    return report.fail(SINTER_E_FORMAT, "kernel '%' has no whole header", kernel.name);
  const uint8_t *at = static_cast<const uint8_t *>(code.data) + kernel.entry;
  memcpy(header, at, sizeof(*header));
  if (header->magic != kMagic || header->words < 5 ||
      header->words > (code.length - kernel.entry - sizeof(*header)) / sizeof(uint32_t))
    return report.fail(SINTER_E_FORMAT, "kernel '%' is no SPIR-V kernel", kernel.name);
  uint32_t magic;
  memcpy(&magic, at + sizeof(*header), sizeof(magic));
  if (magic != spirvMagic || header->reserved[0] || header->reserved[1] || header->reserved[2])
    return report.fail(SINTER_E_FORMAT, "kernel '%' is no SPIR-V kernel", kernel.name);
  if (header->bindings != kernel.bindings || kernel.outputs > kernel.bindings || kernel.bindings > mostBindings)
    return report.limit(header->bindings, kernel.bindings)
        .fail(SINTER_E_FORMAT, "kernel '%' takes other bindings than its code", kernel.name);
  if (kernel.scratch)
    return report.fail(SINTER_E_FORMAT, "kernel '%' asks for worker scratch, which Vulkan has none of", kernel.name);
  return SINTER_OK;
}

sinter_code Executable::load(uint32_t index, const sinter_code_image &code, Report &report) {
  if (sinter_code result = device.open(index, report))
    return result;
  if (sinter_code result = transfer.open(report))
    return result;
  kernels = memory.array<Kernel>(code.kernel_count);
  constants = memory.array<Buffer>(code.constant_count);
  if (!kernels || !constants)
    return report.fail(SINTER_E_MEMORY, "no memory for % kernels", code.kernel_count);
  for (kernelCount = 0; kernelCount < code.kernel_count; ++kernelCount)
    if (sinter_code result = makeKernel(code, kernelCount, report)) {
      ++kernelCount; // What was made of it goes too.
      return result;
    }
  return upload(code, report);
}

sinter_code Executable::makeKernel(const sinter_code_image &code, uint32_t index, Report &report) {
  KernelHeader header;
  if (sinter_code result = readHeader(code, index, &header, report))
    return result;
  const VkPhysicalDeviceLimits &limits = device.abilities.properties.limits;
  const char *name = code.kernels[index].name;
  if (header.bindings > limits.maxPerStageDescriptorStorageBuffers)
    return report.limit(limits.maxPerStageDescriptorStorageBuffers, header.bindings)
        .fail(SINTER_E_UNSUPPORTED, "kernel '%' binds % buffers, the device has %", name, header.bindings,
              limits.maxPerStageDescriptorStorageBuffers);
  if (header.threads > limits.maxComputeWorkGroupInvocations ||
      header.workgroupBytes > limits.maxComputeSharedMemorySize)
    return report.limit(limits.maxComputeSharedMemorySize, header.workgroupBytes)
        .fail(SINTER_E_UNSUPPORTED, "kernel '%' is too large a workgroup for the device", name);
  Kernel &kernel = kernels[index];
  kernel.bindings = header.bindings;
  kernel.outputs = code.kernels[index].outputs;
  VkDescriptorSetLayoutBinding bindings[mostBindings];
  for (uint32_t i = 0; i < header.bindings; ++i)
    bindings[i] = {i, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, nullptr};
  VkDescriptorSetLayoutCreateInfo sets = {VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, nullptr, 0,
                                          header.bindings, bindings};
  const DeviceApi &api = device.api;
  VkResult result = api.CreateDescriptorSetLayout(device.handle, &sets, nullptr, &kernel.sets);
  VkPipelineLayoutCreateInfo layout = {
      VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, nullptr, 0, 1, &kernel.sets, 0, nullptr};
  if (!result)
    result = api.CreatePipelineLayout(device.handle, &layout, nullptr, &kernel.layout);
  const auto *words = static_cast<const uint8_t *>(code.data) + code.kernels[index].entry + sizeof(header);
  VkShaderModuleCreateInfo shader = {VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, nullptr, 0,
                                     header.words * sizeof(uint32_t), reinterpret_cast<const uint32_t *>(words)};
  VkShaderModule module = VK_NULL_HANDLE;
  if (!result)
    result = api.CreateShaderModule(device.handle, &shader, nullptr, &module);
  VkComputePipelineCreateInfo pipeline = {};
  pipeline.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
  pipeline.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
  pipeline.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  pipeline.stage.module = module;
  pipeline.stage.pName = kEntry;
  pipeline.layout = kernel.layout;
  if (!result)
    result = api.CreateComputePipelines(device.handle, VK_NULL_HANDLE, 1, &pipeline, nullptr, &kernel.pipeline);
  if (module)
    api.DestroyShaderModule(device.handle, module, nullptr);
  return result ? failure(report, result, name) : SINTER_OK;
}

/// The constants that kernels use lie in the device's memory from now on.
sinter_code Executable::upload(const sinter_code_image &code, Report &report) {
  for (; constantCount < code.constant_count; ++constantCount) {
    if (!code.constants_used[constantCount])
      continue;
    const sinter_memory &source = code.constants[constantCount];
    Buffer &buffer = constants[constantCount];
    if (sinter_code result = device.createBuffer(source.size, /*forHost=*/false, &buffer, report))
      return result;
    if (sinter_code result = write(buffer, 0, source.host, source.size, report)) {
      ++constantCount; // It goes too.
      return result;
    }
  }
  return SINTER_OK;
}

sinter_code Executable::createMemory(const char *name, uint64_t bytes, Buffer *buffer, void **host,
                                     Report &report) const {
  bool staging = !strcmp(name, kStagingMemory);
  uint64_t largest = device.abilities.properties.limits.maxStorageBufferRange;
  if (!staging && strcmp(name, kDeviceMemory))
    return report.fail(SINTER_E_UNSUPPORTED, "a Vulkan device has no memory '%'", name);
  if (!staging && bytes > largest)
    return report.limit(int64_t(largest), int64_t(bytes))
        .fail(SINTER_E_LIMIT, "% bytes of memory at once, the device binds at most %", bytes, largest);
  if (sinter_code code = device.createBuffer(bytes, /*forHost=*/staging, buffer, report))
    return code;
  *host = staging ? buffer->host : nullptr;
  return SINTER_OK;
}

sinter_code Executable::write(const Buffer &buffer, uint64_t offset, const void *data, uint64_t bytes, Report &report) {
  if (!buffer.host)
    return transfer.write(buffer, offset, data, bytes, report);
  uint8_t *target = static_cast<uint8_t *>(buffer.host) + offset;
  if (data)
    memcpy(target, data, size_t(bytes));
  else
    memset(target, 0, size_t(bytes));
  return SINTER_OK;
}

sinter_code Executable::read(const Buffer &buffer, uint64_t offset, void *data, uint64_t bytes, Report &report) {
  if (!buffer.host)
    return transfer.read(buffer, offset, data, bytes, report);
  memcpy(data, static_cast<const uint8_t *>(buffer.host) + offset, size_t(bytes));
  return SINTER_OK;
}

Executable::~Executable() {
  if (device.handle && device.api.DeviceWaitIdle)
    device.api.DeviceWaitIdle(device.handle); // A copy whose end could not be waited for may still run.
  for (uint32_t i = 0; i < kernelCount; ++i) {
    const Kernel &kernel = kernels[i];
    if (kernel.pipeline)
      device.api.DestroyPipeline(device.handle, kernel.pipeline, nullptr);
    if (kernel.layout)
      device.api.DestroyPipelineLayout(device.handle, kernel.layout, nullptr);
    if (kernel.sets)
      device.api.DestroyDescriptorSetLayout(device.handle, kernel.sets, nullptr);
  }
  for (uint32_t i = 0; i < constantCount; ++i)
    device.destroyBuffer(constants[i]);
}
