// SPDX-License-Identifier: MIT
// usage: node cloud_calls.js HOST:PORT REQUESTS PARALLEL (in a folder with the interop packages)
// The official SDK makes the same calls; prints seconds, CPU seconds, failures.
'use strict';
const Vpc = require('@alicloud/vpc20160428');
const { $OpenApiUtil } = require('@alicloud/openapi-core');

const [host, requests, parallel] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const client = new Vpc.default(new $OpenApiUtil.Config({ accessKeyId: 'LTAIsandboxdefault',
  accessKeySecret: 'sandbox-default-secret-not-a-real-one', endpoint: host, protocol: 'https', regionId: 'eu-central-1' }));
let left = requests;
let failed = 0;

async function work() {
  while (left > 0) {
    left--;
    const answer = await client.describeVpcs(new Vpc.DescribeVpcsRequest(
      { regionId: 'eu-central-1', pageSize: 10, pageNumber: 1, vpcName: 'data' }));
    if (answer.body.totalCount !== 1) failed++;
  }
}

async function main() {
  const started = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  await Promise.all(Array.from({ length: parallel }, work));
  const used = process.cpuUsage(cpu);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  console.log(`${seconds.toFixed(6)} ${((used.user + used.system) / 1e6).toFixed(6)} ${failed}`);
}

main();
