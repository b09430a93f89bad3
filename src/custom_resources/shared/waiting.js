// Pauses and repeated calls. They have no time limits of their own: the request's signal ends them when the function's
// time is nearly over.

"use strict";

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

// Calls `look` until it returns something. Passing trouble is no reason to give up; any other error is.
async function poll(request, look) {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    try {
      const found = await look();
      request.trouble = undefined;
      if (found !== undefined) {
        return found;
      }
    } catch (error) {
      if (!isTransient(error)) {
        throw error;
      }
      request.trouble = error;
    }
    await sleep(pause, request.signal);
  }
}

// Whether the same call may succeed later. Route 53 refuses a change of a zone while another one is being accepted.
function isTransient(error) {
  const lost =
    ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(error.code) || error.name === "TimeoutError";
  const busy = /Throttl|TooManyRequests|RequestLimitExceeded|PriorRequestNotComplete|SlowDown/.test(error.name);
  return lost || busy || error.$metadata?.httpStatusCode >= 500;
}

function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop);
  });
}

module.exports = { isTransient, poll, sleep };
