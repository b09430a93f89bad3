//! Hands events to whoever shows them.

use std::io;

use super::port::{LogEvent, Sink};
use crate::error::Error;

/// Why nothing more is shown.
pub(super) enum Ending {
    /// Nobody reads any more.
    Closed,
    Failed(Error),
}

impl From<Error> for Ending {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<io::Error> for Ending {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Failed(Error::new(format!("cannot write to the standard output: {error}"))),
        }
    }
}

/// Counts the events that were shown.
pub(super) struct Printer<'a, S> {
    sink: &'a mut S,
    pub count: usize,
}

impl<'a, S: Sink> Printer<'a, S> {
    pub(super) fn new(sink: &'a mut S) -> Self {
        Self { sink, count: 0 }
    }

    pub(super) fn one(&mut self, event: &LogEvent) -> Result<(), Ending> {
        self.count += 1;
        Ok(self.sink.write(event)?)
    }

    pub(super) fn flush(&mut self) -> Result<(), Ending> {
        Ok(self.sink.flush()?)
    }

    /// Shows events at once.
    pub(super) fn all(&mut self, events: &[LogEvent]) -> Result<(), Ending> {
        for event in events {
            self.one(event)?;
        }
        self.flush()
    }
}
