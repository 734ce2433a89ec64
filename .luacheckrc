std = "lua54"
max_line_length = 120
exclude_files = { "build", "**/types.lua", "tests/interop/node_modules" }
files["tests/spec"] = { ignore = { "212", "431" } }
