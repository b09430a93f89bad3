//! What is done with secrets.

pub mod init;
pub mod input;
pub mod list;
pub mod port;
