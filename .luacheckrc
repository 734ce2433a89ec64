std = "lua54"
max_line_length = 120
self = false
exclude_files = { "build", "**/types.lua", "tests/interop/node_modules" }
files["tests/spec"] = { ignore = { "212", "431" } }
-- It is the one file that replaces parts of the standard library.
files["runtime/lua/bootstrap.lua"] = { ignore = { "122", "142" } }
