//! What a stack shall become, and how its template gets to CloudFormation.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::ops::artifact;
use crate::ops::port::Artifacts;
use crate::report::Console;
use crate::stack::port::TemplateSource;
use crate::template::cfn::artifacts::{self, S3Object};
use crate::template::cfn::section::{self, entries};
use crate::template::cfn::template::{ResourceDescription, Template, descriptions};
use crate::yaml::Node;

/// The longest template that CloudFormation takes with the call, in bytes.
const INLINE: usize = 51_200;
/// The longest template that CloudFormation takes from a bucket, in bytes.
const LONGEST: usize = 1 << 20;
/// Sections and the most entries that CloudFormation takes in each
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>).
const MOST: [(&str, usize); 4] = [
    (section::RESOURCES, 500),
    (section::PARAMETERS, 200),
    (section::OUTPUTS, 200),
    (section::MAPPINGS, 200),
];

/// The template, parameters and tags of a stack as it shall become.
pub(crate) struct DesiredStack {
    pub template: Template,
    pub parameters: Vec<(String, String)>,
    pub tags: BTreeMap<String, String>,
}

/// What is proposed to CloudFormation.
pub(crate) struct UploadedStack {
    pub template: Node,
    pub source: TemplateSource,
    pub parameters: Vec<(String, String)>,
    pub tags: BTreeMap<String, String>,
    pub descriptions: Vec<ResourceDescription>,
}

/// Where templates that are too long for a call go.
pub(crate) struct Place<'a> {
    pub stack: &'a str,
    pub bucket: &'a str,
    pub region: &'a str,
}

/// Uploads the template if it is too long to be sent with the change set: what does not pass through the
/// bucket, which other environments may write to, cannot be replaced there.
pub(crate) async fn upload(
    place: Place<'_>,
    storage: &impl Artifacts,
    desired: DesiredStack,
    console: &Console<'_>,
) -> Result<UploadedStack> {
    let DesiredStack { template: rendered, parameters, tags } = desired;
    let text = rendered.to_yaml();
    let source = match fits_into_a_call(&text) {
        true => TemplateSource::Inline(text),
        false => in_bucket(place, storage, text, console).await?,
    };
    Ok(UploadedStack {
        source,
        parameters,
        tags,
        descriptions: descriptions(&rendered.body),
        template: rendered.body,
    })
}

/// Whether CloudFormation takes a template with the call.
pub(crate) fn fits_into_a_call(template: &str) -> bool {
    template.len() <= INLINE
}

/// Uploads a template.
pub(crate) async fn in_bucket(
    place: Place<'_>,
    storage: &impl Artifacts,
    template: String,
    console: &Console<'_>,
) -> Result<TemplateSource> {
    let key = artifacts::template_key(place.stack, &template);
    let object = S3Object { bucket: place.bucket.to_owned(), key };
    let url = artifacts::object_url(place.region, &object);
    artifact::store(storage, &object, template.into(), console).await?;
    Ok(TemplateSource::Url(url))
}

/// Refuses a template that is larger than CloudFormation takes.
pub(crate) fn check_size(template: &Template) -> Result<()> {
    let length = template.to_yaml().len();
    let mut broken = Vec::new();
    if length > LONGEST {
        broken.push(format!("it has {length} bytes, and CloudFormation takes {LONGEST}"));
    }
    for (section, most) in MOST {
        let count = entries(&template.body, section).count();
        if count > most {
            broken.push(format!("it has {count} entries in `{section}`, and CloudFormation takes {most}"));
        }
    }
    if broken.is_empty() {
        return Ok(());
    }
    Err(Error::new(format!("the template is too large: {}", broken.join("; ")))
        .hint("Move resources that overrides add into a stack of their own, such as addons."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn large_templates_are_refused() {
        let template = |text: &str| Template { body: yaml::load(text).unwrap().unwrap(), header: "" };
        let many: String = (0..501).map(|n| format!("  R{n}: {{Type: A}}\n")).collect();
        assert!(check_size(&template("Resources: {A: {Type: B}}")).is_ok());
        let told = [format!("Resources:\n{many}"), format!("A: '{}'", "x".repeat(LONGEST))]
            .map(|text| check_size(&template(&text)).unwrap_err().to_string());
        insta::assert_snapshot!(told.join("\n"), @"
        the template is too large: it has 501 entries in `Resources`, and CloudFormation takes 500
        the template is too large: it has 1048580 bytes, and CloudFormation takes 1048576
        ");
    }
}
