# npm ci in the build folder, with one clear message when the registry cannot be reached.
file(MAKE_DIRECTORY ${TO})
configure_file(${FROM}/package.json ${TO}/package.json COPYONLY)
configure_file(${FROM}/package-lock.json ${TO}/package-lock.json COPYONLY)
execute_process(
  COMMAND ${NPM} ci --ignore-scripts --prefer-offline --no-audit --no-fund --no-progress --loglevel=error
  WORKING_DIRECTORY ${TO} RESULT_VARIABLE failed OUTPUT_QUIET ERROR_VARIABLE why)
if(failed)
  message(FATAL_ERROR "${why}\nnpm could not fetch what the page of --report is made with (its message is "
    "above). With the network back, build again; cmake -DCPUHP_REPORT=OFF builds without --report.")
endif()
file(TOUCH ${STAMP})
