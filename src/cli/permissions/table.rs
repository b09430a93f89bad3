//! Which rights each command needs of the credentials that it is run with.

use super::grants::{
    ASSUME_MANAGERS, CHANGE_ROLES_STACK, CHANGE_STACK_SET, CHECK, CHECK_STACK_SET_ROLES, CONTINUE_ROLLBACKS,
    COUNT_SECRETS, CREATE_ENVIRONMENTS, DELETE_IMAGES, DELETE_RECORDS, DELETE_STACKS, EMPTY_BUCKETS,
    FIND_BY_TAG, FIND_LOG_GROUPS, FIND_REGIONAL, Grant, LOG_IN_TO_REGISTRY, LOOK_AT_INTERFACES,
    MANAGE_APPLICATION_ROLES, MANAGE_ENVIRONMENT_ROLES, PASS_ADMINISTRATION_ROLE, PUSH_IMAGES,
    READ_BOUNDARIES, READ_BUILD_SECRETS, READ_CERTIFICATES, READ_DOMAINS, READ_FAILURES, READ_NETWORKS,
    READ_PIPELINES, READ_PREFIX_LISTS, READ_RECORDS, READ_RUNS, READ_VERSIONS, SERVICE_LINKED_ROLE,
    SHRINK_STACK_SET, START_RUNS, STOP_RUNS, UPLOAD_ARTIFACTS, WRITE_RECORDS,
};

/// A command by its path, and what it needs. One that needs nothing calls AWS in no case, or only to learn who it is.
pub(super) type Row = (&'static str, &'static [&'static [&'static Grant]]);

const READING: &[&Grant] = &[&READ_RECORDS];
/// Everything about an environment happens in its account, with its manager role.
const WITH_MANAGER: &[&Grant] = &[&READ_RECORDS, &ASSUME_MANAGERS];
const UPLOADING: &[&Grant] = &[&FIND_REGIONAL];
const BUILDING: &[&Grant] = &[&LOG_IN_TO_REGISTRY, &PUSH_IMAGES, &READ_BUILD_SECRETS];
const STACK_SET: &[&Grant] =
    &[&READ_VERSIONS, &CHANGE_STACK_SET, &PASS_ADMINISTRATION_ROLE, &FIND_REGIONAL, &READ_FAILURES];
const APPLICATION: &[&Grant] =
    &[&WRITE_RECORDS, &CHANGE_ROLES_STACK, &MANAGE_APPLICATION_ROLES, &READ_DOMAINS, &READ_BOUNDARIES];
const ENVIRONMENT: &[&Grant] = &[
    &WRITE_RECORDS,
    &CREATE_ENVIRONMENTS,
    &MANAGE_ENVIRONMENT_ROLES,
    &SERVICE_LINKED_ROLE,
    &READ_NETWORKS,
    &READ_CERTIFICATES,
];
const DELETING: &[&Grant] = &[
    &DELETE_RECORDS,
    &FIND_BY_TAG,
    &READ_PIPELINES,
    &SHRINK_STACK_SET,
    &CHECK_STACK_SET_ROLES,
    &EMPTY_BUCKETS,
    &DELETE_IMAGES,
    &MANAGE_ENVIRONMENT_ROLES,
    &DELETE_STACKS,
    &LOOK_AT_INTERFACES,
    &COUNT_SECRETS,
    &STOP_RUNS,
];

pub(super) const ROWS: &[Row] = &[
    (
        "init",
        &[
            WITH_MANAGER,
            STACK_SET,
            APPLICATION,
            ENVIRONMENT,
            BUILDING,
            &[&UPLOAD_ARTIFACTS, &CONTINUE_ROLLBACKS, &FIND_LOG_GROUPS],
        ],
    ),
    ("app init", &[READING, STACK_SET, APPLICATION]),
    ("app ls", &[READING]),
    ("app show", &[WITH_MANAGER, &[&READ_VERSIONS, &FIND_BY_TAG, &READ_PIPELINES]]),
    ("app upgrade", &[READING, STACK_SET, APPLICATION]),
    ("app delete", &[WITH_MANAGER, STACK_SET, DELETING, &[&CHANGE_ROLES_STACK, &MANAGE_APPLICATION_ROLES]]),
    ("env init", &[WITH_MANAGER, STACK_SET, APPLICATION, ENVIRONMENT]),
    ("env deploy", &[WITH_MANAGER, UPLOADING, &[&UPLOAD_ARTIFACTS, &CONTINUE_ROLLBACKS, &READ_PREFIX_LISTS]]),
    ("env ls", &[READING]),
    ("env package", &[WITH_MANAGER, UPLOADING, &[&READ_PREFIX_LISTS]]),
    ("env show", &[WITH_MANAGER]),
    ("env override", &[]),
    ("env delete", &[WITH_MANAGER, STACK_SET, DELETING, &[&CHANGE_ROLES_STACK, &MANAGE_APPLICATION_ROLES]]),
    ("job init", &[WITH_MANAGER, STACK_SET, &[&WRITE_RECORDS]]),
    (
        "job deploy",
        &[
            WITH_MANAGER,
            UPLOADING,
            BUILDING,
            &[&CONTINUE_ROLLBACKS, &FIND_LOG_GROUPS, &START_RUNS, &READ_RUNS],
        ],
    ),
    ("job ls", &[READING]),
    ("job package", &[WITH_MANAGER, UPLOADING, BUILDING]),
    ("job run", &[WITH_MANAGER, &[&START_RUNS, &READ_RUNS]]),
    ("job status", &[WITH_MANAGER, &[&READ_RUNS]]),
    ("job runs", &[WITH_MANAGER, &[&READ_RUNS]]),
    ("job logs", &[WITH_MANAGER]),
    ("job stop", &[WITH_MANAGER, &[&READ_RUNS, &STOP_RUNS]]),
    ("job show", &[WITH_MANAGER]),
    ("job override", &[]),
    ("job pause", &[WITH_MANAGER, UPLOADING]),
    ("job resume", &[WITH_MANAGER, UPLOADING]),
    (
        "job delete",
        &[
            WITH_MANAGER,
            STACK_SET,
            &[&DELETE_RECORDS, &FIND_BY_TAG, &READ_PIPELINES, &DELETE_IMAGES, &DELETE_STACKS, &STOP_RUNS],
        ],
    ),
    ("secret init", &[WITH_MANAGER]),
    ("secret ls", &[WITH_MANAGER]),
    ("storage init", &[READING]),
    ("doctor", &[WITH_MANAGER, STACK_SET, &[&CHECK]]),
    ("completion", &[]),
    ("schema", &[]),
    ("version", &[]),
];
