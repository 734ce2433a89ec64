#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: data_plane_bench.sh BUILD_FOLDER: how long the sandbox's network namespaces take (needs root or user namespaces)
set -euo pipefail
exec "$1/peerway" run "$(dirname "$0")/data_plane.lua"
