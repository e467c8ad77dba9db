# cmake -DLIBRARY=libsinter_rt.a -DCOMPILER=c++ -DNM=nm -DWORK=folder -P CheckExports.cmake
# Links the whole archive into a shared library and checks that it exports sinter_… and nothing else.
file(MAKE_DIRECTORY "${WORK}")
execute_process(
  COMMAND "${COMPILER}" -shared -nostdlib -Wl,--whole-archive "${LIBRARY}" -Wl,--no-whole-archive -o "${WORK}/all.so"
  RESULT_VARIABLE failed ERROR_VARIABLE errors)
if(failed)
  message(FATAL_ERROR "cannot link ${LIBRARY}:\n${errors}")
endif()
execute_process(COMMAND "${NM}" -D --defined-only "${WORK}/all.so" OUTPUT_VARIABLE table)
string(REGEX MATCHALL "[^ \n]+\n" symbols "${table}")
list(LENGTH symbols count)
foreach(symbol IN LISTS symbols)
  string(STRIP "${symbol}" symbol)
  if(NOT symbol MATCHES "^sinter_")
    message(FATAL_ERROR "${LIBRARY} exports ${symbol}")
  endif()
endforeach()
if(count LESS 25)
  message(FATAL_ERROR "only ${count} symbols are exported: the check sees the wrong library")
endif()
message(STATUS "${count} symbols are exported, all of them sinter_…")
