use super::*;

const FILE: &str = "[default]\nregion = us-east-1\naws_access_key_id = DEFAULT\naws_secret_access_key = x\n\
                    [profile other]\nregion = us-west-2\naws_access_key_id = OTHER\naws_secret_access_key = x\n";

fn vars(vars: &[(&str, &str)]) -> Variables {
    vars.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

fn file(shown: &str, text: &str) -> File {
    File { shown: shown.to_owned(), content: Ok(Some(text.as_bytes().to_owned())) }
}

fn with_file(given: &[(&str, &str)], config: &str) -> Result<Surroundings> {
    Surroundings::new(vars(given), file("~/.aws/config", config), file("~/.aws/credentials", ""))
}

fn told(error: &Error) -> String {
    format!("{error}\n  {}", error.hints().join("\n  "))
}

/// Region and access key that are used.
fn used(given: &[(&str, &str)]) -> String {
    let found = with_file(given, FILE).unwrap();
    let key = found.vars.get(KEY).map(String::as_str);
    let key =
        key.or_else(|| Some(found.profiles.setting(&found.profile, "aws_access_key_id")?.value.as_str()));
    format!("{} {}", found.region.as_deref().unwrap_or("-"), key.unwrap_or("-"))
}

/// Every row is what the old tool's SDK does.
#[test]
fn variables_count_in_the_old_order() {
    for (given, expected) in [
        (&[][..], "us-east-1 DEFAULT"),
        (&[("AWS_PROFILE", "other")], "us-west-2 OTHER"),
        (&[("AWS_DEFAULT_PROFILE", "other")], "us-west-2 OTHER"),
        (&[("AWS_PROFILE", ""), ("AWS_DEFAULT_PROFILE", "other")], "us-west-2 OTHER"),
        (&[("AWS_PROFILE", "other"), ("AWS_DEFAULT_PROFILE", "default")], "us-west-2 OTHER"),
        (&[("AWS_PROFILE", ""), ("AWS_DEFAULT_PROFILE", "")], "us-east-1 DEFAULT"),
        (&[("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "eu-west-2")], "eu-west-1 DEFAULT"),
        (&[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "eu-west-2")], "eu-west-2 DEFAULT"),
        (&[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "")], "us-east-1 DEFAULT"),
        (&[(KEY, "E"), (SECRET, "x"), ("AWS_PROFILE", "other")], "us-west-2 E"),
        (&[("AWS_ACCESS_KEY", "E"), ("AWS_SECRET_KEY", "x")], "us-east-1 E"),
        (&[(KEY, "E"), ("AWS_SECRET_KEY", "x")], "us-east-1 E"),
        (&[(KEY, "E"), ("AWS_ACCESS_KEY", "F"), (SECRET, "x")], "us-east-1 E"),
        (&[(KEY, "E")], "us-east-1 DEFAULT"),
        (&[(KEY, ""), (SECRET, ""), ("AWS_SESSION_TOKEN", "")], "us-east-1 DEFAULT"),
        (&[("AWS_PROFILE", "gone"), ("AWS_REGION", "eu-west-1")], "eu-west-1 -"),
    ] {
        assert_eq!(used(given), expected, "{given:?}");
    }
}

#[test]
fn web_identity_goes_before_the_profile() {
    let identity = [(TOKEN_FILE, "/token"), (ROLE, "arn:aws:iam::1:role/deploy")];
    insta::assert_snapshot!(with_file(&identity, FILE).unwrap().profiles.to_text(), @"
    [profile default]
    region = us-east-1
    role_arn = arn:aws:iam::1:role/deploy
    web_identity_token_file = /token
    [profile other]
    aws_access_key_id = OTHER
    aws_secret_access_key = x
    region = us-west-2
    ");
    let with_keys = [identity[0], identity[1], (KEY, "E"), (SECRET, "x")];
    assert_eq!(used(&with_keys), "us-east-1 E");
    assert!(with_file(&with_keys, FILE).unwrap().profiles.setting("default", "role_arn").is_none());
}

/// What lies in the working directory is not the user's.
#[test]
fn without_a_home_directory_there_are_no_files() {
    let path = |vars: &[(&str, &str)], path| expand(path, &self::vars(vars));
    for (home, expected) in [
        (&[("HOME", "/home/me")][..], Some("/home/me/.aws/config")),
        (&[("HOME", ""), ("USERPROFILE", "/users/me")], Some("/users/me/.aws/config")),
        (&[("HOME", "")], None),
        (&[], None),
    ] {
        assert_eq!(path(home, "~/.aws/config"), expected.map(PathBuf::from), "{home:?}");
        assert_eq!(path(home, "own/config"), Some(PathBuf::from("own/config")));
    }
}

/// No message holds a value.
#[test]
fn values_that_cannot_be_meant_are_named() {
    let refused = [
        (KEY, "SECRET\n"),
        (SECRET, "SECRET\r\n"),
        (SECRET, "SECRET "),
        ("AWS_SESSION_TOKEN", "\"SECRET\""),
        ("AWS_SECRET_KEY", "SE\u{7}CRET"),
        ("AWS_REGION", "us-west-2 "),
        ("AWS_REGION", "us-west-2.evil.example/"),
        ("AWS_DEFAULT_REGION", "'us-west-2'"),
        ("AWS_PROFILE", "\"other\""),
        ("AWS_PROFILE", "other\n"),
        ("AWS_ENDPOINT_URL", "localhost:4566"),
        ("AWS_ENDPOINT_URL_S3", "http://"),
        ("AWS_ENDPOINT_URL", "ftp://localhost"),
        ("AWS_ENDPOINT_URL", "http://localhost:4566 "),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "SECRET\n"),
        ("AWS_EXECUTION_ENV", "a\u{fffd}"),
        ("HTTPS_PROXY", "socks5://user:SECRET@proxy"),
    ]
    .map(|given| with_file(&[given], FILE).unwrap_err().to_string());
    assert!(!refused.iter().any(|text| text.contains("SECRET\"") || text.contains("SECRET@")), "{refused:?}");
    insta::assert_snapshot!(refused.join("\n"), @"
    the environment variable AWS_ACCESS_KEY_ID contains a line break
    the environment variable AWS_SECRET_ACCESS_KEY contains a line break
    the environment variable AWS_SECRET_ACCESS_KEY contains blanks
    the environment variable AWS_SESSION_TOKEN contains quotes
    the environment variable AWS_SECRET_KEY contains characters that are not text
    the environment variable AWS_REGION contains blanks
    the environment variable AWS_REGION is not the name of a region
    the environment variable AWS_DEFAULT_REGION contains quotes
    the environment variable AWS_PROFILE contains quotes
    the environment variable AWS_PROFILE contains a line break
    the environment variable AWS_ENDPOINT_URL is not a URL
    the environment variable AWS_ENDPOINT_URL_S3 is not a URL
    the environment variable AWS_ENDPOINT_URL is not a URL
    the environment variable AWS_ENDPOINT_URL contains blanks
    the environment variable AWS_CONTAINER_AUTHORIZATION_TOKEN contains a line break
    the environment variable AWS_EXECUTION_ENV contains characters that are not text
    the environment variable HTTPS_PROXY names a SOCKS proxy, and this program speaks to HTTP proxies only
    ");
    for fine in [
        ("AWS_PROFILE", "my profile"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc"),
        ("AWS_CONFIG_FILE", "/home/my user/config"),
        ("AWS_SOMETHING_ELSE", "a\nb"),
        ("AWS_ENDPOINT_URL", ""),
        ("AWS_ENDPOINT_URL_SSM", "https://vpce-1.ssm.us-west-2.vpce.amazonaws.com/"),
    ] {
        assert!(with_file(&[fine], FILE).is_ok(), "{fine:?}");
    }
    assert!(
        with_file(&[("AWS_ENDPOINT_URL", "x"), ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")], FILE)
            .is_ok()
    );
}

#[test]
fn settings_that_cannot_be_meant_are_named() {
    let refused = [
        "[default]\nregion = us west\n",
        "[default]\nendpoint_url = localhost\n",
        "[default]\nservices = local\n[services local]\ns3 =\n  endpoint_url = localhost\n",
        "[default]\njunk\n",
    ]
    .map(|config| told(&with_file(&[], config).unwrap_err()));
    insta::assert_snapshot!(refused.join("\n"), @"
    ~/.aws/config, line 2: region of profile `default` is not the name of a region
      Write it as in `us-west-2`: letters, digits and hyphens only.
    ~/.aws/config, line 2: endpoint_url is not a URL
      Write it with its scheme, as in `http://localhost:4566`, or remove it.
    ~/.aws/config, line 5: s3.endpoint_url is not a URL
      Write it with its scheme, as in `http://localhost:4566`, or remove it.
    ~/.aws/config, line 2: this is neither a section nor a setting
      Settings are written as `name = value`. Correct or remove the line; `#` in front makes it a comment.
    ");
    assert!(with_file(&[], "[default]\nendpoint_url =\n").is_ok());
}

#[test]
fn files_that_are_not_needed_are_not_in_the_way() {
    let complete = [(KEY, "E"), (SECRET, "x"), ("AWS_REGION", "eu-west-1")];
    assert!(with_file(&complete, "junk").is_ok());
    let chosen = [complete[0], complete[1], complete[2], ("AWS_PROFILE", "other")];
    assert!(with_file(&chosen, "junk").is_err());
    let none = || File { shown: "~/.aws/credentials".into(), content: Ok(None) };
    let latin = File { shown: "~/.aws/config".into(), content: Ok(Some(b"[default]\n# caf\xe9\n".to_vec())) };
    let refused = File { shown: "~/.aws/config".into(), content: Err("Permission denied".into()) };
    let errors =
        [latin, refused].map(|config| told(&Surroundings::new(vars(&[]), config, none()).unwrap_err()));
    insta::assert_snapshot!(errors.join("\n"), @"
    ~/.aws/config:2:6: the byte 0xE9 is not UTF-8
      Save the file as UTF-8. From Latin-1 it is converted with `iconv -f ISO-8859-1 -t UTF-8 OLD > NEW`.
    cannot read ~/.aws/config: Permission denied
      It holds the profiles of the AWS CLI. Make it readable, or name another file with AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE.
    ");
}

#[tokio::test]
async fn certificates_come_from_the_variable_or_the_profile() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let key = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap().pem();
    std::fs::write(path("own.pem"), &own).unwrap();
    std::fs::write(path("junk.pem"), "junk").unwrap();
    let config = format!("[default]\nca_bundle = {}\n", path("own.pem"));
    let read = async |given: &[(&str, &str)], config: &str| {
        let mut found = with_file(given, config).unwrap();
        found.read_certificates().await.map(|()| found.certificates)
    };
    assert_eq!(read(&[], &config).await.unwrap(), Some(own.clone().into_bytes()));
    assert_eq!(read(&[], "").await.unwrap(), None);
    let variable = |name: &str| [("AWS_CA_BUNDLE".to_owned(), path(name))];
    let mut errors = String::new();
    for name in ["junk.pem", "gone.pem"] {
        let given = variable(name);
        let given = [(given[0].0.as_str(), given[0].1.as_str())];
        errors += &told(&read(&given, &config).await.unwrap_err());
        errors.push('\n');
    }
    insta::assert_snapshot!(errors.replace(&path(""), "DIR/"), @"
    the file of certificates DIR/junk.pem (environment variable AWS_CA_BUNDLE) holds no certificate in PEM form
      It must hold the certificates of the authorities to trust for AWS, as the administrator of your proxy provides them.
    the file of certificates DIR/gone.pem (environment variable AWS_CA_BUNDLE) cannot be read: No such file or directory (os error 2)
      It must hold the certificates of the authorities to trust for AWS, as the administrator of your proxy provides them.
    ");
}
