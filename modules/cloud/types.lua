---@meta
-- SPDX-License-Identifier: MIT
-- types.lua: signatures of module `cloud` (signed calls to Alibaba Cloud).

--- An account handle: opaque; tostring gives its source and the masked key id, never a secret.
---@class cloud.Account: userdata

---@class cloud.ClientOptions
---@field product string lower-case code: "vpc", "vpcpeer", "privatelink", "ecs", "sts", "pvtz", ...
---@field region? string default: ALIBABA_CLOUD_REGION_ID, ALIBABA_CLOUD_REGION
---@field account? cloud.Account|string handle, registered name or profile name; default: the credential chain
---@field network? "public"|"vpc" "vpc": the host inside a VPC
---@field endpoint? string host, host:port or URL that wins over everything
---@field published_endpoints? boolean the cloud's own host names, whatever environment and endpoints file say
---@field version? string API version, for products and operations that are not catalogued
---@field style? "RPC"|"ROA" of such operations
---@field timeout? number seconds for a call with all its repetitions, default 300
---@field attempt_timeout? number seconds for one attempt, default 30
---@field ca_file? string PEM file of trusted authorities, default SSL_CERT_FILE, else the system's
---@field on_retry? fun(err: table, seconds: number, attempt: integer) before each wait

---@class cloud.CallOptions
---@field version? string calls an operation that is not catalogued
---@field style? "RPC"|"ROA"
---@field method? string HTTP method, default POST
---@field path? string path of a ROA operation
---@field signature? string "ACS3" (default) or "anonymous"
---@field check? boolean false sends parameters as they are
---@field timeout? number seconds with all repetitions
---@field attempt_timeout? number seconds of one attempt
---@field retry? boolean false: one attempt
---@field idempotent? boolean true: may be repeated although its outcome is unknown; false: never then
---@field on_retry? fun(err: table, seconds: number, attempt: integer)

---@class cloud.Wait
---@field action string a read operation
---@field params? table
---@field path? string where the state stands, default "Status"; over a list every matching item counts
---@field items? string path of a list that has to lose its matching items (with gone = true)
---@field match? table<string, any> only items with these fields
---@field until_? string|string[]|fun(answer: table): boolean wanted states
---@field gone? boolean "not found" is what is waited for
---@field bad? string[] final states that end the wait with an error (code "WaitFailed")
---@field timeout? number seconds, default 300 (then kind "timeout", code "WaitTimeout")
---@field first? number seconds before the second look
---@field interval? number longest pause between looks, default 5
---@field patient? boolean true: the first look comes after the first pause
---@field on_state? fun(state: string?, seconds: number) after each look that was not the last
---@field options? cloud.CallOptions

---@class cloud.Client one product, one region, one account
---@field product string
---@field region string?
---@field [string] fun(self: cloud.Client, params?: table, options?: cloud.CallOptions): table?, table? any action
local client = {}

--- Calls an operation. Catalogued parameters are checked first, RegionId and ClientToken are filled in.
---@param action string
---@param params? table nested lists and tables as in the API reference: Tag = { { Key = "a", Value = "b" } }
---@param options? cloud.CallOptions
---@return table? answer nil when the object asked for does not exist
---@return table? err then the error, with `not_found = true`
--- Raises one error value: kind ("cloud", "permission", "credentials", "throttled", "network", "timeout",
--- "input", "usage"), code, message, hint, request_id, http_status, product, action, region, host, recommend,
--- class, attempts, outcome ("not done" or "unknown").
function client:call(action, params, options) end

--- All items of a list operation, over all pages; a list that changes meanwhile is read again.
---@param action string
---@param params? table
---@param path? string where the list stands ("Vpcs.Vpc"); known for catalogued operations
---@param options? cloud.CallOptions
---@return table? items
---@return table? err
--- Raises code "PagingLoop" or "ListChanged" rather than giving a list that is not whole.
function client:all(action, params, path, options) end

--- Iterates over the items of a list operation, fetching page by page.
---@param action string
---@param params? table
---@param path? string
---@param options? cloud.CallOptions
---@return fun(): any
function client:each(action, params, path, options) end

--- Waits until an object reaches a state; polls adaptively.
---@param wait cloud.Wait
---@return table? answer the last one; nil when the object is gone, as wished
---@return number seconds how long it took
function client:wait(wait) end

--- What to wait for after a catalogued call, ready for client:wait; nil when there is nothing.
---@param action string
---@param params table
---@param answer table
---@return cloud.Wait?
function client:wait_after(action, params, answer) end

--- The signed request of a call without sending it; secrets and signature are masked.
---@param action string
---@param params? table
---@param options? cloud.CallOptions
---@return { method: string, url: string, headers: table, body: string? }
function client:preview(action, params, options) end

--- The description of an operation; raises kind "usage" when it is neither catalogued nor given a version.
---@param action string
---@param options? cloud.CallOptions
---@return cloud.Operation
function client:operation(action, options) end

---@class cloud.Operation see docs/reference/cloud.md, "Operation data"
---@field product string
---@field name string the product's own spelling
---@field action string
---@field version string
---@field style "RPC"|"ROA"
---@field kind "read"|"write"
---@field method? string
---@field path? string
---@field signature? string
---@field client_token? boolean
---@field dry_run? boolean
---@field region? string the region whose host serves it
---@field rate? { calls: integer, seconds: number }
---@field not_found? string[]
---@field not_ready? string[]
---@field final? string[]
---@field done? string[]
---@field paging? table
---@field wait? table
---@field parameters table<string, table>
---@field uncatalogued? boolean

---@class cloud.Product
---@field product string
---@field name string
---@field version string
---@field style "RPC"|"ROA"
---@field operations table<string, cloud.Operation>

---@class cloud.Statistics
---@field calls integer requests sent, repetitions included
---@field retries integer
---@field throttled integer
---@field errors integer
---@field waited number seconds between attempts
---@field by table<string, cloud.Statistics> per "product.Action"

---@class cloud
---@field catalogue cloud.catalogue operations and their parameters (modules/cloud/catalogue.lua)
local cloud = {}

--- A client of one product in one region with one account.
---@param options cloud.ClientOptions
---@return cloud.Client
function cloud.client(options) end

--- An account handle by name (registered, else a profile), from a description, or the default chain.
---@param name? string|table|cloud.Account
---@return cloud.Account
function cloud.account(name) end

--- Gives a handle a name for this run; "default" replaces the default chain, nil forgets.
---@param name string
---@param handle? cloud.Account
function cloud.register(name, handle) end

--- Who an account is, asked from STS once per handle.
---@param account? cloud.Account|string
---@param options? { region: string?, network: string? }
---@return { account_id: string, type: string, arn: string, principal_id: string? }
function cloud.caller_identity(account, options) end

--- What may be shown of an account; waits for its credentials, raises kind "credentials" when there are none.
---@param account? cloud.Account|string
---@return { source: string, access_key_id: string?, expiry: string?, role: string?, profile: string?, memory: string }
function cloud.describe(account) end

--- What was sent so far.
---@return cloud.Statistics
function cloud.statistics() end

--- The C half, `require "cloud.native"`: credentials, signatures, sending, verification. Scripts need it
--- seldom: cloud.account and cloud.client stand on it.
---@class cloud.native
local native = {}

---@class cloud.AccountOptions without fields: the default chain
---@field source? "chain"|"env"|"profile"|"credentials_file"|"metadata"|"uri"|"oidc"|"role"|"process"|"keys"|"sandbox"|"bearer"|"anonymous" guessed from the other fields
---@field profile? string profile of config.json, or section of the ini file
---@field config_file? string default ALIBABA_CLOUD_CONFIG_FILE, else ~/.aliyun/config.json
---@field credentials_file? string default ALIBABA_CLOUD_CREDENTIALS_FILE, else ~/.alibabacloud/credentials(.ini)
---@field access_key_id? string
---@field secret_env? string name of the variable that holds the secret; it is read once and overwritten
---@field token_env? string the same for the STS token
---@field bearer_env? string the same for a bearer token
---@field access_key_secret? string documented demo constants only ("sandbox-..."): secrets never pass through Lua
---@field security_token? string demo constants only
---@field bearer_token? string demo constants only
---@field base? cloud.Account account that assumes the role; default: what the other fields describe
---@field role_arn? string acs:ram::<account>:role/<name>
---@field session_name? string default ALIBABA_CLOUD_ROLE_SESSION_NAME, else peerway-<random>
---@field external_id? string
---@field policy? string JSON, narrows the role
---@field duration? integer seconds, default 3600
---@field sts_endpoint? string host, or URL on this machine
---@field oidc_provider_arn? string
---@field oidc_token_file? string
---@field uri? string credentials URI
---@field role_name? string RAM role of the ECS instance
---@field command? string program that prints a profile as JSON; split at spaces, no shell

--- Makes an account. The default chain, in this order, takes the first that gives credentials: env
--- (ALIBABA_CLOUD_ACCESS_KEY_ID, _ACCESS_KEY_SECRET, _SECURITY_TOKEN), oidc_role_arn (ALIBABA_CLOUD_ROLE_ARN,
--- _OIDC_PROVIDER_ARN, _OIDC_TOKEN_FILE), cli_profile (config.json), profile (ini files), ecs_ram_role
--- (metadata service, only on ECS or with ALIBABA_CLOUD_ECS_METADATA), credential_uri
--- (ALIBABA_CLOUD_CREDENTIALS_URI). A file that others may read ends the chain. Variables and files are read
--- now, the network when the account is first used. tostring(account) shows source, last characters of the key
--- id and expiry.
---@param options? cloud.AccountOptions
---@return cloud.Account account with account:forget(), which overwrites its secrets
--- Raises kind "credentials": NoCredentials, CredentialFileRefused, NoSuchProfile, IncompleteProfile,
--- MalformedConfig, UnknownMode, LoginNeeded, MissingVariable; kind "usage": SecretInLua.
function native.account(options) end

--- What may be shown of an account.
---@param account cloud.Account
---@return { source: string, access_key_id: string?, expiry: string?, role: string?, profile: string?, ready: boolean, sandbox: boolean, memory: string }
function native.describe(account) end

--- Waits until the credential is there. It is fetched once for all who wait, and again 180 to 240 s before it
--- expires; a refresh that fails keeps the old one while that is good.
---@param account cloud.Account
---@return cloud.Account
--- Raises kind "credentials" with the code of what refused.
function native.ready(account) end

--- Makes the next use fetch the credential anew: the server refused the token.
---@param account cloud.Account
function native.expire(account) end

---@class cloud.Prepared what requests have in common; opaque

---@class cloud.Request
---@field base? cloud.Prepared gives every field that is not named here
---@field host? string required here or in the base
---@field scheme? "https"|"http" http only to this machine
---@field port? integer
---@field method? string default POST
---@field path? string percent-encoded, default /
---@field style? "RPC"|"ROA" default RPC
---@field signature? "ACS3"|"V1"|"ROA2"|"ODPS"|"bearer"|"anonymous" default ACS3, or what the account can do
---@field layout? "query"|"form"|"mixed" V1: where the parameters go
---@field action? string
---@field version? string
---@field region? string ODPS: signs with V4
---@field prefix? string ODPS: path of the endpoint that is not signed, default /api
---@field query? table nested; { {"Name", value}, ... } keeps the order given
---@field form? table the same, as body
---@field json? string body
---@field bytes? string body
---@field content_type? string of json or bytes; "" sends none
---@field content_md5? boolean ROA2: adds Content-MD5
---@field headers? table<string, string> further ones; x-acs-* are signed; a name of ours replaces our value
---@field clock_offset? number seconds added to our clock
---@field timestamp? integer|string fixes the date (seconds since 1970 or ISO 8601), for tests
---@field nonce? string fixes the nonce, for tests
---@field user_agent? string
---@field timeout? number seconds
---@field connect_timeout? number seconds
---@field max_body? integer bytes
---@field ca_file? string
---@field interface? string
---@field address? string connect to this address instead of resolving the host
---@field proxy? string

--- Reads the fields that many requests have in common, once. What it returns goes into the field `base` of each:
--- native.call(account, { base = prepared, query = { ... } }).
---@param request cloud.Request
---@return cloud.Prepared
--- Raises kind "input" and "usage".
function native.prepare(request) end

--- Signs without sending; tokens are masked as "***".
---@param account cloud.Account must be ready when its credential comes over the network
---@param request cloud.Request
---@param explain? boolean adds target and string_to_sign
---@return { method: string, url: string, headers: table<string, string>, body: string, target: string?, string_to_sign: string? }
--- Raises kind "input" (the parameter is named), "usage", "credentials".
function native.sign(account, request, explain) end

--- Gets or refreshes the credential when needed, signs at the moment of sending, sends. Waits. Requests signed
--- with real credentials go to no mounted handler (code "SecretRefused"), those of the sandbox's keys do. Of the
--- answer's headers only those are kept that tell its type, its time, its request id and when to ask again.
---@param account cloud.Account
---@param request cloud.Request
---@return { status: integer, headers: table<string, string>, body: string }? response
---@return table? err of a request that got no answer (kind "network", "timeout"): what to do is the caller's policy
--- Raises kind "credentials", "input", "usage".
function native.call(account, request) end

---@class cloud.Key
---@field access_key_id string
---@field secret? string must begin with "sandbox-" (or be a published example)
---@field secret_env? string name of the variable that holds the secret
---@field token? string STS keys: must come with every request
---@field token_env? string
---@field bearer? string a bearer token instead of a secret
---@field bearer_env? string
---@field expires? number seconds since 1970
---@field disabled? boolean
---@field account_uid? string
---@field identity? any given back by native.verify

---@class cloud.Keyring: userdata
local keyring = {}

--- Adds a key, or replaces the one of that id.
---@param key cloud.Key
function keyring:add(key) end

---@param access_key_id string
---@return boolean removed
function keyring:remove(access_key_id) end

--- The keys that a server knows, and the nonces they used.
---@param options? { skew: number? } seconds a date may be off, default 900
---@return cloud.Keyring
function native.keyring(options) end

--- Checks key, token, date, signature, nonce, in this order. ACS3, V1, ROA2, ODPS (legacy and V4) and bearer, in
--- every layout that official clients send. The signed headers are those that the request lists; host, action,
--- version, date, nonce, body hash and token must be among them when present.
---@param ring cloud.Keyring
---@param request table as handlers of module http get it: method, path, query, headers, header_list, body
---@param options? { now: number? } seconds since 1970, for tests
---@return { access_key_id: string, account_uid: string?, identity: any, protocol: string }? caller
---@return { code: string, message: string, http_status: integer, protocol: string, access_key_id: string? }? refusal
--- with the cloud's own codes; protocol "anonymous" when the request carries no credential
function native.verify(ring, request, options) end

--- State of the memory that holds secrets.
---@return { state: "none"|"locked"|"unlocked"|"plain", used: integer, statement: string }
function native.heap() end

return cloud
