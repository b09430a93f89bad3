//! The properties that may hold a local path, and what takes the path's place.

/// What may lie at the path, and in which form it is uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Accepts {
    /// One file, uploaded as it is. The services behind these properties cannot read an archive.
    File,
    /// A file, uploaded as it is, or a directory, zipped.
    FileOrDirectory,
    /// A file or a directory, zipped; a zip archive stays as it is.
    Archive,
}

/// What takes the path's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Becomes {
    /// A map of the bucket and the key, under these names.
    Map(&'static str, &'static str),
    /// `s3://<bucket>/<key>`.
    S3Uri,
    /// The object's URL: CloudFormation refuses `s3://` where it wants a template.
    HttpsUrl,
}

/// One row of the table.
#[derive(Debug)]
pub(super) struct Property {
    /// Type of the resource.
    pub resource_type: &'static str,
    /// Where the property lies below `Properties`.
    pub path: &'static [&'static str],
    pub accepts: Accepts,
    pub becomes: Becomes,
}

/// `Location` of the transform `AWS::Include`.
pub(super) const INCLUDE: (Accepts, Becomes) = (Accepts::File, Becomes::S3Uri);

const fn row(
    resource_type: &'static str,
    path: &'static [&'static str],
    accepts: Accepts,
    becomes: Becomes,
) -> Property {
    Property { resource_type, path, accepts, becomes }
}

const CODE: Becomes = Becomes::Map("S3Bucket", "S3Key");
const OBJECT: Becomes = Becomes::Map("Bucket", "Key");
const REQUEST_MAPPING: &[&str] = &["RequestMappingTemplateS3Location"];
const RESPONSE_MAPPING: &[&str] = &["ResponseMappingTemplateS3Location"];

/// All rows.
pub(super) const PROPERTIES: [Property; 18] = [
    row("AWS::ApiGateway::RestApi", &["BodyS3Location"], Accepts::File, OBJECT),
    row("AWS::AppSync::FunctionConfiguration", REQUEST_MAPPING, Accepts::File, Becomes::S3Uri),
    row("AWS::AppSync::FunctionConfiguration", RESPONSE_MAPPING, Accepts::File, Becomes::S3Uri),
    row("AWS::AppSync::GraphQLSchema", &["DefinitionS3Location"], Accepts::File, Becomes::S3Uri),
    row("AWS::AppSync::Resolver", REQUEST_MAPPING, Accepts::File, Becomes::S3Uri),
    row("AWS::AppSync::Resolver", RESPONSE_MAPPING, Accepts::File, Becomes::S3Uri),
    row("AWS::CloudFormation::Stack", &["TemplateURL"], Accepts::File, Becomes::HttpsUrl),
    row("AWS::CodeCommit::Repository", &["Code", "S3"], Accepts::Archive, OBJECT),
    row("AWS::ElasticBeanstalk::ApplicationVersion", &["SourceBundle"], Accepts::FileOrDirectory, CODE),
    row("AWS::Glue::Job", &["Command", "ScriptLocation"], Accepts::FileOrDirectory, Becomes::S3Uri),
    row("AWS::Lambda::Function", &["Code"], Accepts::Archive, CODE),
    row("AWS::Lambda::LayerVersion", &["Content"], Accepts::Archive, CODE),
    row("AWS::Serverless::Api", &["DefinitionUri"], Accepts::File, Becomes::S3Uri),
    row("AWS::Serverless::Application", &["Location"], Accepts::File, Becomes::HttpsUrl),
    row("AWS::Serverless::Function", &["CodeUri"], Accepts::Archive, Becomes::S3Uri),
    row("AWS::Serverless::LayerVersion", &["ContentUri"], Accepts::Archive, Becomes::S3Uri),
    row("AWS::Serverless::StateMachine", &["DefinitionUri"], Accepts::File, OBJECT),
    row("AWS::StepFunctions::StateMachine", &["DefinitionS3Location"], Accepts::File, OBJECT),
];
