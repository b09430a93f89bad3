//! Records as text, and what becomes of them in a store.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::port::{Created, Parameter, Parameters};
use super::*;

#[test]
fn records_of_the_old_tool_are_read() {
    let app: Application = parse(
        "p",
        r#"{"name":"demo","account":"1111","domain":null,"version":"1.0","tags":{"team":"x"},"later":{"a":1}}"#,
    )
    .unwrap();
    assert_eq!((app.account.as_str(), app.permissions_boundary), ("1111", None));
    assert_eq!(app.tags.unwrap()["team"], "x");
    let env: Environment = parse(
        "p",
        r#"{"app":"demo","name":"test","region":"us-west-2","accountID":"0001","registryURL":null,
            "executionRoleARN":"arn:exec","managerRoleARN":"arn:mgr","customConfig":null}"#,
    )
    .unwrap();
    assert_eq!((env.account_id.as_str(), env.manager_role_arn.as_str()), ("0001", "arn:mgr"));
}

#[test]
fn a_broken_record_is_told_with_its_parameter_and_what_is_wrong() {
    fn told<T: Record>(text: &str) -> String {
        parse::<T>("P", text).err().unwrap_or_else(|| panic!("{text}")).to_string()
    }
    let environment = |field: &str| {
        let start =
            r#"{"name":"test","region":"r","accountID":"1","executionRoleARN":"e","managerRoleARN":"m""#;
        told::<Environment>(&format!("{start},{field}}}"))
    };
    let all = [
        told::<Application>(""),
        told::<Application>("{"),
        told::<Application>(r#"{"name":"demo"}"#),
        told::<Application>(r#"{"name":"demo","account":123456789012}"#),
        told::<Application>(r#"{"name":"demo","account":"1","tags":{"team":1}}"#),
        told::<Application>(r#"{"name":"demo","account":"1","tags":[],"domain":false}"#),
        told::<Environment>("[]"),
        told::<Environment>("null"),
        told::<Environment>(r#"{"app":"demo","name":"test","region":"r","accountID":"1"}"#),
        environment(r#""customConfig":[1]"#),
        environment(r#""customConfig":{"importVPC":{}}"#),
        environment(r#""telemetry":{"containerInsights":"yes"}"#),
        told::<Workload>(r#""report-gen""#),
        told::<Workload>(r#"{"name":"report-gen","type":null}"#),
        told::<Value>("x"),
    ];
    insta::assert_snapshot!(all.join("\n"), @"
    SSM parameter P holds no record of an application: it is no JSON: EOF while parsing a value at line 1 column 0
    SSM parameter P holds no record of an application: it is no JSON: EOF while parsing an object at line 1 column 1
    SSM parameter P holds no record of an application: it has no `account`
    SSM parameter P holds no record of an application: its `account` is a number and not a text
    SSM parameter P holds no record of an application: what it holds as `tags` does not belong there
    SSM parameter P holds no record of an application: what it holds as `tags` and as `domain` does not belong there
    SSM parameter P holds no record of an environment: it is a list and not an object
    SSM parameter P holds no record of an environment: it is null and not an object
    SSM parameter P holds no record of an environment: it has no `executionRoleARN`
    SSM parameter P holds no record of an environment: what it holds as `customConfig` does not belong there
    SSM parameter P holds no record of an environment: what it holds as `customConfig` does not belong there
    SSM parameter P holds no record of an environment: what it holds as `telemetry` does not belong there
    SSM parameter P holds no record of a job or service: it is a text and not an object
    SSM parameter P holds no record of a job or service: its `type` is null and not a text
    SSM parameter P holds no record: it is no JSON: expected value at line 1 column 1
    ");
}

fn shown(parameter: &Parameter) -> String {
    let Parameter { name, value, description, tags } = parameter;
    let tags: Vec<String> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!("{name} ({description}; {})\n{value}", tags.join(", "))
}

#[test]
fn parameters_of_records() {
    let application = Application {
        name: "my-app".to_owned(),
        account: "000000000042".to_owned(),
        ..Application::default()
    };
    insta::assert_snapshot!(shown(&application.parameter()), @r#"
    /copilot/applications/my-app (Copilot Application; copilot-application=my-app)
    {"name":"my-app","account":"000000000042","domain":"","domainHostedZoneID":"","version":"1.0"}
    "#);
    let full = Application {
        permissions_boundary: Some("fence".to_owned()),
        domain: "example.com".to_owned(),
        domain_hosted_zone_id: "Z1".to_owned(),
        version: "v9.9.9".to_owned(),
        tags: Some(BTreeMap::from([("b".to_owned(), "<&>".to_owned()), ("a".to_owned(), String::new())])),
        ..application
    };
    insta::assert_snapshot!(full.parameter().value, @r#"{"name":"my-app","account":"000000000042","permissionsBoundary":"fence","domain":"example.com","domainHostedZoneID":"Z1","version":"1.0","tags":{"a":"","b":"\u003c\u0026\u003e"}}"#);
    let workload = Workload {
        app: "my-app".to_owned(),
        name: "report-gen".to_owned(),
        kind: "Scheduled Job".to_owned(),
    };
    insta::assert_snapshot!(shown(&workload.parameter()), @r#"
    /copilot/applications/my-app/components/report-gen (Copilot Scheduled Job report-gen; copilot-application=my-app, copilot-service=report-gen)
    {"app":"my-app","name":"report-gen","type":"Scheduled Job"}
    "#);
}

#[test]
fn environments_keep_what_old_records_hold() {
    let texts = [
        r#"{"app":"a","name":"test","region":"r","accountID":"1","registryURL":"","executionRoleARN":"e","managerRoleARN":"m"}"#,
        r#"{"app":"a","name":"test","region":"r","accountID":"1","registryURL":"u","executionRoleARN":"e","managerRoleARN":"m","customConfig":{"importVPC":{"id":"v","publicSubnetIDs":["s"],"privateSubnetIDs":null},"importCertARNs":["c"],"internalALBSubnets":["s"],"enableInternalALBVPCIngress":true},"telemetry":{"containerInsights":false}}"#,
        r#"{"app":"a","name":"test","region":"r","accountID":"1","registryURL":"","executionRoleARN":"e","managerRoleARN":"m","customConfig":{"adjustVPC":{"cidr":"c","availabilityZoneNames":["z"],"publicSubnetCIDRs":[],"privateSubnetCIDRs":null}}}"#,
    ];
    for text in texts {
        let environment: Environment = parse("p", text).unwrap();
        assert_eq!(environment.parameter().value, text);
    }
    let environment: Environment = parse("p", texts[0]).unwrap();
    let Parameter { name, description, tags, .. } = environment.parameter();
    assert_eq!(name, "/copilot/applications/a/environments/test");
    assert_eq!(description, "The test deployment stage");
    let expected = [("copilot-application", "a".to_owned()), ("copilot-environment", "test".to_owned())];
    assert_eq!(tags, expected);
}

#[test]
fn an_environment_is_what_its_stack_says() {
    let id = "arn:aws:cloudformation:eu-west-1:000000000042:stack/my-app-test/1";
    let outputs = [("CFNExecutionRoleARN", "e"), ("EnvironmentManagerRoleARN", "m")];
    let outputs = outputs.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let environment = Environment::of_stack("my-app", "test", id, &outputs).unwrap();
    insta::assert_snapshot!(environment.parameter().value, @r#"{"app":"my-app","name":"test","region":"eu-west-1","accountID":"000000000042","registryURL":"","executionRoleARN":"e","managerRoleARN":"m"}"#);
    let errors = [
        Environment::of_stack("my-app", "test", id, &BTreeMap::new()),
        Environment::of_stack("my-app", "test", "my-app-test", &outputs),
    ]
    .map(|result| result.unwrap_err().to_string());
    insta::assert_snapshot!(errors.join("\n"), @r"
    stack arn:aws:cloudformation:eu-west-1:000000000042:stack/my-app-test/1 is no environment: it has no output CFNExecutionRoleARN
    `my-app-test` is not the ARN of a stack
    ");
}

/// A store in memory.
#[derive(Default)]
struct Memory(Mutex<BTreeMap<String, String>>);

impl Parameters for Memory {
    async fn read(&self, name: &str) -> Result<Option<String>> {
        Ok(self.0.lock().unwrap().get(name).cloned())
    }

    async fn list(&self, path: &str) -> Result<Vec<(String, String)>> {
        let found = self.0.lock().unwrap();
        let below = |name: &str| name.strip_prefix(path).is_some_and(|rest| !rest.contains('/'));
        // The last first, since AWS promises no order.
        let found = found.iter().rev().filter(|(name, _)| below(name));
        Ok(found.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    async fn create(&self, parameter: &Parameter) -> Result<Created> {
        let mut found = self.0.lock().unwrap();
        if found.contains_key(&parameter.name) {
            return Ok(Created::Existing);
        }
        found.insert(parameter.name.clone(), parameter.value.clone());
        Ok(Created::New)
    }

    async fn overwrite(&self, parameter: &Parameter) -> Result<()> {
        self.0.lock().unwrap().insert(parameter.name.clone(), parameter.value.clone());
        Ok(())
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }

    async fn place(&self) -> String {
        "account 1, region r".to_owned()
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn records_are_found_again() {
    let store = Memory::default();
    let application = Application { name: "shop".to_owned(), ..Application::default() };
    let environment =
        |name: &str| Environment { app: "shop".to_owned(), name: name.to_owned(), ..Environment::default() };
    run(async {
        assert_eq!(store.create(&application.parameter()).await.unwrap(), Created::New);
        assert_eq!(store.create(&application.parameter()).await.unwrap(), Created::Existing);
        for name in ["test", "prod"] {
            store.create(&environment(name).parameter()).await.unwrap();
        }
        let names: Vec<String> =
            environments(&store, "shop").await.unwrap().into_iter().map(|env| env.name).collect();
        assert_eq!(names, ["prod", "test"]);
        // What lies deeper is no application.
        assert_eq!(applications(&store).await.unwrap().len(), 1);
        assert_eq!(read_application(&store, "shop").await.unwrap().version, "1.0");
        let told = [
            read_application(&store, "gone").await.unwrap_err().to_string(),
            format!("{:?}", read_environment(&store, "shop", "gone").await.unwrap_err()),
        ];
        insta::assert_snapshot!(told.join("\n"), @r#"
        there is no application gone in account 1, region r
        Failure error: there is no environment gone in application shop (hints: ["Environments of shop: prod, test."])
        "#);
    });
}

#[test]
fn a_record_that_holds_more_is_not_overwritten() {
    let store = Memory::default();
    let name = application_parameter("shop");
    let application = Application { name: "shop".to_owned(), ..Application::default() };
    run(async {
        store.create(&application.parameter()).await.unwrap();
        let bounded = Application { permissions_boundary: Some("fence".to_owned()), ..application.clone() };
        overwrite(&store, &bounded.parameter()).await.unwrap();
        overwrite(&store, &application.parameter()).await.unwrap();
        let newer = r#"{"name":"shop","account":"","domain":"","domainHostedZoneID":"","version":"1.0","quota":{"cpu":1}}"#;
        let parameter = Parameter { value: newer.to_owned(), ..application.parameter() };
        store.overwrite(&parameter).await.unwrap();
        let error = overwrite(&store, &application.parameter()).await.unwrap_err();
        assert_eq!(store.read(&name).await.unwrap().as_deref(), Some(newer));
        insta::assert_snapshot!(error, @"SSM parameter /copilot/applications/shop was not changed: it holds `quota`, which this program does not know and would lose");
    });
}
