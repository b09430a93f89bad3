//! The texts that reach the template as YAML: which of them are CloudFormation functions, and which only look like some.

use crate::manifest::findings::{Diagnostics, Located, Place};
use crate::manifest::job::layer::{
    EfsPart, JobLayer, PlacementPart, Secrets, SecurityGroupsPart, SidecarImage, SidecarPart, VolumePart,
    WordsPart,
};
use crate::manifest::job::{Imported, Secret, WrittenFunction};
use crate::manifest::shell;
use crate::manifest::unquoted::{Meaning, meaning};

/// Every function, in no particular order. Warns about texts that begin like one and are none.
pub(super) fn written(part: &JobLayer, diagnostics: &mut Diagnostics) -> Vec<WrittenFunction> {
    let mut search = Search { found: Vec::new(), diagnostics };
    search.secrets(&part.secrets);
    search.given(part.image.credentials.as_ref());
    search.names(part.image.depends_on.iter().map(|(name, at)| (name.as_str(), &at.place)));
    search.words(part.entrypoint.as_ref());
    search.words(part.command.as_ref());
    search.secrets(&part.logging.secrets);
    search.secrets(&part.logging.secret_options);
    search.given(part.logging.image.as_ref());
    search.given(part.logging.config_file_path.as_ref());
    part.storage.volumes.iter().for_each(|(name, volume)| search.volume(name, volume));
    part.sidecars.iter().for_each(|(name, sidecar)| search.sidecar(name, sidecar));
    search.network(part);
    search.found
}

struct Search<'a> {
    found: Vec<WrittenFunction>,
    diagnostics: &'a mut Diagnostics,
}

impl Search<'_> {
    fn text(&mut self, text: &str, place: &Place) {
        match meaning(text) {
            Meaning::Text | Meaning::Quoted(_) => {}
            Meaning::Function(function) => {
                let (field, line) = (place.field.clone(), place.span.line);
                self.found.push(WrittenFunction { field, line, function });
            }
            Meaning::NoFunction(reason) => {
                let message = format!(
                    "`{text}` is used as a text: it begins like a CloudFormation function, but {reason}"
                );
                let help = "write `Fn::Name: !Other argument` for a function in a function; in `command` and `entrypoint` a \
                            function is an item of a list";
                self.diagnostics.warn(place, message, Some(help.to_owned()));
            }
        }
    }

    fn given(&mut self, text: Option<&Located<String>>) {
        text.into_iter().for_each(|text| self.text(&text.value, &text.place));
    }

    fn names<'a>(&mut self, names: impl Iterator<Item = (&'a str, &'a Place)>) {
        names.for_each(|(name, place)| self.text(name, place));
    }

    fn secrets(&mut self, secrets: &Secrets) {
        for Located { value, place } in secrets.values() {
            if let Secret::Plain(text) = value {
                self.text(text, place);
            }
        }
    }

    fn words(&mut self, words: Option<&Located<WordsPart>>) {
        let Some(Located { value, place }) = words else { return };
        match value {
            WordsPart::List(words) => {
                for (index, word) in words.iter().enumerate() {
                    self.text(word, &place.item(index, place.span));
                }
            }
            // A text that cannot be split is refused elsewhere.
            WordsPart::Text(text) => {
                shell::split(text).unwrap_or_default().iter().for_each(|word| self.text(word, place));
            }
        }
    }

    fn imported(&mut self, Located { value, place }: &Located<Imported>) {
        let (Imported::Plain(text) | Imported::FromCfn(text)) = value;
        self.text(text, place);
    }

    fn volume(&mut self, name: &str, volume: &VolumePart) {
        self.text(name, &volume.place);
        if let Some(Located { value: EfsPart::Settings(efs), .. }) = &volume.efs {
            efs.id.iter().for_each(|id| self.imported(id));
            self.given(efs.access_point_id.as_ref());
        }
    }

    fn sidecar(&mut self, name: &str, sidecar: &SidecarPart) {
        self.text(name, &sidecar.place);
        match &sidecar.image {
            Some(Located { value: SidecarImage::Text(image), place }) => self.text(image, place),
            Some(Located { value: SidecarImage::Settings { location, .. }, .. }) => {
                self.given(location.as_ref());
            }
            None => {}
        }
        self.given(sidecar.credentials.as_ref());
        self.secrets(&sidecar.secrets);
        self.names(sidecar.depends_on.iter().map(|(name, at)| (name.as_str(), &at.place)));
        self.words(sidecar.entrypoint.as_ref());
        self.words(sidecar.command.as_ref());
        let mounts = sidecar.mount_points.iter().flatten();
        mounts.for_each(|mount| self.given(mount.source_volume.as_ref()));
    }

    fn network(&mut self, part: &JobLayer) {
        if let Some(Located { value: PlacementPart::Subnets(ids), place }) = &part.network.placement {
            let place = place.child("subnets", place.span);
            for (index, id) in ids.iter().enumerate() {
                self.text(id, &place.item(index, place.span));
            }
        }
        let groups = match part.network.security_groups.as_ref().map(|groups| &groups.value) {
            Some(SecurityGroupsPart::List(groups)) => groups.as_slice(),
            Some(SecurityGroupsPart::Settings { groups, .. }) => groups.as_deref().unwrap_or_default(),
            None => &[],
        };
        groups.iter().for_each(|group| self.imported(group));
    }
}
