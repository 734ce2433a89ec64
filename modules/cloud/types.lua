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
---@field catalogue table products(), actions(product), operation(code, action)
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

return cloud
