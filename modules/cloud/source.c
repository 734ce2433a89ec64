/* SPDX-License-Identifier: MIT
 * source.c: which plan an account gets: what the user named, else the default chain:
 * env, oidc_role_arn, cli_profile, profile (ini), ecs_ram_role, credential_uri. */
#include "modules/cloud/source.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "modules/cloud/environment.h"
#include "modules/cloud/profile_plan.h"

/* Collects why each member of the chain gave nothing. */
struct chain {
    struct plan *first, **last;
    char reasons[1200];
    bool closed;  /* a member that needs no network: nothing behind it is ever tried */
    bool refused; /* a file that others can read: never go on with another identity */
    struct problem *problem;
};

static struct plan *no_memory(struct problem *problem)
{
    credential_problem(problem, "OutOfMemory", "", "no memory for the credentials");
    return NULL;
}

static struct slice text_of(const char *text)
{
    return text ? slice_of(text) : (struct slice){0};
}

/* ~/relative, or NULL without a home. */
static const char *home_path(const char *relative, char *path, size_t size)
{
    const char *home = environment_text("HOME");
    const struct passwd *user = home ? NULL : getpwuid(geteuid());
    if (user)
        home = user->pw_dir;
    if (!home || (size_t)snprintf(path, size, "%s/%s", home, relative) >= size)
        return NULL;
    return path;
}

static struct plan *fill_role(struct plan *plan, const struct source_options *o)
{
    const char *session =
        o->session_name ? o->session_name : environment_text("ALIBABA_CLOUD_ROLE_SESSION_NAME");
    if (!plan)
        return NULL;
    plan->role_arn = plan_text(plan, text_of(o->role_arn));
    plan->session_name = plan_text(plan, text_of(session));
    plan->external_id = plan_text(plan, text_of(o->external_id));
    plan->policy = plan_text(plan, text_of(o->policy));
    plan->sts_host = plan_text(plan, text_of(o->sts_host));
    plan->provider_arn = plan_text(plan, text_of(o->provider_arn));
    plan->token_file = plan_text(plan, text_of(o->token_file));
    plan->duration = o->duration;
    return plan;
}

/* ---- single sources ---- */

static struct plan *env_plan(struct problem *problem)
{
    const char *id = environment_text("ALIBABA_CLOUD_ACCESS_KEY_ID");
    struct slice secret, token = {0};
    if (!id || !environment_secret("ALIBABA_CLOUD_ACCESS_KEY_SECRET", &secret)) {
        credential_problem(
            problem, "NotConfigured", "",
            "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET are not both set");
        return NULL;
    }
    environment_secret("ALIBABA_CLOUD_SECURITY_TOKEN", &token);
    struct plan *plan = keys_plan("env", slice_of(id), secret, token, 0);
    return plan ? plan : no_memory(problem);
}

static struct plan *oidc_plan(const struct source_options *given, struct problem *problem)
{
    struct source_options o = *given;
    if (!o.role_arn)
        o.role_arn = environment_text("ALIBABA_CLOUD_ROLE_ARN");
    if (!o.provider_arn)
        o.provider_arn = environment_text("ALIBABA_CLOUD_OIDC_PROVIDER_ARN");
    if (!o.token_file)
        o.token_file = environment_text("ALIBABA_CLOUD_OIDC_TOKEN_FILE");
    if (!o.role_arn || !o.provider_arn || !o.token_file) {
        credential_problem(
            problem, "NotConfigured", "",
            "ALIBABA_CLOUD_ROLE_ARN, ALIBABA_CLOUD_OIDC_PROVIDER_ARN and ALIBABA_CLOUD_OIDC_TOKEN_FILE are "
            "not all set");
        return NULL;
    }
    struct plan *plan = fill_role(plan_new(PLAN_OIDC, "oidc_role_arn"), &o);
    return plan ? plan : no_memory(problem);
}

static struct plan *cli_plan(const struct source_options *o, struct problem *problem)
{
    char path[1024];
    const char *file = o->config_file ? o->config_file : environment_text("ALIBABA_CLOUD_CONFIG_FILE");
    const char *profile = o->profile ? o->profile : environment_text("ALIBABA_CLOUD_PROFILE");
    bool missing = true;
    if (!file)
        file = home_path(".aliyun/config.json", path, sizeof path);
    struct plan *plan = file ? profile_plan(file, text_of(profile), &missing, problem) : NULL;
    if (!plan && missing)
        credential_problem(problem, "NotConfigured", "create one with: aliyun configure", "%s does not exist",
                           file ? file : "~/.aliyun/config.json");
    return plan;
}

static struct plan *ini_file_plan(const struct source_options *o, struct problem *problem)
{
    static const char *const names[] = {".alibabacloud/credentials", ".alibabacloud/credentials.ini"};
    char path[1024];
    const char *given =
        o->credentials_file ? o->credentials_file : environment_text("ALIBABA_CLOUD_CREDENTIALS_FILE");
    const char *section = o->profile ? o->profile : environment_text("ALIBABA_CLOUD_PROFILE");
    struct slice name = section ? slice_of(section) : slice_of("default");
    bool missing = true;
    for (int i = 0; i < (given ? 1 : 2) && missing; i++) {
        const char *file = given ? given : home_path(names[i], path, sizeof path);
        struct plan *plan = file ? ini_plan(file, name, &missing, problem) : NULL;
        if (plan)
            return plan;
    }
    if (missing)
        credential_problem(problem, "NotConfigured", "", "%s does not exist",
                           given ? given : "~/.alibabacloud/credentials (or credentials.ini)");
    return NULL;
}

/* Asked only on an ECS instance, or when a role is named: elsewhere the address is somebody else's. */
static bool is_ecs(void)
{
    char vendor[64] = "";
    FILE *file = fopen("/sys/class/dmi/id/sys_vendor", "re");
    if (!file)
        return false;
    bool read = fgets(vendor, sizeof vendor, file) != NULL;
    fclose(file);
    return read && strncmp(vendor, "Alibaba Cloud", 13) == 0;
}

static struct plan *metadata_plan(const struct source_options *o, bool asked, struct problem *problem)
{
    const char *role = o->role_name ? o->role_name : environment_text("ALIBABA_CLOUD_ECS_METADATA");
    if (environment_is_true("ALIBABA_CLOUD_ECS_METADATA_DISABLED")) {
        credential_problem(problem, "NotConfigured", "", "ALIBABA_CLOUD_ECS_METADATA_DISABLED is true");
        return NULL;
    }
    if (!asked && !role && !is_ecs()) {
        credential_problem(problem, "NotConfigured", "",
                           "this is no ECS instance, and ALIBABA_CLOUD_ECS_METADATA names no role");
        return NULL;
    }
    struct plan *plan = plan_new(PLAN_METADATA, "ecs_ram_role");
    if (!plan)
        return no_memory(problem);
    plan->role_name = plan_text(plan, text_of(role));
    plan->v1_forbidden = true; /* the old flow only on an explicit wish */
    const char *forbidden = environment_text("ALIBABA_CLOUD_IMDSV1_DISABLED");
    if (forbidden && strcasecmp(forbidden, "false") == 0)
        plan->v1_forbidden = false;
    return plan;
}

static struct plan *uri_plan(const struct source_options *o, struct problem *problem)
{
    const char *uri = o->uri ? o->uri : environment_text("ALIBABA_CLOUD_CREDENTIALS_URI");
    if (!uri) {
        credential_problem(problem, "NotConfigured", "", "ALIBABA_CLOUD_CREDENTIALS_URI is not set");
        return NULL;
    }
    struct plan *plan = plan_new(PLAN_URI, "credential_uri");
    if (!plan)
        return no_memory(problem);
    plan->uri = plan_text(plan, slice_of(uri));
    return plan;
}

static struct plan *given_keys_plan(const struct source_options *o, const char *label,
                                    struct problem *problem)
{
    if (!o->access_key_id || !o->secret.size) {
        credential_problem(problem, "IncompleteAccount",
                           "give access_key_id and secret_env (the name of a variable)",
                           "an account from keys needs access_key_id and a secret");
        return NULL;
    }
    if (strcmp(label, "sandbox") == 0 && !is_sandbox_secret(o->secret)) {
        credential_problem(problem, "NotASandboxKey", "use the demo keys that the sandbox documents",
                           "source \"sandbox\" takes only the sandbox's own keys");
        return NULL;
    }
    struct plan *plan = keys_plan(label, slice_of(o->access_key_id), o->secret, o->token, 0);
    return plan ? plan : no_memory(problem);
}

static struct plan *token_plan(struct slice token, enum credential_kind kind, const char *label,
                               struct problem *problem)
{
    struct plan *plan = plan_new(PLAN_KEYS, label);
    if (!plan || (token.size && !secret_set(&plan->keys.token, token.data, token.size))) {
        plan_free(plan);
        return no_memory(problem);
    }
    plan->keys.kind = kind;
    plan->keys.sandbox = is_sandbox_secret(token);
    return plan;
}

static struct plan *bearer_plan(const struct source_options *o, struct problem *problem)
{
    struct slice token = o->bearer;
    if (!token.size && !environment_secret("ALIBABA_CLOUD_BEARER_TOKEN", &token)) {
        credential_problem(problem, "IncompleteAccount", "give bearer_env, the name of a variable",
                           "an account with a bearer token needs the token");
        return NULL;
    }
    return token_plan(token, CREDENTIAL_BEARER, "bearer", problem);
}

static struct plan *process_plan(const struct source_options *o, struct problem *problem)
{
    if (!o->command) {
        credential_problem(problem, "IncompleteAccount", "give command = \"program arguments\"",
                           "an account from a program needs its command");
        return NULL;
    }
    struct plan *plan = plan_new(PLAN_PROCESS, "external");
    if (!plan)
        return no_memory(problem);
    plan->command = plan_text(plan, slice_of(o->command));
    return plan;
}

/* ---- the chain ---- */

static bool chain_take(struct chain *chain, const char *name, struct plan *plan, const struct problem *why)
{
    size_t used = strlen(chain->reasons);
    if (plan) {
        *chain->last = plan;
        chain->last = &plan->next;
        chain->closed = plan->kind == PLAN_KEYS;
        return chain->closed;
    }
    snprintf(chain->reasons + used, sizeof chain->reasons - used, "%s%s: %s", used ? "; " : "", name,
             why->message);
    if (strcmp(why->code, "CredentialFileRefused") == 0 || strcmp(why->code, "OutOfMemory") == 0) {
        *chain->problem = *why;
        chain->refused = true;
    }
    return chain->refused;
}

static void chain_walk(struct chain *chain, const struct source_options *o)
{
    struct problem why = {0};
    if (chain_take(chain, "env", env_plan(&why), &why) ||
        chain_take(chain, "oidc_role_arn", oidc_plan(o, &why), &why))
        return;
    if (environment_is_true("ALIBABA_CLOUD_CLI_PROFILE_DISABLED"))
        credential_problem(&why, "NotConfigured", "", "ALIBABA_CLOUD_CLI_PROFILE_DISABLED is true");
    if (chain_take(chain, "cli_profile",
                   environment_is_true("ALIBABA_CLOUD_CLI_PROFILE_DISABLED") ? NULL : cli_plan(o, &why),
                   &why) ||
        chain_take(chain, "profile", ini_file_plan(o, &why), &why) ||
        chain_take(chain, "ecs_ram_role", metadata_plan(o, false, &why), &why))
        return;
    chain_take(chain, "credential_uri", uri_plan(o, &why), &why);
}

static struct plan *chain_plan(const struct source_options *o, struct problem *problem)
{
    struct chain chain = {.problem = problem};
    chain.last = &chain.first;
    chain_walk(&chain, o);
    if (chain.refused) {
        plan_free(chain.first);
        return NULL;
    }
    if (!chain.first) {
        credential_problem(
            problem, "NoCredentials",
            "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or run: aliyun configure",
            "no credentials were found. %s", chain.reasons);
        return NULL;
    }
    if (!chain.first->next)
        return chain.first;
    struct plan *plan = plan_new(PLAN_CHAIN, "default chain");
    if (!plan) {
        plan_free(chain.first);
        return no_memory(problem);
    }
    plan->children = chain.first;
    return plan;
}

/* ---- what the user named ---- */

/* AssumeRole on top of a handle, or of what the other fields describe. */
static struct plan *named_role_plan(const struct source_options *o, struct problem *problem)
{
    struct source_options below = *o;
    below.source = o->access_key_id ? "keys" : o->profile ? "profile" : "chain";
    below.role_arn = below.policy = below.external_id = below.session_name = NULL;
    if (o->base) {
        struct plan *plan = plan_new(PLAN_ROLE, "role");
        if (!plan)
            return no_memory(problem);
        account_hold(o->base);
        plan->base = o->base;
        return fill_role(plan, o);
    }
    struct plan *base = source_plan(&below, problem);
    if (!base)
        return NULL;
    struct plan *plan = fill_role(role_plan("role", base), o);
    return plan ? plan : no_memory(problem);
}

static const char *guess_source(const struct source_options *o)
{
    if (o->source)
        return o->source;
    if (o->role_arn)
        return o->token_file ? "oidc" : "role";
    if (o->access_key_id)
        return "keys";
    if (o->bearer.size)
        return "bearer";
    if (o->profile || o->config_file)
        return "profile";
    return o->uri ? "uri" : o->command ? "process" : o->credentials_file ? "credentials_file" : "chain";
}

struct plan *source_plan(const struct source_options *o, struct problem *problem)
{
    const char *source = guess_source(o);
    if (strcmp(source, "chain") == 0)
        return chain_plan(o, problem);
    if (strcmp(source, "env") == 0)
        return env_plan(problem);
    if (strcmp(source, "keys") == 0 || strcmp(source, "sandbox") == 0)
        return given_keys_plan(o, source, problem);
    if (strcmp(source, "profile") == 0)
        return cli_plan(o, problem);
    if (strcmp(source, "credentials_file") == 0)
        return ini_file_plan(o, problem);
    if (strcmp(source, "metadata") == 0)
        return metadata_plan(o, true, problem);
    if (strcmp(source, "uri") == 0)
        return uri_plan(o, problem);
    if (strcmp(source, "oidc") == 0)
        return oidc_plan(o, problem);
    if (strcmp(source, "role") == 0)
        return named_role_plan(o, problem);
    if (strcmp(source, "process") == 0)
        return process_plan(o, problem);
    if (strcmp(source, "bearer") == 0)
        return bearer_plan(o, problem);
    if (strcmp(source, "anonymous") == 0)
        return token_plan((struct slice){0}, CREDENTIAL_ANONYMOUS, "anonymous", problem);
    credential_problem(
        problem, "UnknownSource",
        "use one of chain, env, profile, credentials_file, metadata, uri, oidc, role, process, keys, "
        "sandbox, bearer, anonymous",
        "account source \"%s\" is not known", source);
    return NULL;
}
