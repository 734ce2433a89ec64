// SPDX-License-Identifier: MIT
// usage: node signers.js RECEIVED SECRET
// Recomputes the Authorization header of every recorded request with the signers of two official cores.
'use strict';
const fs = require('fs');
const querystring = require('querystring');
const { OpenApiUtil } = require('@alicloud/openapi-core');
const legacy = require('@alicloud/openapi-util').default;

const ALGORITHM = 'ACS3-HMAC-SHA256';

// The request as the cores describe it before they sign: decoded query, the headers they would have set.
function described(record) {
  const headers = {};
  for (const [name, values] of Object.entries(record.headers)) {
    if (name === 'host' || name === 'content-type' || name.startsWith('x-acs-')) headers[name] = values[0];
  }
  return { method: record.method, pathname: record.path, query: Object.fromEntries(record.query), headers };
}

const signers = {
  'openapi-core': (record, secret) => OpenApiUtil.getAuthorization(described(record), ALGORITHM,
    record.headers['x-acs-content-sha256'][0], keyOf(record), secret),
  'openapi-util': (record, secret) => legacy.getAuthorization(described(record), ALGORITHM,
    record.headers['x-acs-content-sha256'][0], keyOf(record), secret),
};

function keyOf(record) {
  return record.headers.authorization[0].match(/Credential=([^,]+)/)[1];
}

// The form body as the cores' own encoder would have to read it back.
function formProblem(record) {
  if (!record.form.length) return null;
  const parsed = { ...querystring.parse(record.body, '&', '=', { maxKeys: 0 }) };
  for (const [name, value] of record.form) {
    if (parsed[name] !== value) return `form ${name} is read as ${JSON.stringify(parsed[name])}`;
  }
  return null;
}

let passed = 0, failed = 0;
const [file, secret] = process.argv.slice(2);
for (const line of fs.readFileSync(file, 'utf8').trim().split('\n')) {
  const record = JSON.parse(line);
  if (!record.headers.authorization) continue; // anonymous by its nature; compare.py has judged it
  const problems = [formProblem(record)].filter(Boolean);
  for (const [name, sign] of Object.entries(signers)) {
    const wanted = sign(record, secret);
    if (wanted !== record.headers.authorization[0]) problems.push(`${name} signs ${wanted}`);
  }
  if (problems.length) {
    failed++;
    console.log(`FAILED  ${record.headers['x-acs-action']}: ${problems.join('; ')}`);
  } else passed++;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
