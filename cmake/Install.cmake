# cmake --install: binary, man page, completions, editor stubs, scripts.
include(GNUInstallDirs)
install(TARGETS peerway RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

set(made ${CMAKE_BINARY_DIR}/share)
add_custom_command(
  OUTPUT ${made}/peerway.1 ${made}/peerway.bash ${made}/_peerway ${made}/peerway.fish
  COMMAND ${CMAKE_COMMAND} -E make_directory ${made}
  COMMAND peerway man > ${made}/peerway.1
  COMMAND peerway completion bash > ${made}/peerway.bash
  COMMAND peerway completion zsh > ${made}/_peerway
  COMMAND peerway completion fish > ${made}/peerway.fish
  DEPENDS peerway WORKING_DIRECTORY ${CMAKE_BINARY_DIR} VERBATIM COMMENT "Writing man page and completions")
if(NOT PEERWAY_SANITIZE AND NOT PEERWAY_FUZZ)
  add_custom_target(peerway_share ALL DEPENDS ${made}/peerway.1)
  install(FILES ${made}/peerway.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${made}/peerway.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME peerway)
  install(FILES ${made}/_peerway DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${made}/peerway.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

# Editor stubs: point "workspace.library" of a Lua language server at share/peerway/types.
file(GLOB stubs RELATIVE ${CMAKE_SOURCE_DIR}/modules ${CMAKE_SOURCE_DIR}/modules/*/types.lua)
foreach(stub IN LISTS stubs)
  get_filename_component(module ${stub} DIRECTORY)
  install(FILES ${CMAKE_SOURCE_DIR}/modules/${stub} DESTINATION ${CMAKE_INSTALL_DATADIR}/peerway/types
          RENAME ${module}.lua)
endforeach()
install(FILES ${CMAKE_SOURCE_DIR}/runtime/lua/types.lua DESTINATION ${CMAKE_INSTALL_DATADIR}/peerway/types
        RENAME runtime.lua)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/scripts DESTINATION ${CMAKE_INSTALL_DATADIR}/peerway)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/examples DESTINATION ${CMAKE_INSTALL_DATADIR}/peerway)
