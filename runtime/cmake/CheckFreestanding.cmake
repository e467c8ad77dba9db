# cmake -DCOMPILER=clang++ -DLINKER=ld.lld -DNM=llvm-nm -DSOURCES=a.cpp,b.cpp -DSOURCE_DIR=… -DGENERATED=…
#   -DFLATBUFFERS=… -DARM_INCLUDE=… -DWORK=… -P CheckFreestanding.cmake
# Compiles the loader's core, everything but os/, for armv7-m without an operating system and checks that nothing but
# mem* and the compiler's own 64-bit arithmetic helpers is undefined. The C++ library's headers come from an Arm Linux
# cross package; nothing of that library is linked, which is what is being shown.
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}/include")
# Only FlatBuffers' headers: the folder around them holds the host's C library.
file(CREATE_LINK "${FLATBUFFERS}/flatbuffers" "${WORK}/include/flatbuffers" SYMBOLIC)
file(GLOB library "${ARM_INCLUDE}/c++/*")
string(REPLACE "," ";" sources "${SOURCES}")
set(objects "")
foreach(source IN LISTS sources)
  string(MAKE_C_IDENTIFIER "${source}" name)
  set(object "${WORK}/${name}.o")
  # __ARM_PCS_VFP only selects which of the cross package's headers exist.
  execute_process(
    COMMAND "${COMPILER}" --target=armv7m-none-eabi -mcpu=cortex-m3 -std=c++17 -Os -ffreestanding -DSINTER_FREESTANDING
      -D__ARM_PCS_VFP -Wall -Wextra -Werror -Wno-unused-parameter -fno-exceptions -fno-rtti -fno-threadsafe-statics
      -fvisibility=hidden -fvisibility-inlines-hidden -nostdinc++ -isystem ${library}
      -isystem ${library}/arm-linux-gnueabihf -isystem ${ARM_INCLUDE}
      -I${SOURCE_DIR} -I${SOURCE_DIR}/include -I${GENERATED} -isystem ${WORK}/include
      -c "${SOURCE_DIR}/${source}" -o "${object}"
    RESULT_VARIABLE failed ERROR_VARIABLE errors)
  if(failed)
    message(FATAL_ERROR "${source} does not compile for armv7-m:\n${errors}")
  endif()
  list(APPEND objects "${object}")
endforeach()
execute_process(COMMAND "${LINKER}" -r ${objects} -o "${WORK}/core.o" RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "the core does not link for armv7-m")
endif()
execute_process(COMMAND "${NM}" -u "${WORK}/core.o" OUTPUT_VARIABLE undefined RESULT_VARIABLE failed)
string(REGEX REPLACE "[ \t]*U " "" undefined "${undefined}")
string(REPLACE "\n" ";" undefined "${undefined}")
set(seen "")
foreach(symbol IN LISTS undefined)
  if(NOT symbol MATCHES "^((__aeabi_)?mem[a-z]+[48]?|__aeabi_u?[il](div|divmod|mul|cmp)|__aeabi_l(lsl|lsr|asr))?$")
    message(FATAL_ERROR "the freestanding core needs ${symbol}")
  endif()
  if(symbol STREQUAL memcpy)
    set(seen 1)
  endif()
endforeach()
if(failed OR NOT seen)
  message(FATAL_ERROR "the check sees no symbols")
endif()
list(JOIN undefined " " undefined)
message(STATUS "freestanding: the core compiles for armv7-m; undefined: ${undefined}")
