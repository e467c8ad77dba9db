# Options that hold for every part: language, warnings, sanitizers, ccache, and the helpers that find folders.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)

set(SINTER_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")

add_compile_options(-fno-exceptions -Wall -Wextra -Werror -Wno-unused-parameter)
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>)
if(SINTER_SANITIZE)
  add_compile_options(-fsanitize=${SINTER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SINTER_SANITIZE})
  # Debian's LLVM is built without RTTI checks in mind for ubsan's vptr, and without exceptions.
  if(SINTER_SANITIZE MATCHES undefined)
    add_compile_options(-fno-sanitize=vptr,function)
  endif()
endif()

find_program(SINTER_CCACHE ccache)
if(SINTER_CCACHE)
  # Paths are rewritten relative to the source folder, and the precompiled header is told apart by its content, not its
  # time. Only builds in the same folder share what uses that header: its content and name hold the folder's path.
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=5G
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${SINTER_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endif()

# Adds every direct sub-folder of `parent` that has a CMakeLists.txt, in order of name.
function(sinter_add_folders parent)
  file(GLOB lists CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/${parent}" "${PROJECT_SOURCE_DIR}/${parent}/*/CMakeLists.txt")
  list(SORT lists)
  foreach(list IN LISTS lists)
    get_filename_component(folder "${list}" DIRECTORY)
    add_subdirectory("${PROJECT_SOURCE_DIR}/${parent}/${folder}" "${PROJECT_BINARY_DIR}/${parent}/${folder}")
  endforeach()
endfunction()

# Adds the `compiler` or the `driver` half of every target: targets/<t>/<half> and targets/<kind>/<t>/<half>.
function(sinter_add_targets half)
  file(GLOB lists CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}"
    "${PROJECT_SOURCE_DIR}/targets/*/${half}/CMakeLists.txt" "${PROJECT_SOURCE_DIR}/targets/*/*/${half}/CMakeLists.txt")
  list(SORT lists)
  foreach(list IN LISTS lists)
    get_filename_component(folder "${list}" DIRECTORY)
    add_subdirectory("${PROJECT_SOURCE_DIR}/${folder}" "${PROJECT_BINARY_DIR}/${folder}")
  endforeach()
endfunction()
