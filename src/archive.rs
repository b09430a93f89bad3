//! Zip archives that are the same bytes for the same files on every machine and in every run.

use std::io::{self, Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::error::{Error, Result};

/// An archive in the making, in memory. Entries keep the order in which they are started.
pub struct Archive(ZipWriter<Cursor<Vec<u8>>>);

impl Archive {
    /// An archive without entries.
    pub fn new() -> Self {
        Self(ZipWriter::new(Cursor::new(Vec::new())))
    }

    /// Starts an entry; what is written afterwards is its content. `size`, in bytes, need only be exact
    /// enough to tell whether the entry exceeds 4 GiB.
    ///
    /// # Errors
    /// A name that is taken, or an entry before this one that grew too large.
    pub fn start(&mut self, name: &str, executable: bool, size: u64) -> Result<()> {
        // Nothing of the machine gets in: the time is the format's epoch, and every user may read the
        // file, because the service that unpacks it runs it as somebody else.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(if executable { 0o755 } else { 0o644 })
            .large_file(size >= u64::from(u32::MAX));
        self.0.start_file(name, options).map_err(zip_error)
    }

    /// The archive's bytes.
    ///
    /// # Errors
    /// When its last entry grew too large.
    pub fn finish(self) -> Result<Vec<u8>> {
        Ok(self.0.finish().map_err(zip_error)?.into_inner())
    }
}

impl Default for Archive {
    fn default() -> Self {
        Self::new()
    }
}

/// Adds to the content of the entry that was started last.
impl Write for Archive {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn zip_error(error: zip::result::ZipError) -> Error {
    Error::from(anyhow::Error::new(error))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use zip::ZipArchive;

    use super::*;

    #[test]
    fn entries_keep_name_content_and_the_executable_bit() {
        let mut archive = Archive::new();
        for (name, executable, content) in
            [("run", true, "#!/bin/sh\n"), ("a/ü.txt", false, "x"), ("empty", false, "")]
        {
            archive.start(name, executable, 0).unwrap();
            archive.write_all(content.as_bytes()).unwrap();
        }
        let mut read = ZipArchive::new(Cursor::new(archive.finish().unwrap())).unwrap();
        let mut found = Vec::new();
        for index in 0..read.len() {
            let mut entry = read.by_index(index).unwrap();
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            let mode = entry.unix_mode().unwrap() & 0o7777;
            assert_eq!(entry.last_modified(), Some(DateTime::default()));
            found.push((entry.name().unwrap().into_owned(), mode, content));
        }
        let expected = [("run", 0o755, "#!/bin/sh\n"), ("a/ü.txt", 0o644, "x"), ("empty", 0o644, "")]
            .map(|(name, mode, content)| (name.to_owned(), mode, content.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_name_can_be_taken_once() {
        let mut archive = Archive::new();
        archive.start("a", false, 0).unwrap();
        assert!(archive.start("a", false, 0).is_err());
    }
}
