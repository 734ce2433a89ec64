-- SPDX-License-Identifier: MIT
-- peerway completion SHELL: a completion script, made from the commands' own flag lists.

local errors = require "errors"
local flags = require "commands.flags"

-- {verb -> {"--flag", ...}} of every command.
local function words()
  local by_verb = {}
  for _, verb in ipairs(require("commands.help").verbs()) do
    local list = {}
    for _, flag in ipairs(flags.join(require("commands." .. verb).flags or {}, flags.common)) do
      list[#list + 1] = "--" .. flag[1]
    end
    by_verb[#by_verb + 1] = { verb = verb, flags = list, summary = require("commands." .. verb).summary }
  end
  return by_verb
end

local function verb_names(list)
  local names = {}
  for i, entry in ipairs(list) do names[i] = entry.verb end
  return table.concat(names, " ")
end

local shells = {}

function shells.bash(list)
  local cases = {}
  for _, entry in ipairs(list) do
    cases[#cases + 1] = ("        %s) words=\"%s\" ;;"):format(entry.verb, table.concat(entry.flags, " "))
  end
  return ([==[
# bash completion of peerway: source it, or put it into bash-completion's folder.
_peerway() {
    local current=${COMP_WORDS[COMP_CWORD]} words=""
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "%s" -- "$current"))
        return
    fi
    if [[ $current == -* ]]; then
        case ${COMP_WORDS[1]} in
%s
        esac
        COMPREPLY=($(compgen -W "$words" -- "$current"))
    fi
}
complete -o default -F _peerway peerway
]==]):format(verb_names(list), table.concat(cases, "\n"))
end

function shells.zsh(list)
  local verbs, cases = {}, {}
  for _, entry in ipairs(list) do
    verbs[#verbs + 1] = ("        '%s:%s'"):format(entry.verb, entry.summary:gsub("'", ""):gsub(":", "\\:"))
    cases[#cases + 1] = ("        %s) compadd -- %s ;;"):format(entry.verb, table.concat(entry.flags, " "))
  end
  return ([==[
#compdef peerway
# zsh completion of peerway.
_peerway() {
    local -a verbs=(
%s
    )
    if (( CURRENT == 2 )); then
        _describe command verbs
    elif [[ $words[CURRENT] == -* ]]; then
        case $words[2] in
%s
        esac
    else
        _files
    fi
}
_peerway "$@"
]==]):format(table.concat(verbs, "\n"), table.concat(cases, "\n"))
end

function shells.fish(list)
  local lines = { "# fish completion of peerway." }
  for _, entry in ipairs(list) do
    lines[#lines + 1] = ("complete -c peerway -n __fish_use_subcommand -a %s -d '%s'"):format(
      entry.verb, (entry.summary:gsub("'", "")))
    for _, flag in ipairs(entry.flags) do
      lines[#lines + 1] = ("complete -c peerway -n '__fish_seen_subcommand_from %s' -l %s"):format(
        entry.verb, flag:sub(3))
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

return flags.command {
  name = "completion",
  summary = "print a completion script for bash, zsh or fish",
  usage = "peerway completion bash|zsh|fish",
  examples = { "source <(peerway completion bash)" },
  positional = { 1, 1 },
  action = function(_, positional)
    local make = shells[positional[1]]
    if not make then
      errors.raise { kind = "usage", code = "UnknownShell", message = ("no completion for '%s'"):format(positional[1]),
        hint = "one of bash, zsh, fish" }
    end
    io.stdout:write(make(words()))
    return 0
  end,
}
