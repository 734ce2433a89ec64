// SPDX-License-Identifier: MIT
// The official clients, pointed at the sandbox. Keys are the sandbox's documented demo keys.
'use strict';
const Core = require('@alicloud/openapi-core');
const Legacy = require('@alicloud/openapi-client');
const Util = require('@alicloud/tea-util');
const { RPCClient } = require('@alicloud/pop-core');
const Vpc = require('@alicloud/vpc20160428');
const Ecs = require('@alicloud/ecs20140526');
const Sts = require('@alicloud/sts20150401');

const HOST = process.env.SANDBOX;
const keys = {
  default: { id: 'LTAIsandboxdefault', secret: 'sandbox-default-secret-not-a-real-one', uid: '1234567890123456' },
  partner: { id: 'LTAIsandboxpartner', secret: 'sandbox-partner-secret-not-a-real-one' },
};
const versions = {
  Vpc: '2016-04-28', VpcPeer: '2022-01-01', Privatelink: '2020-04-15', Ecs: '2014-05-26', Sts: '2015-04-01',
};

function config(key, region, extra) {
  return { accessKeyId: key.id, accessKeySecret: key.secret, endpoint: HOST, protocol: 'http', regionId: region,
    ...extra };
}

function params(product, action, style) {
  return { action, version: versions[product], protocol: 'HTTP', pathname: '/', method: 'POST', authType: 'AK',
    style: style || 'RPC', reqBodyType: 'formData', bodyType: 'json' };
}

// Generic calls of the newest core: V3 signature, query and form as told.
function core(key, region, extra) {
  const client = new Core.default(new Core.$OpenApiUtil.Config(config(key, region, extra)));
  return async (product, action, { query, form } = {}) => (await client.callApi(
    new Core.$OpenApiUtil.Params(params(product, action)),
    new Core.$OpenApiUtil.OpenApiRequest({
      query: query && Core.OpenApiUtil.query(query), body: form && Core.OpenApiUtil.query(form) }), {})).body;
}

// The same through the older core package.
function legacyCore(key, region) {
  const client = new Legacy.default(new Legacy.Config(config(key, region)));
  return async (product, action, { query, form } = {}) => (await client.callApi(
    new Legacy.Params(params(product, action)),
    new Legacy.OpenApiRequest({ query, body: form }), new Util.RuntimeOptions({}))).body;
}

// pop-core: V1 signature; POST puts every parameter into the body, GET into the URL.
function pop(product, key, method) {
  const client = new RPCClient({ accessKeyId: key.id, accessKeySecret: key.secret, endpoint: `http://${HOST}`,
    apiVersion: versions[product] });
  return (action, values) => client.request(action, values || {}, { method: method || 'POST' });
}

function sdk(module, key, region) {
  const Config = Core.$OpenApiUtil.Config;
  return new module.default(new Config(config(key, region)));
}

module.exports = {
  HOST, keys, versions, core, legacyCore, pop,
  vpc: (key, region) => sdk(Vpc, key, region), Vpc,
  ecs: (key, region) => sdk(Ecs, key, region), Ecs,
  sts: (key, region) => sdk(Sts, key, region), Sts,
};
