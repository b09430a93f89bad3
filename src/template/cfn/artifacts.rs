//! Keys, URLs and ARNs of the objects that a deployment uploads to the artifact bucket.

use std::fmt::Write;

/// An object of the artifact bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Object {
    /// Bucket name.
    pub bucket: String,
    /// Object key.
    pub key: String,
}

use sha2::{Digest, Sha256};

use super::names::{dns_suffix, partition_of_region};

/// Key of a job's template.
pub fn template_key(stack: &str, text: &str) -> String {
    format!("manual/templates/{stack}/{}.yml", sha256(text.as_bytes()))
}

/// Key of a job's merged addons template.
pub fn addons_template_key(job: &str, text: &str) -> String {
    format!("manual/addons/{job}/{}.yml", sha256(text.as_bytes()))
}

/// Whether a key is that of an addons template of the job, whatever its content.
pub fn is_addons_template(job: &str, key: &str) -> bool {
    let rest = key.strip_prefix("manual/addons/").and_then(|rest| rest.strip_prefix(job));
    let hash = rest.and_then(|rest| rest.strip_prefix('/')?.strip_suffix(".yml"));
    hash.is_some_and(|hash| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Key of an environment file, by its path and content.
pub fn env_file_key(path: &str, content: &[u8]) -> String {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    format!("manual/env-files/{name}/{}.env", sha256(content))
}

/// Key of a custom resource's code, by the function's logical id.
pub fn custom_resource_key(function: &str, zip: &[u8]) -> String {
    format!("manual/scripts/custom-resources/{}/{}.zip", function.to_lowercase(), sha256(zip))
}

/// Key of a file or archive that a job's addons name, by the asset's hash.
pub fn addon_asset_key(job: &str, hash: &str) -> String {
    format!("manual/addons/{job}/assets/{hash}")
}

/// Whether a key has the hash of this content, as all keys but those of addon assets have: nothing else belongs there then.
pub fn is_named_after(key: &str, content: &[u8]) -> bool {
    key.contains(&sha256(content))
}

/// The object's URL as deployed stacks have it in their parameters: another spelling would be a
/// change. In us-east-1 that is the global host.
pub fn object_url(region: &str, object: &S3Object) -> String {
    let mut url = match region {
        "us-east-1" => format!("https://{}.s3.amazonaws.com/", object.bucket),
        _ => format!("https://{}.s3.{region}.{}/", object.bucket, dns_suffix(region)),
    };
    for byte in object.key.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url
}

/// The object that a URL of S3 names by its host, in whatever spelling of the region;
/// `None` when it names none. Percent signs in the key stay as they are.
pub fn object_of_url(url: &str) -> Option<S3Object> {
    let (host, key) = url.strip_prefix("https://")?.split_once('/')?;
    let labels: Vec<&str> = host.split('.').collect();
    let service = labels.iter().rposition(|label| label.starts_with("s3"))?;
    let bucket = labels.get(..service)?.join(".");
    (!bucket.is_empty() && !key.is_empty()).then(|| S3Object { bucket, key: key.to_owned() })
}

/// The object's ARN. The key stands as it is: ECS cannot fetch a percent-encoded one.
pub fn object_arn(region: &str, object: &S3Object) -> String {
    format!("arn:{}:s3:::{}/{}", partition_of_region(region), object.bucket, object.key)
}

fn sha256(content: &[u8]) -> String {
    format!("{:x}", Sha256::digest(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY_HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn keys_follow_the_bucket_scheme() {
        assert_eq!(template_key("app-env-job", ""), format!("manual/templates/app-env-job/{EMPTY_HASH}.yml"));
        assert_eq!(env_file_key("a/b/prod.env", b""), format!("manual/env-files/prod.env/{EMPTY_HASH}.env"));
        assert_eq!(addon_asset_key("job", "0f"), "manual/addons/job/assets/0f");
        assert_eq!(env_file_key("plain.env", b""), format!("manual/env-files/plain.env/{EMPTY_HASH}.env"));
        assert_eq!(
            custom_resource_key("EnvControllerFunction", b""),
            format!("manual/scripts/custom-resources/envcontrollerfunction/{EMPTY_HASH}.zip")
        );
        assert_eq!(addons_template_key("job", ""), format!("manual/addons/job/{EMPTY_HASH}.yml"));
        assert!(is_named_after(&addons_template_key("job", ""), b""));
        assert!(!is_named_after(&addons_template_key("job", ""), b"x"));
    }

    #[test]
    fn objects_are_found_by_their_url() {
        for region in ["us-west-2", "us-east-1", "cn-north-1"] {
            let key = addons_template_key("report-gen", "");
            let object = S3Object { bucket: "stack.set-b".to_owned(), key };
            assert!(is_addons_template("report-gen", &object.key));
            assert_eq!(object_of_url(&object_url(region, &object)), Some(object));
        }
        let regional = object_of_url("https://b.s3.us-east-1.amazonaws.com/k/l").unwrap();
        assert_eq!((regional.bucket.as_str(), regional.key.as_str()), ("b", "k/l"));
        for url in [
            "",
            "s3://b/k",
            "https://example.com/k",
            "https://s3.amazonaws.com/b/k",
            "https://b.s3.amazonaws.com/",
        ] {
            assert_eq!(object_of_url(url), None, "{url}");
        }
        for key in ["manual/addons/report-gen/x.yml", "manual/addons/report-gen-2/", "manual/templates/a"] {
            assert!(!is_addons_template("report-gen", key), "{key}");
        }
    }

    #[test]
    fn urls_and_arns_depend_on_the_region() {
        let object = S3Object { bucket: "b".to_owned(), key: "manual/a b+ü.env".to_owned() };
        let cases = [
            ("us-west-2", "https://b.s3.us-west-2.amazonaws.com/", "aws"),
            ("us-east-1", "https://b.s3.amazonaws.com/", "aws"),
            ("cn-north-1", "https://b.s3.cn-north-1.amazonaws.com.cn/", "aws-cn"),
            ("us-gov-east-1", "https://b.s3.us-gov-east-1.amazonaws.com/", "aws-us-gov"),
        ];
        for (region, start, partition) in cases {
            assert_eq!(object_url(region, &object), format!("{start}manual/a%20b%2B%C3%BC.env"));
            assert_eq!(object_arn(region, &object), format!("arn:{partition}:s3:::b/manual/a b+ü.env"));
        }
    }
}
