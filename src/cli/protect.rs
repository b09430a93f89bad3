//! What is asked of the system for a process that holds credentials.

/// Switches core dumps off: they would hold credentials. Where that is refused, all else still works.
#[cfg(unix)]
pub(super) fn no_core_dumps() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Core).maximum;
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum });
    // A handler of core dumps that is a program is not bound by the limit. This also keeps other processes of the same
    // user from reading this one's memory and environment.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Other systems make none.
#[cfg(not(unix))]
pub fn no_core_dumps() {}
