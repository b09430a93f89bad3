//! `timeout` and `retries`.

use super::{Row, check, job, refused};

const ROWS: &[Row] = &[
    job("timeout: 2h\nretries: 4", "retries: 4; timeout: Some(7200)"),
    job("timeout: 1h", "timeout: Some(3600)"),
    job("retries: 3", "retries: 3"),
    job("timeout: 1h45m", "timeout: Some(6300)"),
    job("timeout: 2.5h", "timeout: Some(9000)"),
    job("timeout: 3000ms", "timeout: Some(3)"),
    job("timeout: '75s'", "timeout: Some(75)"),
    // There is no upper limit.
    job("timeout: 200000h", "timeout: Some(720000000)"),
    refused("timeout: 250ms", &["1 timeout: `250ms` is shorter than a second"]),
    refused("timeout: 0s", &["1 timeout: `0s` is shorter than a second"]),
    refused("timeout: 0", &["1 timeout: `0` is shorter than a second"]),
    refused("timeout: -2h", &["1 timeout: `-2h` is shorter than a second"]),
    refused("timeout: 2s30ms", &["1 timeout: `2s30ms` is not a whole number of seconds"]),
    refused("timeout: 3 hours", &["1 timeout: `3 hours` is not a duration"]),
    refused("timeout: 45", &["1 timeout: `45` is not a duration"]),
    refused("timeout: 2d", &["1 timeout: `2d` is not a duration"]),
    refused("timeout: 2H", &["1 timeout: `2H` is not a duration"]),
    // Empty means none.
    job("timeout: ''", ""),
    job("timeout:", ""),
    job("retries: 0", ""),
    job("retries:", ""),
    job("retries: 2.7", "retries: 2"),
    refused("cpu: 256\nretries: -1", &["2 retries: the number of retries is negative (-1)"]),
    refused("retries: '2'", &["1 retries: expected a number, found the text `2`"]),
];

#[test]
fn timeouts_and_retries() {
    check("timeouts and retries", ROWS);
}
