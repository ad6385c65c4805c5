# cmake --install: what goes where. The program finds the rest by its own place, so that a tree may be
# installed with any --prefix, or moved; the folders of this configuration are the second choice.
set(module_folder ${CMAKE_INSTALL_LIBDIR}/cpuhp-sim)
set(data_folder ${CMAKE_INSTALL_DATADIR}/cpuhp-sim)
file(RELATIVE_PATH to_module /prefix/${CMAKE_INSTALL_BINDIR} /prefix/${module_folder})
file(RELATIVE_PATH to_data /prefix/${CMAKE_INSTALL_BINDIR} /prefix/${data_folder})

file(RELATIVE_PATH from_library_to_data /prefix/${CMAKE_INSTALL_LIBDIR} /prefix/${data_folder})
target_compile_definitions(cpuhp PRIVATE CPUHP_TO_DATA="${from_library_to_data}"
  CPUHP_DATA="${CMAKE_INSTALL_FULL_DATADIR}/cpuhp-sim")

set_target_properties(cpuhp-sim PROPERTIES
  INSTALL_RPATH "$ORIGIN/${to_module};${CMAKE_INSTALL_FULL_LIBDIR}/cpuhp-sim")
target_compile_definitions(cpuhp-sim PRIVATE CPUHP_TO_DATA="${to_data}"
  CPUHP_DATA="${CMAKE_INSTALL_FULL_DATADIR}/cpuhp-sim")

# Manual pages and completion: the program has their texts, and writes them whenever it is linked.
set(pages ${CMAKE_BINARY_DIR}/pages)
add_custom_command(TARGET cpuhp-sim POST_BUILD VERBATIM COMMAND cpuhp-sim help --pages ${pages})
install(DIRECTORY ${pages}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${pages}/cpuhp-sim.bash RENAME cpuhp-sim
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${pages}/_cpuhp-sim DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)

install(TARGETS cpuhp-sim RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS cpuhp_simgrid LIBRARY DESTINATION ${module_folder})
install(DIRECTORY scenarios DESTINATION ${data_folder})
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN site.css EXCLUDE)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR} USE_SOURCE_PERMISSIONS)

# The library, and what find_package(cpuhp) reads.
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/cpuhp)
install(TARGETS cpuhp EXPORT cpuhp LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/cpuhp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT cpuhp NAMESPACE cpuhp:: FILE cpuhpConfig.cmake DESTINATION ${package_folder})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/cpuhpConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/cpuhpConfigVersion.cmake DESTINATION ${package_folder})
