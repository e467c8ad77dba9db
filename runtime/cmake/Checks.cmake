# Checks of the loader's library: its text size at -Os, what it exports, that the core needs no operating system.

# The core at -Os, whatever the build's own optimisation, as one object: shared inline code counts once.
function(sinter_check_size name limit)
  add_library(${name}_small OBJECT ${ARGN})
  add_dependencies(${name}_small SinterRuntimeSchema)
  target_link_libraries(${name}_small PRIVATE SinterRuntimeFlags)
  target_include_directories(${name}_small PRIVATE "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../..")
  target_compile_options(${name}_small PRIVATE -Os -DNDEBUG -fno-asynchronous-unwind-tables)
  set(object "${CMAKE_CURRENT_BINARY_DIR}/${name}_small.o")
  add_custom_command(OUTPUT "${object}"
    COMMAND "${CMAKE_LINKER}" -r -o "${object}" $<TARGET_OBJECTS:${name}_small>
    COMMAND "${CMAKE_COMMAND}" -DNAME=${name} -DOBJECT=${object} -DLIMIT=${limit} -DSIZE_TOOL=${SINTER_SIZE}
      -P "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/CheckSize.cmake"
    DEPENDS ${name}_small $<TARGET_OBJECTS:${name}_small> "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/CheckSize.cmake"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(${name}_size ALL DEPENDS "${object}")
endfunction()

find_program(SINTER_SIZE NAMES size llvm-size llvm-size-22)

# Sanitizers and other processors' encodings say nothing about the size.
if(SINTER_SIZE AND NOT SINTER_SANITIZE AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(SINTER_CHECKS_SIZE ON)
endif()

if(SINTER_CHECKS_SIZE)
  sinter_check_size(sinter_rt 65536 ${SINTER_RT_CORE_SOURCES} ${SINTER_RT_OS_SOURCES})
endif()

if(SINTER_BUILD_TESTS AND NOT SINTER_SANITIZE)
  set(scripts "${CMAKE_CURRENT_LIST_DIR}")
  add_test(NAME runtime-exports COMMAND "${CMAKE_COMMAND}" -DLIBRARY=$<TARGET_FILE:sinter_rt>
    -DCOMPILER=${CMAKE_CXX_COMPILER} -DNM=${CMAKE_NM} -DWORK=${CMAKE_CURRENT_BINARY_DIR}/exports
    -P "${scripts}/CheckExports.cmake")

  find_program(SINTER_LLD NAMES ld.lld-22 ld.lld)
  find_program(SINTER_LLVM_NM NAMES llvm-nm-22 llvm-nm)
  find_path(SINTER_FLATBUFFERS_INCLUDE flatbuffers/flatbuffers.h)
  find_path(SINTER_ARM_INCLUDE bits/libc-header-start.h PATHS /usr/arm-linux-gnueabihf/include NO_DEFAULT_PATH)
  if(CMAKE_CXX_COMPILER_ID STREQUAL Clang AND SINTER_LLD AND SINTER_LLVM_NM AND SINTER_ARM_INCLUDE)
    list(JOIN SINTER_RT_CORE_SOURCES "," sources)
    add_test(NAME runtime-freestanding COMMAND "${CMAKE_COMMAND}" -DCOMPILER=${CMAKE_CXX_COMPILER}
      -DLINKER=${SINTER_LLD} -DNM=${SINTER_LLVM_NM} -DARM_INCLUDE=${SINTER_ARM_INCLUDE}
      -DSOURCES=${sources} -DSOURCE_DIR=${CMAKE_CURRENT_SOURCE_DIR} -DGENERATED=${generated}
      -DFLATBUFFERS=${SINTER_FLATBUFFERS_INCLUDE} -DWORK=${CMAKE_CURRENT_BINARY_DIR}/freestanding
      -P "${scripts}/CheckFreestanding.cmake")
  else()
    message(STATUS "Not checked: the freestanding core (needs clang, lld and libstdc++-12-dev-armhf-cross)")
  endif()
endif()
