//! Tables of the fields that manifests have: names for the decoder, shapes and meanings for editors.

/// One field of a map.
#[derive(Debug)]
pub(crate) struct Spec {
    pub name: &'static str,
    pub shape: Shape,
    /// What it means, for a reader who does not know it.
    pub about: &'static str,
}

/// The fields of a map.
pub(crate) type Table = &'static [Spec];

/// What a field can be.
#[derive(Debug)]
pub(crate) enum Shape {
    /// Any scalar, taken as a text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A number, of which the whole part counts.
    Number,
    /// true or false.
    Flag,
    /// A text such as 1m30s.
    Duration,
    /// Whatever YAML can say.
    Anything,
    /// A map with these fields.
    Fields(Table),
    /// A map with at least one of these fields.
    SomeOf(Table),
    /// A map from names that the user chooses.
    Named(&'static Self),
    /// A list.
    List(&'static Self),
    /// One of several forms.
    Any(&'static [Self]),
    /// The fields of the whole manifest once more.
    Whole,
}

/// A field of a table.
pub(crate) const fn field(name: &'static str, shape: Shape, about: &'static str) -> Spec {
    Spec { name, shape, about }
}

/// The names in a table.
pub(crate) fn names(table: Table) -> Vec<&'static str> {
    table.iter().map(|spec| spec.name).collect()
}

/// A text, or the value that another stack exports.
pub(crate) const TEXT_OR_EXPORT: Shape = Shape::Any(&[Shape::Text, Shape::SomeOf(FROM_CFN)]);

/// The map form of a value that another stack exports.
pub(crate) const FROM_CFN: Table =
    &[field("from_cfn", Shape::Text, "Name of the CloudFormation export whose value is taken.")];
