//! What a workspace may not make this program do.

/// What is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Fail instead of running a CDK app.
    pub no_cdk: bool,
    /// Fail instead of using files outside the workspace.
    pub no_outside_files: bool,
}
