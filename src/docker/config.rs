//! Docker's `config.json`, read the way the `docker` program reads it: the case of a setting's name does not
//! matter, `null` means "not set", of settings that are there twice the later one counts, and what follows the
//! first value of the file is not looked at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, io};

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use crate::files;

/// A JSON value that keeps what an ordinary map would lose: the order, and names that are there twice.
#[derive(Debug)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Text(String),
    Object(Vec<(String, Json)>),
    /// Numbers and lists: no setting that is read here is one.
    Other,
}

/// A map of a configuration file.
pub(crate) type Map<'a> = BTreeMap<&'a str, &'a Json>;

impl Json {
    /// The first value of a text; an empty text has none and sets nothing.
    pub(crate) fn parse(bytes: &[u8]) -> serde_json::Result<Self> {
        let text = String::from_utf8_lossy(bytes);
        serde_json::Deserializer::from_str(&text).into_iter().next().unwrap_or(Ok(Self::Null))
    }

    /// The values of a setting, in their order.
    fn fields(&self, name: &str) -> Result<impl Iterator<Item = &Self>, String> {
        let fields = match self {
            Self::Null => &[][..],
            Self::Object(fields) => fields.as_slice(),
            _ => return Err("it is not an object".to_owned()),
        };
        let name = name.to_owned();
        Ok(fields.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(&name)).map(|(_, value)| value))
    }

    /// A text; empty when it is not set.
    pub(crate) fn text(&self, name: &str) -> Result<&str, String> {
        self.fields(name)?.try_fold("", |found, value| match value {
            Self::Null => Ok(found),
            Self::Text(text) => Ok(text.as_str()),
            _ => Err(format!("`{name}` is not a text")),
        })
    }

    /// A yes or no; no when it is not set.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, String> {
        self.fields(name)?.try_fold(false, |found, value| match value {
            Self::Null => Ok(found),
            Self::Bool(value) => Ok(*value),
            _ => Err(format!("`{name}` is neither true nor false")),
        })
    }

    /// A map; empty when it is not set. Unlike names of settings, its keys are what they are.
    pub(crate) fn map(&self, name: &str) -> Result<Map<'_>, String> {
        self.fields(name)?.try_fold(Map::new(), |mut found, value| match value {
            Self::Null => Ok(Map::new()),
            Self::Object(entries) => {
                found.extend(entries.iter().map(|(key, value)| (key.as_str(), value)));
                Ok(found)
            }
            _ => Err(format!("`{name}` is not an object")),
        })
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Bool(value))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Json, E> {
                Ok(Json::Text(text.to_owned()))
            }

            fn visit_i64<E: de::Error>(self, _: i64) -> Result<Json, E> {
                Ok(Json::Other)
            }

            fn visit_u64<E: de::Error>(self, _: u64) -> Result<Json, E> {
                Ok(Json::Other)
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Json, E> {
                Ok(Json::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
                while items.next_element::<Json>()?.is_some() {}
                Ok(Json::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
                let mut found = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    found.push(entry);
                }
                Ok(Json::Object(found))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Docker's configuration file.
#[derive(Debug)]
pub(crate) struct Config {
    file: PathBuf,
    root: Json,
}

impl Config {
    /// That of a configuration directory. One that is not there sets nothing.
    ///
    /// # Errors
    /// Why it cannot be read, as a sentence fragment that quotes nothing of the file.
    pub(crate) fn read(directory: &Path) -> Result<Self, String> {
        let file = directory.join("config.json");
        let root = match files::read(&file, files::TEXT) {
            Ok(text) => Json::parse(&text)
                .map_err(|error| format!("{} is not valid, line {}", file.display(), error.line()))?,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Json::Null
            }
            Err(error) => return Err(format!("{} cannot be read: {error}", file.display())),
        };
        Ok(Self { file, root })
    }

    /// A text, as [`Json::text`].
    pub(crate) fn text(&self, name: &str) -> Result<&str, String> {
        self.root.text(name).map_err(|why| self.wrong(&why))
    }

    /// A map, as [`Json::map`].
    pub(crate) fn map(&self, name: &str) -> Result<Map<'_>, String> {
        self.root.map(name).map_err(|why| self.wrong(&why))
    }

    /// An error with the file's name.
    pub(crate) fn wrong(&self, why: &str) -> String {
        format!("{} is not valid: {why}", self.file.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_docker_reads_them() {
        for (text, expected) in [
            (r#"{"credsStore": "a"}"#, Ok("a")),
            (r#"{"CREDSSTORE": "a"}"#, Ok("a")),
            (r#"{"credsStore": "a", "credsstore": "b"}"#, Ok("b")),
            (r#"{"credsStore": "a", "credsStore": null}"#, Ok("a")),
            (r#"{"credsStore": null}"#, Ok("")),
            (r#"{"HttpHeaders": [1, -1, 1.5, {"a": true}]}"#, Ok("")),
            ("{} trailing words", Ok("")),
            ("null", Ok("")),
            ("", Ok("")),
            (" \n", Ok("")),
            (r#"{"credsStore": 1}"#, Err("`credsStore` is not a text")),
            ("[]", Err("it is not an object")),
        ] {
            let found = Json::parse(text.as_bytes()).unwrap();
            assert_eq!(found.text("credsStore"), expected.map_err(str::to_owned), "{text}");
        }
        let broken = b"{\"credsStore\": \"a\xff\"}";
        assert_eq!(Json::parse(broken).unwrap().text("credsStore").unwrap(), "a\u{fffd}");
        assert_eq!(Json::parse(b"{\n\"a\": }").unwrap_err().line(), 2);
    }

    #[test]
    fn maps_are_merged_and_their_keys_keep_their_case() {
        let text = r#"{"auths": {"a": {"auth": "1"}, "B": null}, "Auths": {"a": {"auth": "2"}, "b": {}}}"#;
        let json = Json::parse(text.as_bytes()).unwrap();
        let map = json.map("auths").unwrap();
        assert_eq!(map.keys().copied().collect::<Vec<_>>(), ["B", "a", "b"]);
        assert_eq!((map["a"].text("auth"), map["B"].text("auth")), (Ok("2"), Ok("")));
        let cleared = Json::parse(br#"{"auths": {"a": {}}, "auths": null}"#).unwrap();
        assert!(cleared.map("auths").unwrap().is_empty());
        assert_eq!(
            Json::parse(br#"{"auths": []}"#).unwrap().map("auths").unwrap_err(),
            "`auths` is not an object"
        );
        let flags = Json::parse(br#"{"a": true, "b": null, "c": 1}"#).unwrap();
        assert_eq!((flags.flag("A"), flags.flag("b"), flags.flag("d")), (Ok(true), Ok(false), Ok(false)));
        assert!(flags.flag("c").is_err());
    }
}
