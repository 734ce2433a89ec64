/* SPDX-License-Identifier: MIT
 * route_sweep.h: questions about whole route tables, answered in one pass over the sorted entries (as
 * cidr_table_entries gives them) with a stack of the prefixes that are open. */
#ifndef PEERWAY_CIDR_ROUTE_SWEEP_H
#define PEERWAY_CIDR_ROUTE_SWEEP_H

#include "modules/cidr/prefix_set.h"
#include "modules/cidr/route_table.h"

/* flags[i]: entry i is never the longest match, because longer prefixes cover all of it. */
void cidr_sweep_shadowed(const struct cidr_entry *entries, size_t count, bool *flags);

/* flags[i]: the next shorter prefix around entry i has the same value, so that i changes nothing. */
void cidr_sweep_redundant(const struct cidr_entry *entries, size_t count, bool *flags);

/* Makes the list smaller without changing the result of any lookup: halves with equal values become one
 * prefix, shadowed and redundant entries go. Returns the new count; SIZE_MAX: out of memory. */
size_t cidr_sweep_aggregate(struct cidr_entry *entries, size_t count);

/* Adds to *out the addresses whose longest match has different values in the two lists. */
bool cidr_sweep_differing(const struct cidr_entry *a, size_t na, const struct cidr_entry *b, size_t nb,
                          struct cidr_set *out);

#endif
