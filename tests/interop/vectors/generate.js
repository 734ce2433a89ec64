// SPDX-License-Identifier: MIT
// Drives the official Node clients against a local server, with pinned time, nonces and fake keys, and
// writes what they sent to tests/data/sign_vectors.txt. The same versions give the same file.
//   npm ci && node generate.js && node --max-http-header-size=4000000 generate.js odd
// The second set, sign_vectors_odd.txt, has long values, repeated slashes, ports, deep nesting, binary bodies.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const path = require('path');

const PORT = 18080;
const ODD = process.argv[2] === 'odd';
const OUT = path.join(__dirname, '..', '..', 'data', ODD ? 'sign_vectors_odd.txt' : 'sign_vectors.txt');
const odd = (...items) => (ODD ? items : []);

// --- determinism: one random sequence, one clock, no environment ---
let counter = 0;
const draw = () => crypto.createHash('sha256').update(`peerway ${ODD ? 'odd ' : ''}vectors ${counter++}`).digest();
const pick = (list) => list[draw().readUInt32LE(0) % list.length];
const below = (n) => draw().readUInt32LE(0) % n;
let clock = Date.UTC(2024, 4, 1);
const RealDate = Date;
global.Date = class extends RealDate {
  constructor(...args) { args.length ? super(...args) : super(clock); }
  static now() { return clock; }
};
const nonce = () => draw().toString('hex').slice(0, pick([32, 64]));
process.env = { PATH: process.env.PATH };

const coreModule = require('@alicloud/openapi-core');
const core = Object.assign({}, coreModule.$OpenApiUtil, { default: coreModule.default });
const coreUtils = coreModule.OpenApiUtil;
const legacy = require('@alicloud/openapi-client');
const Credential = require('@alicloud/credentials');
const teaUtil = require('@alicloud/tea-util');
const popCore = require('@alicloud/pop-core');
const kitx = require(require.resolve('kitx', { paths: [path.dirname(require.resolve('@alicloud/pop-core'))] }));
coreUtils.getNonce = nonce;
teaUtil.default.getNonce = nonce;
kitx.makeNonce = nonce;

// --- every request goes to the local server, whatever host it names ---
let received = null;
const server = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    received = { method: request.method, target: request.url, headers: request.rawHeaders, body: Buffer.concat(chunks) };
    response.setHeader('content-type', 'application/json');
    response.end('{"RequestId":"1"}');
  });
});
const realRequest = http.request;
http.request = function (options, callback) {
  const copy = Object.assign({}, options);
  copy.headers = Object.assign({}, options.headers);
  const names = Object.keys(copy.headers).map((name) => name.toLowerCase());
  if (!names.includes('host')) copy.headers.Host = options.hostname || options.host;
  delete copy.hostname;
  copy.host = '127.0.0.1';
  copy.port = PORT;
  return realRequest.call(http, copy, callback);
};

// --- the output ---
const escape = (text) => Buffer.from(text).toString('latin1').replace(/[%\t\r\n]|[^\x20-\x7e]/g,
  (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0'));
const lines = [];
const DROPPED = ['connection', 'content-length', 'transfer-encoding', 'keep-alive'];
function record(client, scheme, credential, fields = {}) {
  const out = [`client=${client}`, `scheme=${scheme}`, `id=${credential.id}`, `secret=${escape(credential.secret || '')}`];
  if (credential.token) out.push(`token=${escape(credential.token)}`);
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) out.push(`${name}=${escape(value)}`);
  out.push(`time=${clock / 1000}`, `method=${received.method}`, `target=${escape(received.target)}`);
  for (let i = 0; i < received.headers.length; i += 2) {
    if (DROPPED.includes(received.headers[i].toLowerCase())) continue;
    out.push(`h=${escape(received.headers[i])}:${escape(Buffer.from(received.headers[i + 1], 'latin1'))}`);
  }
  if (received.body.length) out.push(`body=${escape(received.body)}`);
  lines.push(out.join('\t'));
  received = null;
  clock += 1000 * (1 + below(86400));
}

// --- what is sent ---
const VALUES = [...odd('y'.repeat(1500), '%2F%252f%7e', '+++', '  lead', 'trail  ', '***', '~~', 'a/b//c', '\uFEFFbom', '\u2028', '👩‍👩‍👧', 'ß',
  '%zz', '%', '&&==', '?a=b', 'null', '\r\n', '🇨🇳+ *~'), 'eu-central-1', 'vpc-t4nexample', '10.10.0.0/16', '', ' ', 'a b', 'a+b', 'a*b', '~tilde~', "it's", '(x)', '!',
  'k=v&w', '100%', '%41', 'é', 'e\u0301', '网络', '𝒳😀', 'tab\there', 'line\nend', '"q"', '<a>', '[1]', '{"a":1}', '\\', '^`|',
  '@:,;$#?', 'x'.repeat(70), '1234567890123456789', 'acs:ram::1:role/r', '0', '-1', 'true', '\u0000', 'Ａ', '\u00a0'];
const NAMES = [...odd('Filter.1.Key', 'zz', 'aB', 'ab', 'AB'), 'RegionId', 'VpcId', 'Name', 'Description', 'ClientToken', 'PageSize', 'CidrBlock', 'InstanceIds', 'a', 'A', 'Z', '_x', 'z9',
  'Key.With.Dots', 'under_score', 'dash-ed'];
const scalar = () => pick([() => pick(VALUES), () => pick(VALUES), () => below(100000), () => below(2) === 1, () => below(1000) / 8,
  () => pick([1e21, 1e-7, 0.1, 123456.789, 5e-324, 1e20])])();
function list(depth) {
  const items = [];
  for (let n = 1 + below(below(4) ? 3 : 12); n > 0; n--) items.push(below(10) === 0 ? null : depth > 0 && below(4) === 0 ? nested(depth - 1) : scalar());
  return items;
}
function object(depth) {
  const fields = {};
  for (let n = below(5); n > 0; n--) fields[pick(['Key', 'Value', 'Zone', 'Id', 'a', 'n1'])] = depth > 0 && below(4) === 0 ? nested(depth - 1) : scalar();
  return fields;
}
const nested = (depth) => (below(2) ? list(depth) : object(depth));
function query(deep = true) {
  const fields = {};
  for (let n = below(9); n > 0; n--) fields[pick(NAMES)] = deep && below(3) === 0 ? nested(2) : scalar();
  if (deep && below(5) === 0) fields.Tag = [{ Key: 'cost center', Value: '' }, { Key: pick(VALUES), Value: pick(VALUES) }];
  if (deep && below(ODD ? 3 : 8) === 0) {
    fields.Empty = pick([[], {}, null, '', ...odd([[]], [{}], [null], [[1, [2, { a: [null, { b: 'c' }] }]]], { a: { b: { c: { d: [{ e: 1 }, { e: null }, {}] } } } })]);
  }
  return fields;
}
const pickBytes = (text) => (ODD ? pick([Buffer.from([0, 1, 2, 255, 254, 13, 10, 37, 38, 61]), Buffer.alloc(0), text]) : text);
const flatQuery = () => Object.fromEntries(Object.entries(query(false)).map(([k, v]) => [k, String(v)]));
const credential = () => pick([
  { id: 'testid', secret: 'testsecret' },
  { id: 'LTAI5tExampleExample', secret: '/+=~ %26&*!()网' },
  { id: 'STS.testid', secret: 'testStsSecret', token: 'CAIS+/token==' + draw().toString('base64') },
]);
const HOSTS = [...odd('vpc.aliyuncs.com:8443', '127.0.0.1:9'), 'vpc.eu-central-1.aliyuncs.com', 'ecs.cn-shanghai.aliyuncs.com', 'vpcpeer.aliyuncs.com', 'VPC.AliyunCS.com', '127.0.0.1:18080'];
const extraHeaders = () => pick([...odd({ 'X-ACS-Caps': '\ttab lead' }, { 'x-acs-empty': '', 'x-acs-z': 'a,b , c' },
  { 'x-acs-region-id': 'eu-central-1 ' }, { 'x-acs-long': 'v'.repeat(1000) }), {}, {}, {}, { 'x-acs-extra': '  two  spaces ' }, { 'X-Acs-Mixed': 'Case' }, { 'x-custom': 'not signed' },
  { 'x-acs-a': '1', 'x-acs-b': '' }]);
const PATHS = [...odd('//double//slash', '/a//b', '/a/./b/../c', '/trail//', '/p/%2F/x', '/p/%7Etilde', '/v2/%e7%bd%91'), '/', '/api/v1/projects', '/api/v1/projects/example%20project/meta', '/quotas/my%20quota', '/a/%E7%BD%91/b', '/a.b-c_d~e/1', '/x/'];

function configOf(api, c, host, more = {}) {
  const config = { endpoint: host, protocol: 'http', regionId: 'eu-central-1', ...more };
  if (c.bearer) config.credential = new Credential.default(new Credential.Config({ type: 'bearer', bearerToken: c.token }));
  else if (c.id) Object.assign(config, { accessKeyId: c.id, accessKeySecret: c.secret, securityToken: c.token });
  return config;
}

async function callApi(label, api, kind) {
  const RuntimeOptions = label === 'openapi-core' ? require('@darabonba/typescript').RuntimeOptions : teaUtil.RuntimeOptions;
  let c = credential();
  let authType = 'AK';
  if (kind === 'bearer') c = { id: '', token: 'bearer.' + draw().toString('hex'), bearer: true };
  if (kind === 'anonymous') { c = { id: '' }; authType = 'Anonymous'; }
  const style = pick(['RPC', 'RPC', 'ROA']);
  const method = style === 'RPC' ? pick(['POST', 'POST', 'GET']) : pick(['GET', 'PUT', 'POST', 'DELETE', 'PATCH']);
  const pathname = style === 'RPC' ? '/' : pick(PATHS);
  const reqBodyType = pick(['formData', 'json', 'byte']);
  const source = query();
  const flat = label === 'openapi-core' ? coreUtils.query(source) : require('@alicloud/openapi-util').default.query(source);
  const request = { query: flat, headers: extraHeaders() };
  if (!['GET', 'DELETE'].includes(method) && below(3) > 0) {
    request.body = { formData: () => query(), json: () => query(), byte: () => pickBytes(Buffer.from(pick(VALUES) + 'bytes')) }[reqBodyType]();
  }
  const params = { action: pick(['DescribeVpcs', 'RunInstances', 'CreateVpcPeerConnection']), version: pick(['2016-04-28', '2022-01-01']),
    protocol: 'HTTP', pathname, method, authType, style, reqBodyType, bodyType: 'json' };
  const client = new api.default(new api.Config(configOf(api, c, pick(HOSTS))));
  await client.callApi(new api.Params(params), new api.OpenApiRequest(request), new RuntimeOptions({}));
  record(label, kind === 'sign' ? 'acs3' : kind, c, { style, nested: JSON.stringify(source) });
}

async function version2(label, api) {
  const c = credential();
  const RuntimeOptions = label === 'openapi-core' ? require('@darabonba/typescript').RuntimeOptions : teaUtil.RuntimeOptions;
  const style = pick(['RPC', 'RPC', 'ROA']);
  const source = query(style === 'RPC');
  const utils = label === 'openapi-core' ? coreUtils : require('@alicloud/openapi-util').default;
  const method = style === 'RPC' ? pick(['POST', 'POST', 'GET']) : pick(['GET', 'PUT', 'POST', 'DELETE']);
  const request = { query: style === 'RPC' ? utils.query(source) : flatQuery(), headers: {} };
  if (!['GET', 'DELETE'].includes(method) && below(2)) request.body = query();
  const params = { action: 'DescribeVpcs', version: '2016-04-28', protocol: 'HTTP', pathname: style === 'RPC' ? '/' : pick(PATHS), method,
    authType: 'AK', style, reqBodyType: style === 'RPC' ? 'formData' : pick(['json', 'formData']), bodyType: 'json' };
  const client = new api.default(new api.Config(configOf(api, c, pick(HOSTS), { signatureAlgorithm: 'v2' })));
  await client.callApi(new api.Params(params), new api.OpenApiRequest(request), new RuntimeOptions({}));
  record(label, style === 'RPC' ? 'rpc' : 'roa', c, { nested: style === 'RPC' ? JSON.stringify(source) : undefined });
}

async function popRpc() {
  const c = credential();
  const client = new popCore.RPCClient({ endpoint: 'http://' + pick(HOSTS), apiVersion: '2014-05-26', accessKeyId: c.id, accessKeySecret: c.secret, securityToken: c.token });
  const params = {};
  for (const [name, value] of Object.entries(query())) {
    if (value === null || (typeof value === 'object' && !Array.isArray(value))) continue; // not flattened by this client
    params[below(3) ? name : name[0].toLowerCase() + name.slice(1)] = Array.isArray(value) ? value.filter((v) => v !== null && typeof v !== 'object') : value;
  }
  await client.request('DescribeDedicatedHosts', params, { method: pick(['GET', 'POST']) });
  record('pop-core', 'rpc', c);
}

async function popRoa() {
  const c = credential();
  const client = new popCore.ROAClient({ endpoint: 'http://' + pick(HOSTS), apiVersion: '2015-12-15', accessKeyId: c.id, accessKeySecret: c.secret, securityToken: c.token });
  const method = pick(['GET', 'POST', 'PUT', 'DELETE']);
  const body = ['POST', 'PUT'].includes(method) ? JSON.stringify(query()) : '';
  const headers = body ? { 'Content-Type': pick(['application/json', 'application/json;charset=utf-8']) } : {};
  if (below(4) === 0) headers['x-acs-extra'] = ' inner\ttab ';
  await client.request(method, pick(PATHS), flatQuery(), body, headers);
  record('pop-core', 'roa', c);
}

async function times(n, what) {
  for (let i = 0; i < n; i++) await what();
}

server.listen(PORT, '127.0.0.1', async () => {
  await times(220, () => callApi('openapi-core', core, 'sign'));
  await times(12, () => callApi('openapi-core', core, 'bearer'));
  await times(12, () => callApi('openapi-core', core, 'anonymous'));
  await times(80, () => version2('openapi-core', core));
  await times(100, () => callApi('openapi-client', legacy, 'sign'));
  await times(60, () => version2('openapi-client', legacy));
  await times(80, popRpc);
  await times(60, popRoa);
  const versions = Object.entries(require('./package.json').dependencies).map(([name, v]) => `${name} ${v}`).join(', ');
  fs.writeFileSync(OUT, `# ${lines.length} requests as sent by ${versions}; made by tests/interop/vectors/generate.js${ODD ? ' odd' : ''}\n` + lines.join('\n') + '\n');
  server.close();
  process.exit(0);
});
