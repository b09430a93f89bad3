//! Reading the git repository a job is deployed from.
