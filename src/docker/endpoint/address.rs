//! An engine's address in the forms that the `docker` program takes: `tcp://host:port/path` with most parts left
//! out, `unix://path`, `ssh://user@host`.

use std::net::Ipv6Addr;
use std::path::PathBuf;

use super::ssh::SshTarget;

/// The socket of an engine that was installed the usual way.
pub(crate) const SOCKET: &str = "/var/run/docker.sock";
const HOST: &str = "localhost";
const PORT: &str = "2375";
const TLS_PORT: &str = "2376";
/// What the `docker` program calls every engine that it reaches through `ssh`.
const BEHIND_SSH: &str = "http://docker.example.com";
/// Marks of a host's name and of a path that need no encoding.
const HOST_MARKS: &str = "-._~";
const PATH_MARKS: &str = "-._~/:@!$&'()*+,;=";

/// An address, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    Unix(PathBuf),
    Tcp {
        at: HostPort,
        /// Whether the address itself asks for TLS.
        secure: bool,
    },
    Ssh(SshTarget),
}

/// Where an engine's HTTP server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// `host:port`, the host in brackets when it has colons.
    pub authority: String,
    /// What stands before every path of the engine's API, as for an engine behind another server; not decoded.
    pub path: String,
}

impl std::fmt::Display for HostPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.authority, self.path)
    }
}

impl Address {
    /// Reads an address. One without a scheme is a host; one of blanks stands for the usual engine, which is
    /// reached by TLS if `tls` says so.
    ///
    /// # Errors
    /// What is wrong, as a sentence fragment without the address: it may hold a password.
    pub(crate) fn parse(text: &str, tls: bool) -> Result<Self, &'static str> {
        let text = text.trim();
        match text.split_once("://") {
            None if text.is_empty() && tls => tcp(HOST, TLS_PORT, false),
            None if text.is_empty() => Ok(Self::Unix(SOCKET.into())),
            // The `docker` program takes these for hosts as well, and finds none.
            None if text.starts_with('/') => Err("this is a path; a socket is written unix:///path"),
            None if text.starts_with("unix:") => Err("a socket is written unix:///path"),
            None => tcp(text, PORT, false),
            Some(("tcp", rest)) => tcp(rest.strip_prefix("tcp://").unwrap_or(rest), PORT, false),
            Some(("http", rest)) => tcp(rest, PORT, false),
            Some(("https", rest)) => tcp(rest, TLS_PORT, true),
            Some(("unix", rest)) => match rest.strip_prefix("unix://").unwrap_or(rest) {
                path if path.contains("://") => Err("this is not the path of a socket"),
                "" => Ok(Self::Unix(SOCKET.into())),
                path => Ok(Self::Unix(path.into())),
            },
            Some(("ssh", rest)) => ssh(rest)
                .map(Self::Ssh)
                .ok_or("this is not user@host, user@host:port or user@host/path/docker.sock"),
            Some(("npipe", _)) => Err("named pipes exist on Windows only"),
            Some(_) => Err("this is not an address of a Docker Engine"),
        }
    }

    /// The address as the `docker` program writes it where it is the name of an engine's settings.
    pub(crate) fn of_settings(&self) -> String {
        match self {
            Self::Unix(path) => format!("unix://{}", path.display()),
            Self::Tcp { at, .. } => format!("tcp://{}{}", at.authority, decode(&at.path)),
            Self::Ssh(_) => BEHIND_SSH.to_owned(),
        }
    }
}

/// `host:port/path`, with the defaults for what is left out. A user's name and password are not used.
fn tcp(text: &str, port: &str, secure: bool) -> Result<Address, &'static str> {
    let wrong = "this is not a host and a port";
    if text.contains("://") || text.chars().any(char::is_control) {
        return Err(wrong);
    }
    let text = text.split(['#', '?']).next().unwrap_or_default();
    let (authority, path) = text.split_once('/').map_or((text, None), |(host, path)| (host, Some(path)));
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, given) = host_and_port(authority).ok_or(wrong)?;
    let host = if host.is_empty() { HOST } else { host };
    let port = if given.is_empty() { port } else { given };
    if port.parse::<u16>().is_err() {
        return Err(wrong);
    }
    let authority = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let path = path.map(|path| encode(&format!("/{path}"))).unwrap_or_default();
    Ok(Address::Tcp { at: HostPort { authority, path }, secure })
}

/// Either may be empty. An IPv6 address needs its brackets only before a port.
fn host_and_port(authority: &str) -> Option<(&str, &str)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, behind) = rest.split_once(']')?;
        let port = if behind.is_empty() { behind } else { behind.strip_prefix(':')? };
        return host.parse::<Ipv6Addr>().is_ok().then_some((host, port));
    }
    if authority.parse::<Ipv6Addr>().is_ok() {
        return Some((authority, ""));
    }
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let is_host = host.chars().all(|c| c.is_alphanumeric() || HOST_MARKS.contains(c));
    is_host.then_some((host, port))
}

/// A path as it stands in a request; what is encoded already stays.
fn encode(path: &str) -> String {
    let mut encoded = String::new();
    for byte in path.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || PATH_MARKS.contains(c) || c == '%' {
            encoded.push(c);
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// The text behind `%40` and the like.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.get(..2).filter(|code| code.iter().all(u8::is_ascii_hexdigit));
        let code = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        match code.filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `[user@]host[:port][/path of the socket]`; no password, and nothing that a shell would read.
fn ssh(text: &str) -> Option<SshTarget> {
    let (authority, socket) = match text.split_once('/') {
        Some((authority, path)) => (authority, Some(format!("/{path}")).filter(|path| path != "/")),
        None => (text, None),
    };
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user.to_owned()), host),
        None => (None, authority),
    };
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(':') => (host, Some(port.to_owned())),
        _ => (host, None),
    };
    let plain = |text: &str, also: &str| {
        !text.is_empty()
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c) || also.contains(c))
    };
    let fits = plain(host, "[]:%")
        && user.as_deref().is_none_or(|user| plain(user, "+\\"))
        && port.as_deref().is_none_or(|port| port.parse::<u16>().is_ok())
        && socket.as_deref().is_none_or(|path| plain(path, "/"));
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    fits.then_some(SshTarget { user, host, port, socket })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_all_their_forms() {
        let mut shown = String::new();
        for text in [
            "",
            " \t",
            "localhost:2375",
            ":2375",
            ":6666/path",
            "127.0.0.1",
            "0.0.0.1:",
            "docker.sock",
            "tcp://",
            "tcp://host",
            "tcp://host:",
            "tcp://host/",
            " tcp://:7777/path ",
            "tcp://h:1/base/a%20b c",
            "tcp://h:0",
            "tcp://user:hunter2@h:1?x=y#z",
            "tcp://[::1]",
            "tcp://[::1]:",
            "[::1]:5555/path",
            "tcp://[::1]:2375",
            "tcp://::1",
            "tcp://unix:///x",
            "tcp://tcp://h",
            "http://127.0.0.1:80/",
            "https://h",
            "unix://",
            "\nunix:///x.sock ",
            "unix://relative",
            "unix://@abstract",
            "unix://unix:///x",
            "ssh://me@h:22/run/d.sock",
            "ssh://[::1]:22",
            "ssh://h",
            "ssh://me:hunter2@h",
            "ssh://host/a b;rm",
            "ssh://",
            "/var/run/docker.sock",
            "unix:/x",
            "unix://tcp://x",
            "tcp:h",
            "tcp://h:abc",
            "tcp://h:99999",
            "tcp:// h",
            "tcp://a\u{1b}b",
            "tcp://[::1",
            "tcp://[x]:1",
            "tcp://%41:1",
            "tcp://1:2:3",
            "something with blanks",
            "TCP://h",
            "fd://",
            "npipe://",
            "://x",
        ] {
            let found = match Address::parse(text, false) {
                Ok(Address::Tcp { at, secure: true }) => format!("{at} (TLS)"),
                Ok(Address::Ssh(target)) => super::super::Endpoint::Ssh(target).to_string(),
                Ok(address) => address.of_settings(),
                Err(why) => format!("error: {why}"),
            };
            shown += &format!("{text:?} {found}\n");
        }
        insta::assert_snapshot!(shown, @r#"
        "" unix:///var/run/docker.sock
        " \t" unix:///var/run/docker.sock
        "localhost:2375" tcp://localhost:2375
        ":2375" tcp://localhost:2375
        ":6666/path" tcp://localhost:6666/path
        "127.0.0.1" tcp://127.0.0.1:2375
        "0.0.0.1:" tcp://0.0.0.1:2375
        "docker.sock" tcp://docker.sock:2375
        "tcp://" tcp://localhost:2375
        "tcp://host" tcp://host:2375
        "tcp://host:" tcp://host:2375
        "tcp://host/" tcp://host:2375/
        " tcp://:7777/path " tcp://localhost:7777/path
        "tcp://h:1/base/a%20b c" tcp://h:1/base/a b c
        "tcp://h:0" tcp://h:0
        "tcp://user:hunter2@h:1?x=y#z" tcp://h:1
        "tcp://[::1]" tcp://[::1]:2375
        "tcp://[::1]:" tcp://[::1]:2375
        "[::1]:5555/path" tcp://[::1]:5555/path
        "tcp://[::1]:2375" tcp://[::1]:2375
        "tcp://::1" tcp://[::1]:2375
        "tcp://unix:///x" error: this is not a host and a port
        "tcp://tcp://h" tcp://h:2375
        "http://127.0.0.1:80/" tcp://127.0.0.1:80/
        "https://h" h:2376 (TLS)
        "unix://" unix:///var/run/docker.sock
        "\nunix:///x.sock " unix:///x.sock
        "unix://relative" unix://relative
        "unix://@abstract" unix://@abstract
        "unix://unix:///x" unix:///x
        "ssh://me@h:22/run/d.sock" ssh://me@h:22/run/d.sock
        "ssh://[::1]:22" ssh://::1:22
        "ssh://h" ssh://h
        "ssh://me:hunter2@h" error: this is not user@host, user@host:port or user@host/path/docker.sock
        "ssh://host/a b;rm" error: this is not user@host, user@host:port or user@host/path/docker.sock
        "ssh://" error: this is not user@host, user@host:port or user@host/path/docker.sock
        "/var/run/docker.sock" error: this is a path; a socket is written unix:///path
        "unix:/x" error: a socket is written unix:///path
        "unix://tcp://x" error: this is not the path of a socket
        "tcp:h" error: this is not a host and a port
        "tcp://h:abc" error: this is not a host and a port
        "tcp://h:99999" error: this is not a host and a port
        "tcp:// h" error: this is not a host and a port
        "tcp://a\u{1b}b" error: this is not a host and a port
        "tcp://[::1" error: this is not a host and a port
        "tcp://[x]:1" error: this is not a host and a port
        "tcp://%41:1" error: this is not a host and a port
        "tcp://1:2:3" error: this is not a host and a port
        "something with blanks" error: this is not a host and a port
        "TCP://h" error: this is not an address of a Docker Engine
        "fd://" error: this is not an address of a Docker Engine
        "npipe://" error: named pipes exist on Windows only
        "://x" error: this is not an address of a Docker Engine
        "#);
        let Ok(Address::Tcp { at, .. }) = Address::parse("h:1/base/a%20b c", false) else { panic!() };
        assert_eq!(at.to_string(), "h:1/base/a%20b%20c");
        assert_eq!(Address::parse(" ", true).unwrap().of_settings(), "tcp://localhost:2376");
        assert_eq!(Address::parse("ssh://h", false).unwrap().of_settings(), BEHIND_SSH);
    }
}
