// SPDX-License-Identifier: MIT
// The official Node signers on the same request: microseconds of CPU per call, best and median.
'use strict';
const path = require('path');
const modules = path.join(__dirname, '..', 'interop', 'vectors', 'node_modules', '@alicloud');
const core = require(path.join(modules, 'openapi-core')).OpenApiUtil;
const util = require(path.join(modules, 'openapi-util')).default;

const query = { RegionId: 'ap-southeast-1', VpcId: 'vpc-t4nexample0123456789', AcceptingAliUid: '1234567890123456',
  AcceptingRegionId: 'eu-central-1', AcceptingVpcId: 'vpc-gw8example0123456789', Name: 'analytics to apps / 1 [prod]',
  ClientToken: '0c593ea1-3bea-11e9-b96b-88e9fe637760', Bandwidth: '1024' };
const hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const headers = { host: 'vpcpeer.aliyuncs.com', 'x-acs-version': '2022-01-01', 'x-acs-action': 'CreateVpcPeerConnection',
  'user-agent': 'bench/1.0', 'x-acs-date': '2024-05-01T00:04:04Z', 'x-acs-signature-nonce': '6970041381069bfeb059842158d5b779',
  accept: 'application/json', 'x-acs-content-sha256': hash };
const request = { method: 'POST', pathname: '/', query, headers };
const common = { AccessKeyId: 'testid', Action: 'CreateVpcPeerConnection', Format: 'JSON', SignatureMethod: 'HMAC-SHA1',
  SignatureNonce: '697004138106', SignatureVersion: '1.0', Timestamp: '2024-05-01T00:04Z', Version: '2022-01-01' };

function measure(name, once) {
  const times = [];
  for (let i = 0; i < 20000; i++) once();
  for (let round = 0; round < 9; round++) {
    const start = process.cpuUsage();
    for (let i = 0; i < 20000; i++) once();
    const used = process.cpuUsage(start);
    times.push((used.user + used.system) / 20000);
  }
  times.sort((a, b) => a - b);
  console.log(`${name} ${times[0].toFixed(3)} ${times[4].toFixed(3)}`);
}

measure('node-core-acs3', () => core.getAuthorization(request, 'ACS3-HMAC-SHA256', hash, 'testid', 'testsecret'));
measure('node-util-acs3', () => util.getAuthorization(request, 'ACS3-HMAC-SHA256', hash, 'testid', 'testsecret'));
measure('node-core-rpc-v1', () => core.getRPCSignature({ ...common, ...query }, 'POST', 'testsecret'));
console.log('authorization ' + core.getAuthorization(request, 'ACS3-HMAC-SHA256', hash, 'testid', 'testsecret'));
