# Writes OUTPUT, the C++ file that knows which sources this program was built from. Run at each build:
# cmake -DSOURCE=... -DVERSION=... -DOUTPUT=... -P version.cmake
#
# In a clone git describes the sources. A source package has a file SOURCE-VERSION in its place, which
# scripts/package has written. Sources that have neither are told by their number alone.
set(sources "")
if(EXISTS ${SOURCE}/SOURCE-VERSION)
  file(STRINGS ${SOURCE}/SOURCE-VERSION sources LIMIT_COUNT 1)
elseif(EXISTS ${SOURCE}/.git)
  find_program(GIT git)
  if(GIT)
    execute_process(COMMAND ${GIT} -C ${SOURCE} describe --always --tags --dirty
      OUTPUT_VARIABLE sources ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  endif()
endif()
set(text "${VERSION}")
if(sources)
  string(APPEND text " (${sources})")
endif()
set(before "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
set(after "#include \"sim/version.hpp\"\n
namespace cpuhp {\nconst char* version() { return \"${text}\"; }\n}  // namespace cpuhp\n")
if(NOT before STREQUAL after) # an unchanged file is not compiled again
  file(WRITE ${OUTPUT} "${after}")
endif()
