# A copy of lua-cjson's static library that makes its values through modules/json/json_build.h: three functions of
# the Lua API are called by our names there. Everything else of it stays as Debian built it.
set(CJSON_BUILDING ${CMAKE_BINARY_DIR}/generated/liblua-cjson-building.a)
add_custom_command(
  OUTPUT ${CJSON_BUILDING}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/generated
  COMMAND ${CMAKE_OBJCOPY}
          --redefine-sym lua_createtable=json_build_table
          --redefine-sym lua_pushnumber=json_build_number
          --redefine-sym lua_rawset=json_build_field
          ${CJSON_STATIC} ${CJSON_BUILDING}
  DEPENDS ${CJSON_STATIC}
  COMMENT "Preparing lua-cjson"
  VERBATIM)
add_custom_target(cjson_building DEPENDS ${CJSON_BUILDING})
