-- SPDX-License-Identifier: MIT
-- store.schema: the tables of the ledger. `version` counts up; `upgrades[n]` leads from n-1 to n.
local M = { version = 1 }

M.upgrades = { [1] = [[
create table meta (name text primary key, value text not null) without rowid;
create table runs (
  id integer primary key, topology text not null, command text not null, digest text, started real not null,
  finished real, outcome text, summary text);
create table intents (
  id integer primary key, run integer not null, topology text not null, key text not null, action text not null,
  digest text not null, token text, generation integer not null, account text, request text, started real not null,
  state text not null default 'open', result text, finished real);
create index intents_open on intents (topology, state, key);
create table resources (
  topology text not null, key text not null, kind text not null, id text, owner text not null, account text,
  region text, spec text, result text, updated real not null, primary key (topology, key)) without rowid;
create table generations (topology text not null, key text not null, generation integer not null,
  primary key (topology, key)) without rowid;
create table facts (topology text not null, name text not null, value text not null, updated real not null,
  primary key (topology, name)) without rowid;
create table locks (name text primary key, host text, pid integer, start integer, command text, since real,
  heartbeat real) without rowid;
]] }

return M
