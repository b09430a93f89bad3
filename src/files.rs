//! Reads files that somebody else may have put there: regular files of a bounded size, and nothing else.
//!
//! A named pipe would be waited for without end, a device may be endless, and files of the kernel hold what belongs into no
//! upload: `/proc/self/environ` has this process's credentials.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// The largest manifest, template, Dockerfile or file of settings, in bytes. CloudFormation takes templates of one megabyte.
pub const TEXT: u64 = 16 << 20;
/// The largest environment file, in bytes.
pub const ENV_FILE: u64 = 16 << 20;
/// The largest file or archive that addons name, in bytes. Lambda takes archives of 250 MB, Elastic Beanstalk of 500 MB.
pub const ASSET: u64 = 1 << 30;

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
/// When it cannot be read, is something else or is larger.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let (file, about) = open(path)?;
    if about.len() > limit {
        return Err(too_large(limit));
    }
    let mut content = Vec::with_capacity(usize::try_from(about.len()).unwrap_or_default() + 1);
    // It may grow while it is read.
    file.take(limit + 1).read_to_end(&mut content)?;
    if content.len() as u64 > limit {
        return Err(too_large(limit));
    }
    Ok(content)
}

/// Opens a regular file.
///
/// # Errors
/// When it cannot be opened or is something else.
pub fn open(path: &Path) -> io::Result<(File, Metadata)> {
    // Looked at first, since opening some devices does something, and again when it is open.
    check(&std::fs::metadata(path)?)?;
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
    let file = OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path)?;
    let about = file.metadata()?;
    check(&about)?;
    if is_of_kernel(&file) {
        return Err(wrong("it is a file of the kernel (/proc, /sys), not one on a disk"));
    }
    Ok((file, about))
}

/// The error of a file, or of several, with more than `limit` bytes.
pub fn too_large(limit: u64) -> io::Error {
    let limit = match limit {
        limit if limit >= 1 << 30 => format!("{} GB", limit >> 30),
        limit if limit >= 1 << 20 => format!("{} MB", limit >> 20),
        limit if limit >= 1 << 10 => format!("{} KB", limit >> 10),
        limit => format!("{limit} bytes"),
    };
    wrong(&format!("it has more than {limit}"))
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

fn check(about: &Metadata) -> io::Result<()> {
    let kind = about.file_type();
    let what = match kind {
        kind if kind.is_file() => return Ok(()),
        kind if kind.is_dir() => return Err(rustix::io::Errno::ISDIR.into()),
        kind if kind.is_fifo() => "a named pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    };
    Err(wrong(&format!("it is {what}, not a file")))
}

/// Files of the kernel pass for regular ones, of size 0.
#[cfg(target_os = "linux")]
fn is_of_kernel(file: &File) -> bool {
    const PROC: u32 = 0x9fa0;
    const SYS: u32 = 0x6265_6572;
    const DEBUG: u32 = 0x6462_6720;
    const TRACE: u32 = 0x7472_6163;
    const SECURITY: u32 = 0x7363_6673;
    let system = rustix::fs::fstatfs(file).map(|about| about.f_type);
    let kinds = [PROC, SYS, DEBUG, TRACE, SECURITY];
    system.is_ok_and(|kind| u32::try_from(kind).is_ok_and(|kind| kinds.contains(&kind)))
}

#[cfg(not(target_os = "linux"))]
fn is_of_kernel(_: &File) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn only_regular_files_of_a_bounded_size_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("four"), "four").unwrap();
        fs::write(at("five"), "fives").unwrap();
        let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
        assert!(made.success());
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        std::os::unix::fs::symlink("four", at("link")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", at("endless")).unwrap();
        File::create(at("sparse")).unwrap().set_len(1 << 40).unwrap();
        let told = |path: PathBuf| match read(&path, 4) {
            Ok(content) => String::from_utf8(content).unwrap(),
            Err(error) => error.to_string(),
        };
        for (path, expected) in [
            (at("four"), "four"),
            (at("link"), "four"),
            (at("five"), "it has more than 4 bytes"),
            (at("sparse"), "it has more than 4 bytes"),
            (at("pipe"), "it is a named pipe, not a file"),
            (at("socket"), "it is a socket, not a file"),
            (at("endless"), "it is a device, not a file"),
            (at("gone"), "No such file or directory (os error 2)"),
            (dir.path().to_owned(), "Is a directory (os error 21)"),
            #[cfg(target_os = "linux")]
            (
                PathBuf::from("/proc/self/environ"),
                "it is a file of the kernel (/proc, /sys), not one on a disk",
            ),
        ] {
            assert_eq!(told(path.clone()), expected, "{}", path.display());
        }
    }

    #[test]
    fn limits_are_told_in_round_numbers() {
        for (limit, told) in [(TEXT, "16 MB"), (ASSET, "1 GB"), (500 << 10, "500 KB")] {
            assert_eq!(too_large(limit).to_string(), format!("it has more than {told}"));
        }
    }
}
