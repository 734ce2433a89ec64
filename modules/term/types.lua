---@meta
-- SPDX-License-Identifier: MIT
-- types.lua: signatures of module `term`: how texts meet terminals.

---@alias term.stream "stdout"|"stderr"

---@class term
local term = {}

---@param stream "stdin"|"stdout"|"stderr"
---@return boolean
function term.is_terminal(stream) end

--- Whether a stream gets colour: NO_COLOR and TERM=dumb say no, CLICOLOR_FORCE and FORCE_COLOR yes, else a
--- terminal decides.
---@param stream term.stream
---@return boolean
function term.has_color(stream) end

--- Columns of a stream: the terminal's, COLUMNS, or 100.
---@param stream term.stream
---@return integer
function term.columns(stream) end

--- A function that dresses text ("bold", "dim", "red", "green", "yellow", "blue", "cyan"), or leaves it.
---@param stream term.stream
---@return fun(style: string, text: string): string
function term.painter(stream) end

--- Characters of a text as they are seen, without colour sequences.
---@param text string
---@return integer
function term.length(text) end

--- Lays rows out in columns; two blanks between, each as wide as its widest cell.
---@param rows string[][]
---@param options? { indent: string? }
---@return string[] lines
function term.table(rows, options) end

--- Progress lines on stderr: rewritten on a terminal, one line a change elsewhere.
---@param options? { live: boolean? }
---@return term.LiveLines
function term.progress(options) end

--- Asks on the terminal; nil when stdin is none.
---@param question string
---@return string? answer
function term.ask(question) end

---@class term.LiveLines
local live = {}
--- Sets the live line of a key.
---@param key any
---@param text string
function live:set(key, text) end
--- Ends the live line of a key and prints `text` above those that go on.
---@param key any
---@param text string
function live:done(key, text) end
--- Prints a line above the live ones.
---@param text string
function live:say(text) end

return term
