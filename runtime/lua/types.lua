---@meta
-- SPDX-License-Identifier: MIT
-- Signatures of the modules that the runtime itself gives: clock, random, env, fs, bundle. (task, process,
-- errors and spec are Lua and carry their own annotations.)

---@class clock the world's clocks (virtual in a simulated run)
local clock = {}
---@return number seconds since an arbitrary origin, never going back
function clock.monotonic() end
---@return number seconds since 1970-01-01T00:00:00Z
function clock.wall() end
---@param wall? number seconds since 1970; default now
---@return string time as "2026-01-31T23:59:59Z"
function clock.iso8601(wall) end
---@param text string "2026-01-31T23:59:59Z" or "2026-01-31T23:59Z"
---@return integer? seconds since 1970, nil when the text is no such time
function clock.parse_iso8601(text) end
---@return boolean
function clock.is_simulated() end

---@class random randomness of the world: the kernel's, or seeded in a simulated run
local random = {}
---@param count integer 0 to 65536
---@return string bytes
function random.bytes(count) end
---@param count integer bytes; the text has twice as many digits
---@return string
function random.hex(count) end
---@return number value in [0, 1)
function random.uniform() end
---@param low integer
---@param high integer both ends included
---@return integer
function random.integer(low, high) end

---@class env environment variables without secrets
local env = {}
---@param name string
---@return string? value nil when unset, and always nil for names with SECRET, TOKEN, PASSWORD in them
function env.get(name) end
---@param name string
---@return boolean
function env.is_secret(name) end
---@return string[] names that are set, in no order
function env.names() end

---@class fs files; every failure raises kind "input", code "FileError" with path and reason
local fs = {}
---@param path string
---@return string text
function fs.read(path) end
---@param path string
---@param data string
---@param mode? integer permission bits, default 0600
function fs.write_atomic(path, data, mode) end
---@param path string folder, made with its parents
---@param mode? integer default 0700
function fs.mkdir(path, mode) end
---@param path string
---@return {type: "file"|"directory"|"other", size: integer, mode: integer, uid: integer, mtime: number}?
function fs.stat(path) end
---@param path string
---@return string[] names in no order
function fs.list(path) end
---@param path string file or empty folder; a missing one is fine
function fs.remove(path) end
---@return string path of a new folder with mode 0700
function fs.temp_dir() end
--- Takes a lock among processes; the file is made when it is missing and stays.
---@param path string
---@return {close: fun(self)}? lock nil while another holds it; let go by :close(), a <close> variable or death
function fs.lock(path) end
---@param path string
---@return string? absolute path without links
function fs.realpath(path) end
---@param descriptor integer 0, 1 or 2
---@return boolean
function fs.is_terminal(descriptor) end

---@class bundle the Lua files that are embedded in the binary, by module name ("stages.route")
---@field version string of this program
local bundle = {}
--- Compiles an embedded file (text only). Raises its syntax error.
---@param name string
---@return function? chunk nil: there is no such file
---@return string? path in the source tree
function bundle.load(name) end
---@param name string
---@return string? path in the source tree; nil: there is no such file
function bundle.path(name) end
---@param name string
---@return string? text nil: there is no such file
---@return string? path in the source tree
function bundle.source(name) end
---@return string[] names of all embedded files
function bundle.names() end

return { clock = clock, random = random, env = env, fs = fs, bundle = bundle }
