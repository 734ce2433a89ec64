/* SPDX-License-Identifier: MIT
 * config_ini.c: the SDKs' credentials files: sections, name = value lines, # and ; comments. */
#include "modules/cloud/config.h"

struct ini_field {
    const char *name;
    struct slice *value;
};

/* A value ends at " #" or " ;"; Python's SDK cuts at any '#', but secrets may hold one. */
static struct slice cut_comment(struct slice value)
{
    for (size_t i = 1; i < value.size; i++)
        if ((value.data[i] == '#' || value.data[i] == ';') &&
            (value.data[i - 1] == ' ' || value.data[i - 1] == '\t'))
            value.size = i;
    return slice_trim(value);
}

static bool section_name(struct slice line, struct slice *name)
{
    if (line.size < 2 || line.data[line.size - 1] != ']')
        return false;
    *name = slice_trim((struct slice){line.data + 1, line.size - 2});
    return true;
}

static bool assign(struct ini_section *section, struct slice line)
{
    const struct ini_field fields[] = {{"type", &section->type},
                                       {"access_key_id", &section->access_key_id},
                                       {"access_key_secret", &section->access_key_secret},
                                       {"role_name", &section->role_name},
                                       {"role_arn", &section->role_arn},
                                       {"role_session_name", &section->role_session_name},
                                       {"policy", &section->policy},
                                       {"external_id", &section->external_id},
                                       {"oidc_provider_arn", &section->oidc_provider_arn},
                                       {"oidc_token_file_path", &section->oidc_token_file_path},
                                       {"security_token", &section->security_token}};
    struct slice name;
    slice_cut(&line, '=', &name);
    if (!line.data)
        return false;
    name = slice_trim(name);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (slice_is(name, fields[i].name))
            *fields[i].value = cut_comment(slice_trim(line));
    return true;
}

bool ini_parse(char *text, size_t size, struct slice name, struct ini_section *section, const char **problem,
               size_t *line_number)
{
    struct slice rest = {text, size}, line, found;
    bool inside = false, seen = false;
    *section = (struct ini_section){0};
    *problem = NULL;
    *line_number = 0;
    while (slice_cut(&rest, '\n', &line)) {
        ++*line_number;
        line = slice_trim(line);
        if (!line.size || line.data[0] == '#' || line.data[0] == ';')
            continue;
        if (line.data[0] == '[') {
            if (!section_name(line, &found)) {
                *problem = "a section header has no closing ]";
                return false;
            }
            inside = slice_equal(found, name);
            seen = seen || inside;
        } else if (inside && !assign(section, line)) {
            *problem = "a line is neither a section, a comment nor name = value";
            return false;
        }
    }
    return seen;
}
