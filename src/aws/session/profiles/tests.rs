use super::*;

fn read_as(kind: Kind, text: &str) -> Result<Profiles> {
    let mut profiles = Profiles::default();
    let file = if kind == Kind::Config { "config" } else { "credentials" };
    profiles.add(file, text, kind).map(|()| profiles)
}

/// Region and access key of a profile.
fn found(kind: Kind, text: &str, profile: &str) -> String {
    let profiles = match read_as(kind, text) {
        Ok(profiles) => profiles,
        Err(e) => return e.to_string(),
    };
    let get = |key| profiles.setting(profile, key).map_or("-", |set| set.value.as_str());
    format!("{} {}", get("region"), get("aws_access_key_id"))
}

/// The AWS CLI 1.46 and the old tool's SDK read each of these as `us-west-2 AK`, or one of them does and the other
/// refuses the file.
#[test]
fn settings_are_read_as_by_the_cli() {
    for (case, text) in [
        ("indented", "[default]\n  region = us-west-2\n  aws_access_key_id = AK\n"),
        ("with tabs", "[default]\n\tregion = us-west-2\n\taws_access_key_id = AK\n"),
        ("indented deeper", "[default]\n region = us-west-2\n   aws_access_key_id = AK\n"),
        ("indented less", "[default]\n  region = us-west-2\naws_access_key_id = AK\n"),
        ("an indented section", "  [default]\n  region = us-west-2\n  aws_access_key_id = AK\n"),
        (
            "after nested settings",
            "[default]\ns3 =\n  region = x\n  aws_access_key_id = x\nregion = us-west-2\naws_access_key_id = AK\n",
        ),
        (
            "an empty setting before",
            "[default]\n  output =\n  region = us-west-2\n  aws_access_key_id = AK\n",
        ),
        ("a colon", "[default]\nregion: us-west-2\naws_access_key_id: AK\n"),
        ("double quotes", "[default]\nregion = \"us-west-2\"\naws_access_key_id = \"AK\"\n"),
        (
            "comments",
            "# x\n[default] # mine\n ; y\nregion = us-west-2 # main\naws_access_key_id = AK ; mine\n",
        ),
        ("twice", "[default]\nregion = us-east-1\nregion = us-west-2\naws_access_key_id = AK\n"),
        ("two sections", "[default]\nregion = us-west-2\n[default]\naws_access_key_id = AK\n"),
        ("a byte order mark", "\u{feff}[default]\nregion = us-west-2\naws_access_key_id = AK\n"),
        ("line ends of Windows", "[default]\r\nregion = us-west-2\r\naws_access_key_id = AK\r\n"),
        ("upper case", "[default]\nREGION = us-west-2\nAws_Access_Key_Id = AK\n"),
        ("a prefix", "[profile default]\nregion = us-west-2\naws_access_key_id = AK\n"),
    ] {
        assert_eq!(found(Kind::Config, text, "default"), "us-west-2 AK", "{case}");
        assert_eq!(found(Kind::Credentials, text, "default"), "us-west-2 AK", "{case}");
    }
    let values = "[default]\nregion = S/K#1+=;a\naws_access_key_id = 'AK'\n";
    assert_eq!(found(Kind::Config, values, "default"), "S/K#1+=;a 'AK'");
    let command = "[default]\ncredential_process = \"/opt/my tool/creds\"\n";
    let profiles = read_as(Kind::Config, command).unwrap();
    assert_eq!(profiles.setting("default", "credential_process").unwrap().value, "\"/opt/my tool/creds\"");
}

#[test]
fn profiles_are_found_by_their_names() {
    for (kind, title, name) in [
        (Kind::Config, "profile dev", "dev"),
        (Kind::Config, "profile\tdev", "dev"),
        (Kind::Config, "profile \"dev\"", "dev"),
        (Kind::Config, "profile \"my profile\"", "my profile"),
        (Kind::Config, "profile 'my profile'", "my profile"),
        (Kind::Config, "profile my profile", "my profile"),
        (Kind::Config, "dev", "dev"),
        (Kind::Credentials, "dev", "dev"),
        (Kind::Credentials, "my profile", "my profile"),
        (Kind::Credentials, "profile dev", "dev"),
        (Kind::Config, "profiles", "profiles"),
    ] {
        let text = format!("[{title}]\nregion = us-west-2\naws_access_key_id = AK\n");
        assert_eq!(found(kind, &text, name), "us-west-2 AK", "{title}");
    }
    let both = "[dev]\nregion = us-east-1\n[profile dev]\nregion = us-west-2\n";
    assert_eq!(found(Kind::Config, both, "dev"), "us-west-2 -");
}

#[test]
fn a_line_that_cannot_be_read_is_named() {
    let told = [
        "[default]\nregion = us-west-2\njunk here\n",
        "[default\nregion = us-west-2\n",
        "region = us-west-2\n[default]\n",
        "[default]\n= us-west-2\n",
    ]
    .map(|text| {
        let error = read_as(Kind::Config, text).unwrap_err();
        format!("{error}\n  {}", error.hints().join("\n  "))
    });
    insta::assert_snapshot!(told.join("\n"), @"
    config, line 3: this is neither a section nor a setting
      Settings are written as `name = value`. Correct or remove the line; `#` in front makes it a comment.
    config, line 1: a section has no closing bracket
      Write it as [default] or [profile name].
    config, line 1: a setting stands before the first section
      Put it below [default] or [profile name].
    config, line 2: this is neither a section nor a setting
      Settings are written as `name = value`. Correct or remove the line; `#` in front makes it a comment.
    ");
}

#[test]
fn the_sdk_gets_everything_in_its_own_form() {
    let mut profiles = read_as(
        Kind::Config,
        "[default]\n  region = us-west-2\n  services = local\n[profile \"my role\"]\nrole_arn = arn\nsource_profile = my keys\n\
         [sso-session corp]\nsso_region = us-east-1\n[services local]\ns3 =\n  endpoint_url = http://s3\n  other = 1\n",
    )
    .unwrap();
    profiles
        .add("credentials", "[my keys]\naws_access_key_id = AK\ncredential_process = x\n", Kind::Credentials)
        .unwrap();
    insta::assert_snapshot!(profiles.to_text(), @"
    [profile default]
    region = us-west-2
    services = local
    [profile my%20keys]
    aws_access_key_id = AK
    [profile my%20role]
    role_arn = arn
    source_profile = my%20keys
    [sso-session corp]
    sso_region = us-east-1
    [services local]
    s3 =
      endpoint_url = http://s3
      other = 1
    ");
    assert_eq!(
        profiles.endpoints("default"),
        [("s3.endpoint_url".to_owned(), "http://s3", "config, line 11")]
    );
}

#[test]
fn what_a_profile_needs_is_there() {
    let told = [
        "[default]\nregion = x\nrole_arn = arn\nsource_profile = gone\n[profile a]\nx = 1\n",
        "[default]\nrole_arn = arn\nsource_profile = a\n[profile a]\nrole_arn = arn\nsource_profile = default\n",
        "[default]\nrole_arn = arn\n",
        "[default]\nrole_arn = arn\nsource_profile = default\ncredential_source = Environment\n",
        "[default]\nsso_session = corp\nsso_account_id = 1\n",
        "[default]\nsso_session = my corp\n[sso-session my corp]\nsso_region = us-east-1\n",
        "[default]\nrole_arn = arn\nsource_profile = me\n[profile me]\nlogin_session = arn:aws:iam::1:user/me\n",
    ]
    .map(|text| {
        let error = read_as(Kind::Config, text).unwrap().check("default").unwrap_err();
        format!("{error}\n  {}", error.hints().join("\n  "))
    });
    insta::assert_snapshot!(told.join("\n"), @r#"
    config, line 4: profile `default` takes its credentials from profile `gone` (source_profile), which is not there
      The profiles there are: `a`, `default`.
    config, line 6: profiles take their credentials from each other: default -> a -> default (source_profile)
      Let one of them have credentials of its own.
    config, line 2: profile `default` names a role (role_arn) but no credentials to assume it with
      Add source_profile = <profile with credentials>, or credential_source = Ec2InstanceMetadata, EcsContainer or Environment.
    config, line 3: profile `default` has both source_profile and credential_source
      Remove one of them.
    config, line 2: profile `default` signs in with the session `corp` (sso_session), which is not there
      Add [sso-session corp] with sso_region and sso_start_url, or run `aws configure sso`.
    config, line 2: sessions whose names hold blanks or quotes are not supported (sso_session of profile `default`)
      Give the session a name of letters, digits and hyphens.
    config, line 5: profile `me` is signed in with `aws login` (login_session), which this program cannot use by itself
      Run `eval "$(aws configure export-credentials --profile 'me' --format env)"` in this shell, then run the command again.
      Or, for good, add a profile with `credential_process = aws configure export-credentials --profile 'me' --format process` and use that one.
    "#);
    for fine in [
        "",
        "[default]\nrole_arn = arn\nsource_profile = default\naws_access_key_id = AK\n",
        "[default]\nrole_arn = arn\nweb_identity_token_file = /token\n",
        "[default]\nlogin_session = arn\naws_access_key_id = AK\n",
        "[default]\nsource_profile = gone\naws_access_key_id = AK\n",
    ] {
        assert!(read_as(Kind::Config, fine).unwrap().check("default").is_ok(), "{fine}");
    }
}
