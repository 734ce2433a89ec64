# Warnings, sanitizers and hardening, the same for every target.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(PEERWAY_COVERAGE "Instrument for gcov" OFF)
option(PEERWAY_FUZZ "Build the libFuzzer targets (clang)" OFF)
set(PEERWAY_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

add_compile_definitions(_GNU_SOURCE PEERWAY_VERSION="${PROJECT_VERSION}")
add_compile_options(-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wno-unused-parameter
                    -fvisibility=hidden -fstack-protector-strong)
add_link_options(-Wl,-z,relro,-z,now -Wl,--as-needed)

if(PEERWAY_SANITIZE)
  add_compile_options(-fsanitize=${PEERWAY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PEERWAY_SANITIZE})
endif()
if(PEERWAY_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link) # coverage of the library, not only of the targets
endif()
if(PEERWAY_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_definitions(_FORTIFY_SOURCE=2)
  add_link_options(-s)
endif()
