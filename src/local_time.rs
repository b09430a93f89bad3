//! The local time zone. The time zone library would list the whole database of zones to look one up by its name; here the
//! one file is read.

use std::path::Path;

use jiff::tz::TimeZone;

use crate::files;

/// Where systems keep a file for each zone.
const DATABASES: [&str; 4] =
    ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo"];
/// The zone that the system is set to.
const SYSTEM: &str = "/etc/localtime";
/// The largest file of a zone, in bytes; they have a few thousand.
const LARGEST: u64 = 1 << 20;

/// The zone that `TZ` names: `Europe/Berlin`, a file after a colon, or rules such as `CET-1CEST,M3.5.0,M10.5.0/3`; without a
/// value the system's. `None` when nothing is known of it.
pub(crate) fn zone(tz: Option<&str>, directory: Option<&str>) -> Option<TimeZone> {
    let Some(name) = tz.map(|tz| tz.strip_prefix(':').unwrap_or(tz)) else {
        return of_file(Path::new(SYSTEM));
    };
    if name.starts_with('/') {
        return of_file(Path::new(name));
    }
    let is_name = !name.is_empty() && !name.split('/').any(|part| matches!(part, "" | "." | ".."));
    let named = directory.into_iter().chain(DATABASES).map(|directory| Path::new(directory).join(name));
    named.filter(|_| is_name).find_map(|file| of_file(&file)).or_else(|| TimeZone::posix(name).ok())
}

fn of_file(file: &Path) -> Option<TimeZone> {
    TimeZone::tzif("local", &files::read(file, LARGEST).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(tz: Option<&str>) -> Option<(i32, i32)> {
        let zone = zone(tz, None)?;
        let at = |text: &str| zone.to_offset(text.parse().unwrap()).seconds();
        Some((at("2026-01-01T00:00:00Z"), at("2026-07-01T00:00:00Z")))
    }

    #[test]
    fn zones_are_read_in_every_notation() {
        for (tz, expected) in [
            ("Europe/Berlin", Some((3600, 7200))),
            (":Europe/Berlin", Some((3600, 7200))),
            ("/usr/share/zoneinfo/Asia/Tokyo", Some((32400, 32400))),
            ("CET-1CEST,M3.5.0,M10.5.0/3", Some((3600, 7200))),
            ("EST5", Some((-18000, -18000))),
            ("UTC", Some((0, 0))),
            ("Europe/Nowhere", None),
            ("../../etc/passwd", None),
            ("Europe", None),
            ("", None),
            ("/etc/passwd", None),
        ] {
            assert_eq!(offsets(Some(tz)), expected, "{tz}");
        }
    }

    #[test]
    fn the_zone_is_the_one_that_the_library_finds() {
        let instant = "2026-07-01T00:00:00Z".parse().unwrap();
        let found = zone(None, None).map_or(0, |zone| zone.to_offset(instant).seconds());
        let theirs = TimeZone::try_system().map_or(0, |zone| zone.to_offset(instant).seconds());
        assert_eq!(found, theirs);
    }
}
