# Every dependency is a Debian 12 package; a missing one is named by its package.
find_package(PkgConfig)
if(NOT PKG_CONFIG_FOUND)
  message(FATAL_ERROR "pkg-config is missing: apt-get install pkg-config")
endif()

# peerway_need(PREFIX pkg-config-module debian-package)
function(peerway_need prefix module package)
  pkg_check_modules(${prefix} QUIET IMPORTED_TARGET ${module})
  if(NOT ${prefix}_FOUND)
    message(FATAL_ERROR "${module} is missing: apt-get install ${package}")
  endif()
endfunction()

peerway_need(LUA lua5.4 liblua5.4-dev)
peerway_need(CURL libcurl libcurl4-openssl-dev)
peerway_need(OPENSSL openssl libssl-dev)
peerway_need(CJSON lua5.4-cjson lua-cjson-dev)
peerway_need(CARES libcares libc-ares-dev)
peerway_need(SQLITE sqlite3 libsqlite3-dev)
peerway_need(MICROHTTPD libmicrohttpd libmicrohttpd-dev)

# Lua and cjson are linked statically: they are small, and used at every start.
find_library(LUA_STATIC NAMES liblua5.4.a REQUIRED)
find_library(CJSON_STATIC NAMES liblua5.4-cjson.a REQUIRED)
