/* SPDX-License-Identifier: MIT
 * profile_plan.c: profiles of ~/.aliyun/config.json, all modes that need no person. */
#include "modules/cloud/profile_plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "modules/cloud/account.h"
#include "modules/cloud/sign.h"

#define MAX_CHAIN 8 /* of source_profile */

struct profile_context {
    const struct config *config;
    const struct config_profile *profile;
    const char *path;
    struct problem *problem;
    int depth;
};

static struct plan *plan_of(struct profile_context *context);

struct plan *keys_plan(const char *label, struct slice access_key_id, struct slice secret, struct slice token,
                       int64_t expires)
{
    struct plan *plan = plan_new(PLAN_KEYS, label);
    if (plan && credential_set(&plan->keys, access_key_id, secret, token, expires))
        return plan;
    plan_free(plan);
    return NULL;
}

struct plan *role_plan(const char *label, struct plan *base)
{
    char text[160];
    const char *under = strrchr(base->label, '/');
    snprintf(text, sizeof text, "%s/%s", label, under ? under + 1 : base->label);
    struct plan *plan = plan_new(PLAN_ROLE, text);
    struct account *account = account_new(base);
    if (plan && account) {
        plan->base = account;
        return plan;
    }
    plan_free(plan);
    if (account)
        account_release(account);
    return NULL;
}

static struct plan *lacks(struct profile_context *context, const char *field)
{
    const struct config_profile *profile = context->profile;
    credential_problem(context->problem, "IncompleteProfile", "run: aliyun configure --profile <name>",
                       "profile \"%.*s\" of %s (mode %.*s) lacks %s", (int)profile->name.size,
                       profile->name.data, context->path, (int)profile->mode.size, profile->mode.data, field);
    return NULL;
}

static struct plan *out_of_memory(struct profile_context *context)
{
    credential_problem(context->problem, "OutOfMemory", "",
                       "no memory for the profile, or its access key id is too long");
    return NULL;
}

static int64_t seconds_of(struct slice text)
{
    char digits[24];
    int64_t time;
    if (time_parse_iso8601(text, &time))
        return time;
    snprintf(digits, sizeof digits, "%.*s", (int)text.size, text.size ? text.data : "");
    return strtoll(digits, NULL, 10);
}

static struct plan *static_plan(struct profile_context *context, const char *label, bool with_token)
{
    const struct config_profile *p = context->profile;
    if (!p->access_key_id.size)
        return lacks(context, "access_key_id");
    if (!p->access_key_secret.size)
        return lacks(context, "access_key_secret");
    if (with_token && !p->sts_token.size)
        return lacks(context, "sts_token");
    struct plan *plan = keys_plan(label, p->access_key_id, p->access_key_secret, p->sts_token, 0);
    return plan ? plan : out_of_memory(context);
}

/* Fields of AssumeRole and AssumeRoleWithOIDC. */
static struct plan *with_role(struct profile_context *context, struct plan *plan)
{
    const struct config_profile *p = context->profile;
    char host[160];
    if (!plan)
        return out_of_memory(context);
    plan->role_arn = plan_text(plan, p->ram_role_arn);
    plan->session_name = plan_text(plan, p->ram_session_name);
    plan->external_id = plan_text(plan, p->external_id);
    plan->policy = plan_text(plan, p->policy);
    plan->duration = (int)seconds_of(p->expired_seconds);
    if (p->sts_endpoint.size) {
        plan->sts_host = plan_text(plan, p->sts_endpoint);
    } else if (p->sts_region.size) {
        snprintf(host, sizeof host, "sts.%.*s.aliyuncs.com", (int)p->sts_region.size, p->sts_region.data);
        plan->sts_host = plan_text(plan, slice_of(host));
    }
    return plan;
}

static struct plan *role_of(struct profile_context *context, struct plan *base)
{
    if (!base)
        return NULL;
    return with_role(context, role_plan("cli_profile/ram_role_arn", base));
}

static struct plan *metadata_plan(struct profile_context *context)
{
    struct plan *plan = plan_new(PLAN_METADATA, "cli_profile/ecs_ram_role");
    if (!plan)
        return out_of_memory(context);
    plan->role_name = plan_text(plan, context->profile->ram_role_name);
    return plan;
}

static struct plan *chained_plan(struct profile_context *context)
{
    const struct config_profile *p = context->profile;
    if (!p->source_profile.size)
        return lacks(context, "source_profile");
    if (!p->ram_role_arn.size)
        return lacks(context, "ram_role_arn");
    struct profile_context source = *context;
    source.profile = config_find(context->config, p->source_profile);
    source.depth++;
    if (!source.profile || source.depth > MAX_CHAIN) {
        credential_problem(context->problem, "IncompleteProfile", "correct source_profile in that file",
                           source.profile
                               ? "profile \"%.*s\" of %s: its source profiles form a loop or a chain of more "
                                 "than 8"
                               : "profile \"%.*s\" of %s names a source_profile that is not there",
                           (int)p->name.size, p->name.data, context->path);
        return NULL;
    }
    return role_of(context, plan_of(&source));
}

static struct plan *oidc_plan(struct profile_context *context)
{
    const struct config_profile *p = context->profile;
    if (!p->oidc_provider_arn.size)
        return lacks(context, "oidc_provider_arn");
    if (!p->oidc_token_file.size)
        return lacks(context, "oidc_token_file");
    if (!p->ram_role_arn.size)
        return lacks(context, "ram_role_arn");
    struct plan *plan = with_role(context, plan_new(PLAN_OIDC, "cli_profile/oidc_role_arn"));
    if (!plan)
        return NULL;
    plan->provider_arn = plan_text(plan, p->oidc_provider_arn);
    plan->token_file = plan_text(plan, p->oidc_token_file);
    return plan;
}

static struct plan *process_plan(struct profile_context *context)
{
    if (!context->profile->process_command.size)
        return lacks(context, "process_command");
    struct plan *plan = plan_new(PLAN_PROCESS, "cli_profile/external");
    if (plan)
        plan->command = plan_text(plan, context->profile->process_command);
    return plan ? plan : out_of_memory(context);
}

static struct plan *uri_plan(struct profile_context *context)
{
    if (!context->profile->credentials_uri.size)
        return lacks(context, "credentials_uri");
    struct plan *plan = plan_new(PLAN_URI, "cli_profile/credentials_uri");
    if (plan)
        plan->uri = plan_text(plan, context->profile->credentials_uri);
    return plan ? plan : out_of_memory(context);
}

static struct plan *bearer_plan(struct profile_context *context)
{
    const struct config_profile *p = context->profile;
    if (!p->bearer_token.size)
        return lacks(context, "bearer_token");
    struct plan *plan = plan_new(PLAN_KEYS, "cli_profile/bearer");
    if (plan && secret_set(&plan->keys.token, p->bearer_token.data, p->bearer_token.size)) {
        plan->keys.kind = CREDENTIAL_BEARER;
        return plan;
    }
    plan_free(plan);
    return out_of_memory(context);
}

static struct plan *anonymous_plan(struct profile_context *context)
{
    struct plan *plan = plan_new(PLAN_KEYS, "cli_profile/anonymous");
    if (plan)
        plan->keys.kind = CREDENTIAL_ANONYMOUS;
    return plan ? plan : out_of_memory(context);
}

/* CloudSSO and OAuth need a person in a browser; what the CLI stored last is used while it is good. */
static struct plan *stored_session(struct profile_context *context)
{
    const struct config_profile *p = context->profile;
    if (p->access_key_id.size && p->access_key_secret.size && p->sts_token.size && p->sts_expiration.size) {
        struct plan *plan = keys_plan("cli_profile/stored_session", p->access_key_id, p->access_key_secret,
                                      p->sts_token, seconds_of(p->sts_expiration));
        return plan ? plan : out_of_memory(context);
    }
    credential_problem(context->problem, "LoginNeeded",
                       "run: aliyun configure --profile <name> to sign in again",
                       "profile \"%.*s\" of %s (mode %.*s) has no stored session", (int)p->name.size,
                       p->name.data, context->path, (int)p->mode.size, p->mode.data);
    return NULL;
}

static struct plan *plan_of(struct profile_context *context)
{
    const struct config_profile *p = context->profile;
    struct slice mode = p->mode;
    if (!mode.size) /* as the CLI guesses */
        mode = slice_of(p->sts_token.size ? "StsToken" : p->ram_role_arn.size ? "RamRoleArn" : "AK");
    if (slice_is_nocase(mode, "AK"))
        return static_plan(context, "cli_profile/static_ak", false);
    if (slice_is_nocase(mode, "StsToken"))
        return static_plan(context, "cli_profile/static_sts", true);
    if (slice_is_nocase(mode, "RamRoleArn"))
        return p->ram_role_arn.size
                   ? role_of(context,
                             static_plan(context, p->sts_token.size ? "static_sts" : "static_ak", false))
                   : lacks(context, "ram_role_arn");
    if (slice_is_nocase(mode, "EcsRamRole"))
        return metadata_plan(context);
    if (slice_is_nocase(mode, "RamRoleArnWithEcs") || slice_is_nocase(mode, "RamRoleArnWithRoleName"))
        return p->ram_role_arn.size ? role_of(context, metadata_plan(context))
                                    : lacks(context, "ram_role_arn");
    if (slice_is_nocase(mode, "ChainableRamRoleArn"))
        return chained_plan(context);
    if (slice_is_nocase(mode, "OIDC"))
        return oidc_plan(context);
    if (slice_is_nocase(mode, "External"))
        return process_plan(context);
    if (slice_is_nocase(mode, "CredentialsURI"))
        return uri_plan(context);
    if (slice_is_nocase(mode, "BearerToken"))
        return bearer_plan(context);
    if (slice_is_nocase(mode, "Anonymous"))
        return anonymous_plan(context);
    if (slice_is_nocase(mode, "CloudSSO") || slice_is_nocase(mode, "OAuth"))
        return stored_session(context);
    credential_problem(context->problem, "UnknownMode",
                       "use another profile, or create one with aliyun configure",
                       "profile \"%.*s\" of %s has the mode \"%.*s\", which is not supported",
                       (int)p->name.size, p->name.data, context->path, (int)mode.size, mode.data);
    return NULL;
}

struct plan *profile_plan(const char *path, struct slice name, bool *missing, struct problem *problem)
{
    struct secret content = {0};
    struct config config = {0};
    struct plan *plan = NULL;
    const char *why;
    size_t offset;
    if (!secret_file_read(path, false, &content, missing, problem))
        return NULL;
    if (!config_parse(content.data, content.size, &config, &why, &offset)) {
        credential_problem(problem, "MalformedConfig",
                           "correct the file, or write it anew with aliyun configure",
                           "%s is not valid at byte %zu: %s", path, offset, why);
    } else {
        struct slice wanted = name.size ? name : config.current.size ? config.current : slice_of("default");
        struct profile_context context = {&config, config_find(&config, wanted), path, problem, 0};
        if (context.profile)
            plan = plan_of(&context);
        else
            credential_problem(problem, "NoSuchProfile", "aliyun configure list shows the profiles",
                               "%s has no profile \"%.*s\"", path, (int)wanted.size, wanted.data);
        if (plan)
            plan->profile = plan_text(plan, wanted);
    }
    config_free(&config);
    secret_clear(&content);
    return plan;
}

static struct plan *plan_of_section(const struct ini_section *s, const char *path, struct problem *problem)
{
    struct plan *plan = NULL;
    bool has_keys = s->access_key_id.size && s->access_key_secret.size;
    if (slice_is(s->type, "access_key") && has_keys) {
        plan = keys_plan("profile/static_ak", s->access_key_id, s->access_key_secret, s->security_token, 0);
    } else if (slice_is(s->type, "sts") && has_keys && s->security_token.size) {
        plan = keys_plan("profile/static_sts", s->access_key_id, s->access_key_secret, s->security_token, 0);
    } else if (slice_is(s->type, "ecs_ram_role")) {
        plan = plan_new(PLAN_METADATA, "profile/ecs_ram_role");
        if (plan)
            plan->role_name = plan_text(plan, s->role_name);
    } else if (slice_is(s->type, "ram_role_arn") && has_keys && s->role_arn.size) {
        struct plan *base =
            keys_plan("static_ak", s->access_key_id, s->access_key_secret, (struct slice){0}, 0);
        plan = base ? role_plan("profile/ram_role_arn", base) : NULL;
    } else if (slice_is(s->type, "oidc_role_arn") && s->role_arn.size && s->oidc_token_file_path.size) {
        plan = plan_new(PLAN_OIDC, "profile/oidc_role_arn");
    } else {
        credential_problem(
            problem, "IncompleteProfile",
            "type is one of access_key, sts, ram_role_arn, ecs_ram_role, oidc_role_arn, with their fields",
            "the section of %s has no usable type, or lacks fields that its type needs", path);
        return NULL;
    }
    if (!plan) {
        credential_problem(problem, "OutOfMemory", "",
                           "no memory for the section, or its access key id is too long");
        return NULL;
    }
    plan->role_arn = plan_text(plan, s->role_arn);
    plan->session_name = plan_text(plan, s->role_session_name);
    plan->policy = plan_text(plan, s->policy);
    plan->external_id = plan_text(plan, s->external_id);
    plan->provider_arn = plan_text(plan, s->oidc_provider_arn);
    plan->token_file = plan_text(plan, s->oidc_token_file_path);
    return plan;
}

struct plan *ini_plan(const char *path, struct slice section, bool *missing, struct problem *problem)
{
    struct secret content = {0};
    struct ini_section fields;
    struct plan *plan = NULL;
    const char *why;
    size_t line;
    if (!secret_file_read(path, false, &content, missing, problem))
        return NULL;
    if (ini_parse(content.data, content.size, section, &fields, &why, &line))
        plan = plan_of_section(&fields, path, problem);
    else if (why)
        credential_problem(problem, "MalformedConfig", "correct the file", "%s is not valid in line %zu: %s",
                           path, line, why);
    else
        credential_problem(problem, "NoSuchProfile", "add the section, or set ALIBABA_CLOUD_PROFILE",
                           "%s has no section \"%.*s\"", path, (int)section.size, section.data);
    if (plan)
        plan->profile = plan_text(plan, section);
    secret_clear(&content);
    return plan;
}
