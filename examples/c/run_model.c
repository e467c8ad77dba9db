// Runs a package's first entry point once, every input filled with ones, and prints the beginning of each output.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <sinter.h>

#include <stdio.h>
#include <stdlib.h>

static int fail(const char *what, const sinter_error *error) {
  fprintf(stderr, "run_model: %s: %s (%s)\n", what, error->text, sinter_code_name(error->code));
  return 1;
}

// The whole file in memory; the loader uses constants where they lie.
static void *readFile(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file)
    return NULL;
  fseek(file, 0, SEEK_END);
  long length = ftell(file);
  rewind(file);
  void *data = length > 0 ? aligned_alloc(64, ((size_t)length + 63) / 64 * 64) : NULL;
  if (data && fread(data, 1, (size_t)length, file) != (size_t)length) {
    free(data);
    data = NULL;
  }
  fclose(file);
  *size = (size_t)length;
  return data;
}

// A buffer for one value, aligned so that it is used in place. State is kept by the loader and needs none.
static void *bindBuffer(sinter_context *context, const sinter_package *package, sinter_direction direction,
                        uint32_t index, sinter_value_info *info, sinter_error *error) {
  info->size = sizeof(*info);
  if (sinter_value_get_info(package, 0, direction, index, info, error) || info->state >= 0)
    return NULL;
  void *buffer = aligned_alloc(info->alignment, (info->bytes / info->alignment + 1) * info->alignment);
  if (buffer && info->type == SINTER_F32)
    for (uint64_t i = 0; i < info->bytes / sizeof(float); ++i)
      ((float *)buffer)[i] = 1;
  if (buffer && sinter_bind(context, 0, direction, index, buffer, info->bytes, error)) {
    free(buffer);
    buffer = NULL;
  }
  return buffer;
}

static void printValue(const sinter_value_info *info, const void *data) {
  printf("%s: %s", info->name, sinter_type_name(info->type));
  uint64_t count = info->bytes / sizeof(float);
  for (uint64_t i = 0; info->type == SINTER_F32 && i < count && i < 8; ++i)
    printf(" %g", ((const float *)data)[i]);
  printf("\n");
}

static int runContext(const sinter_package *package, sinter_context *context, sinter_error *error) {
  sinter_entry_info entry = {.size = sizeof(entry)};
  if (sinter_entry_get_info(package, 0, &entry, error))
    return fail("entry point", error);
  uint32_t count = entry.input_count + entry.output_count;
  sinter_value_info *infos = calloc(count + 1, sizeof(*infos));
  void **buffers = calloc(count + 1, sizeof(*buffers));
  for (uint32_t i = 0; i < count; ++i) {
    sinter_direction direction = i < entry.input_count ? SINTER_INPUT : SINTER_OUTPUT;
    uint32_t index = i < entry.input_count ? i : i - entry.input_count;
    buffers[i] = bindBuffer(context, package, direction, index, &infos[i], error);
  }
  int result = 0;
  if (sinter_run(context, 0, NULL, error))
    result = fail("run", error);
  for (uint32_t i = entry.input_count; !result && i < count; ++i)
    if (buffers[i])
      printValue(&infos[i], buffers[i]);
  for (uint32_t i = 0; i < count; ++i)
    free(buffers[i]);
  free(buffers);
  free(infos);
  return result;
}

static int runPackage(const sinter_package *package, sinter_error *error) {
  sinter_context_options options = {.size = sizeof(options), .threads = 1};
  sinter_context_requirements needs = {.size = sizeof(needs)};
  if (sinter_context_get_requirements(package, &options, &needs, error))
    return fail("this machine cannot run the package", error);
  printf("memory: %llu bytes\n", (unsigned long long)needs.memory_bytes);
  void *block = aligned_alloc(needs.alignment, (needs.bytes / needs.alignment + 1) * needs.alignment);
  sinter_context *context = NULL;
  if (sinter_context_create(package, &options, block, needs.bytes, &context, error)) {
    free(block);
    return fail("context", error);
  }
  int result = runContext(package, context, error);
  sinter_context_destroy(context);
  free(block);
  return result;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: run_model MODEL.sinter\n");
    return 2;
  }
  sinter_error error = {.size = sizeof(error)};
  size_t size = 0;
  void *file = readFile(argv[1], &size);
  if (!file) {
    fprintf(stderr, "run_model: cannot read %s\n", argv[1]);
    return 1;
  }
  const sinter_driver_entry drivers[] = {sinter_cpu_driver, sinter_null_driver};
  sinter_load_options options = {.size = sizeof(options), .drivers = drivers, .driver_count = 2};
  sinter_source source = {.size = sizeof(source), .kind = SINTER_SOURCE_MEMORY, .data = file, .length = size};
  sinter_requirements needs = {.size = sizeof(needs)};
  int result = 1;
  if (sinter_package_requirements(&source, &options, &needs, &error)) {
    fail(argv[1], &error);
  } else {
    void *block = aligned_alloc(needs.alignment, (needs.bytes / needs.alignment + 1) * needs.alignment);
    sinter_package *package = NULL;
    if (sinter_package_open(&source, &options, block, needs.bytes, &package, &error))
      fail(argv[1], &error);
    else
      result = runPackage(package, &error);
    sinter_package_close(package);
    free(block);
  }
  free(file);
  return result;
}
