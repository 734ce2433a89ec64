// SPDX-License-Identifier: MIT
// Named checks that count; a failed one does not stop the others of its scenario unless they need its result.
'use strict';

const counts = { passed: 0, failed: 0 };

// check(name, fn): runs fn, which throws when something is not as it has to be; returns what fn returns.
async function check(name, fn) {
  try {
    const result = await fn();
    counts.passed++;
    if (process.env.VERBOSE) console.log(`ok      ${name}`);
    return result;
  } catch (error) {
    counts.failed++;
    console.log(`FAILED  ${name}\n        ${error.code || ''} ${error.message || error}`);
    return undefined;
  }
}

function same(actual, expected, what) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what || 'value'}: got ${a}, expected ${b}`);
}

function truthy(value, what) {
  if (!value) throw new Error(`${what || 'value'} is ${JSON.stringify(value)}`);
  return value;
}

// refused(code, fn): fn has to fail with this error code of the cloud.
async function refused(code, fn) {
  try {
    await fn();
  } catch (error) {
    const got = error.code || (error.data && error.data.Code);
    if (got !== code) throw new Error(`refused with ${got} (${error.message}), expected ${code}`);
    return error;
  }
  throw new Error(`was not refused, expected ${code}`);
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// until(read, good): reads until good(answer) holds; gives up after 60 s.
async function until(read, good, what) {
  const end = Date.now() + 60000;
  for (;;) {
    const answer = await read();
    if (good(answer)) return answer;
    if (Date.now() > end) throw new Error(`${what} was not reached: ${JSON.stringify(answer).slice(0, 300)}`);
    await sleep(100);
  }
}

function finish() {
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exit(counts.failed || !counts.passed ? 1 : 0);
}

module.exports = { check, same, truthy, refused, until, sleep, finish };
