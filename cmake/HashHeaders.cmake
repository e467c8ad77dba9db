# cmake -DOUTPUT=FILE -DHEADERS=LIST -P HashHeaders.cmake: a header with the SHA-256 of all of them, in order.
set(all "")
foreach(header IN LISTS HEADERS)
  file(SHA256 "${header}" hash)
  string(APPEND all "${hash}")
endforeach()
string(SHA256 total "${all}")
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT
"// Generated: identifies the headers that a plug-in was built with.
#define SINTER_HEADER_HASH \"${total}\"
")
