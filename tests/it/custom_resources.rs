//! The functions of an environment's stack at work: packed as they are uploaded, run under Node.js as custom resources of a
//! stack, against the emulator's certificates, hosted zones and buckets.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use copilot::custom_resources::{ENVIRONMENT_FUNCTIONS, EnvironmentFunction};
use hyper::Method;
use serde_json::{Value, json};

use crate::local_aws::{Account, Emulator, LocalAws};

const CODE: &str = "code";
const LOGS: &str = "access-logs";
const ROLE: &str = "shop-DNSDelegationRole";
const ALIASES: &str = r#"{"web": ["www.example.com", "api.shop.example.com"], "other": ["a.b.example.com"]}"#;

struct Setting<'a> {
    account: Account<'a>,
    emulator: Emulator,
    s3: aws_sdk_s3::Client,
}

impl Setting<'_> {
    /// An account with the packed functions in a bucket, an empty bucket of logs, and the zones of domain and application.
    async fn new() -> Self {
        let account = LocalAws::shared().account();
        let emulator = account.emulator();
        let s3 = aws_sdk_s3::Client::from_conf(
            aws_sdk_s3::config::Builder::from(&account.sdk_config().await).force_path_style(true).build(),
        );
        let setting = Self { account, emulator, s3 };
        let here = "<CreateBucketConfiguration><LocationConstraint>us-west-2</LocationConstraint></CreateBucketConfiguration>";
        for bucket in [setting.bucket(CODE), setting.bucket(LOGS)] {
            setting.emulator.s3(Method::PUT, &format!("/{bucket}"), here.into()).await.unwrap();
        }
        for function in &ENVIRONMENT_FUNCTIONS {
            let path = format!("/{}/{}.zip", setting.bucket(CODE), function.folder());
            setting.emulator.s3(Method::PUT, &path, function.zip().unwrap()).await.unwrap();
        }
        let zone = |name: &str| json!({ "Type": "AWS::Route53::HostedZone", "Properties": { "Name": name } });
        let root = json!({ "AWS": format!("arn:aws:iam::{}:root", setting.account.id()) });
        let trust = json!({ "Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole" });
        let trust = json!({ "Version": "2012-10-17", "Statement": [trust] });
        let role = json!({ "Type": "AWS::IAM::Role", "Properties": { "RoleName": ROLE, "AssumeRolePolicyDocument": trust } });
        let resources =
            json!({ "Domain": zone("example.com"), "Application": zone("shop.example.com"), "Role": role });
        setting.stack_call("CreateStack", "zones", &json!({ "Resources": resources })).await;
        setting
    }

    /// Bucket names are global.
    fn bucket(&self, name: &str) -> String {
        format!("{name}-{}", self.account.id())
    }

    fn role(&self) -> String {
        format!("arn:aws:iam::{}:role/{ROLE}", self.account.id())
    }

    /// The environment's stack. The emulator makes the functions' names of it, and mixes up functions of one name that two
    /// accounts start at the same time.
    fn stack(&self) -> String {
        format!("shop-test-{}", self.account.id())
    }

    async fn stack_call(&self, action: &str, stack: &str, template: &Value) -> String {
        let body = template.to_string();
        let fields = [("StackName", stack), ("TemplateBody", body.as_str())];
        self.emulator.query("cloudformation", action, &fields).await.unwrap();
        let settled = self.emulator.settled_stack(stack);
        tokio::time::timeout(Duration::from_secs(120), settled).await.unwrap().unwrap()
    }

    /// An environment's stack of one function with its custom resource, or several.
    fn template(&self, resources: &[(&str, &str, Value)]) -> Value {
        let mut all = serde_json::Map::new();
        let mut outputs = serde_json::Map::new();
        for (id, function, properties) in resources {
            let function = EnvironmentFunction::named(function).unwrap();
            let code =
                json!({ "S3Bucket": self.bucket(CODE), "S3Key": format!("{}.zip", function.folder()) });
            all.insert(
                function.name.to_owned(),
                json!({ "Type": "AWS::Lambda::Function", "Properties": {
                    "Code": code, "Handler": function.handler, "Runtime": "nodejs24.x", "Timeout": 600, "MemorySize": 512,
                    "Role": format!("arn:aws:iam::{}:role/functions", self.account.id()),
                } }),
            );
            let mut properties = properties.clone();
            properties["ServiceToken"] = json!({ "Fn::GetAtt": [function.name, "Arn"] });
            all.insert(
                (*id).to_owned(),
                json!({ "Type": format!("Custom::{}", function.name), "Properties": properties }),
            );
            outputs.insert((*id).to_owned(), json!({ "Value": { "Ref": id } }));
        }
        json!({ "Resources": all, "Outputs": outputs })
    }

    async fn zone(&self, name: &str) -> String {
        let path = format!("/2013-04-01/hostedzonesbyname?dnsname={name}&maxitems=1");
        let answer = self.emulator.rest("route53", Method::GET, &path, Vec::new()).await.unwrap();
        let xml = String::from_utf8_lossy(answer.body()).into_owned();
        let (_, rest) = xml.split_once("/hostedzone/").unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    }

    /// The records of a zone but for those it has from the beginning.
    async fn records(&self, zone: &str) -> Vec<String> {
        let path = format!("/2013-04-01/hostedzone/{}/rrset", self.zone(zone).await);
        let answer = self.emulator.rest("route53", Method::GET, &path, Vec::new()).await.unwrap();
        let xml = String::from_utf8_lossy(answer.body()).into_owned();
        let sets = xml
            .split("<ResourceRecordSet>")
            .skip(1)
            .map(|set| set.split("</ResourceRecordSet>").next().unwrap());
        let lines = sets.map(|set| {
            set.split(['<', '>'])
                .step_by(2)
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        });
        lines.filter(|line| !line.starts_with(&format!("{zone}. "))).collect()
    }

    /// The names of all certificates, by region and ARN.
    async fn certificates(&self) -> BTreeMap<(String, String), Vec<String>> {
        let mut found = BTreeMap::new();
        for region in ["us-west-2", "us-east-1"] {
            let acm = Emulator { region: region.to_owned(), ..self.emulator.clone() };
            let list = acm.json("acm", "CertificateManager.ListCertificates", &json!({})).await.unwrap();
            for summary in list["CertificateSummaryList"].as_array().unwrap() {
                let arn = summary["CertificateArn"].as_str().unwrap();
                let input = json!({ "CertificateArn": arn });
                let answer = acm.json("acm", "CertificateManager.DescribeCertificate", &input).await.unwrap();
                let names = answer["Certificate"]["SubjectAlternativeNames"].as_array().unwrap();
                let names = names.iter().map(|name| name.as_str().unwrap().to_owned()).collect();
                found.insert((region.to_owned(), arn.to_owned()), names);
            }
        }
        found
    }

    /// Deletes the stack, and waits for the end.
    async fn delete(&self) {
        let stack = self.stack();
        self.emulator.query("cloudformation", "DeleteStack", &[("StackName", &stack)]).await.unwrap();
        let patience = Instant::now() + Duration::from_secs(120);
        loop {
            let answer =
                self.emulator.query("cloudformation", "DescribeStacks", &[("StackName", &stack)]).await;
            match answer {
                Ok(xml) if !xml.contains("DELETE_COMPLETE") => {
                    assert!(!xml.contains("DELETE_FAILED"), "{xml}");
                    assert!(Instant::now() < patience, "{xml}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                _ => return,
            }
        }
    }
}

/// The value of an output.
fn output(stack: &str, key: &str) -> String {
    let (_, rest) =
        stack.split_once(&format!("<OutputKey>{key}</OutputKey>")).unwrap_or_else(|| panic!("{stack}"));
    let (_, rest) = rest.split_once("<OutputValue>").unwrap();
    rest.split_once("</").unwrap().0.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_and_records_come_change_and_go_with_the_environment() {
    let setting = Setting::new().await;
    let template = |aliases: &str, comment: &str| {
        let application =
            json!({ "AppName": "shop", "EnvName": "test", "DomainName": "example.com", "Aliases": aliases });
        let with = |more: Value| {
            let mut properties = application.clone();
            properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            properties
        };
        let mut template = setting.template(&[
            (
                "DelegateDNSAction",
                "DNSDelegationFunction",
                json!({
                    "DomainName": "shop.example.com", "SubdomainName": "test.shop.example.com", "RootDNSRole": setting.role(),
                    "NameServers": { "Fn::GetAtt": ["EnvironmentHostedZone", "NameServers"] }, "Comment": comment,
                }),
            ),
            (
                "HTTPSCert",
                "CertificateValidationFunction",
                with(json!({
                    "EnvHostedZoneId": { "Ref": "EnvironmentHostedZone" }, "Region": "us-west-2", "RootDNSRole": setting.role(),
                    "Comment": comment,
                })),
            ),
            (
                "CertificateReplicator",
                "CertificateReplicatorFunction",
                json!({
                    "AppName": "shop", "EnvName": "test", "TargetRegion": "us-east-1", "EnvRegion": "us-west-2",
                    "CertificateArn": { "Ref": "HTTPSCert" }, "Comment": comment,
                }),
            ),
            (
                "CustomDomainAction",
                "CustomDomainFunction",
                with(json!({
                    "AppDNSRole": setting.role(), "PublicAccessDNS": "lb-1.us-west-2.elb.amazonaws.com",
                    "PublicAccessHostedZone": "ZLB", "Comment": comment,
                })),
            ),
            (
                "UniqueAliasesAction",
                "UniqueJSONValuesFunction",
                json!({ "Aliases": aliases, "FilterFor": "web", "Comment": comment }),
            ),
        ]);
        // Kept, so that what the functions leave in it can be seen.
        template["Resources"]["EnvironmentHostedZone"] = json!({
            "Type": "AWS::Route53::HostedZone", "DeletionPolicy": "Retain", "Properties": { "Name": "test.shop.example.com" },
        });
        for id in ["HTTPSCert", "CustomDomainAction"] {
            template["Resources"][id]["DependsOn"] = json!(["EnvironmentHostedZone", "DelegateDNSAction"]);
        }
        template["Outputs"]["UniqueValues"] = json!({ "Value": { "Fn::Join": [" ", { "Fn::GetAtt": ["UniqueAliasesAction", "UniqueValues"] }] } });
        template
    };
    let zones = ["example.com", "shop.example.com", "test.shop.example.com"];
    let records = async || {
        let mut all = Vec::new();
        for zone in zones {
            all.push(format!("{zone}:"));
            all.extend(setting.records(zone).await.into_iter().map(|record| format!("  {record}")));
        }
        all.join("\n")
    };
    let ids = [
        "DelegateDNSAction",
        "HTTPSCert",
        "CertificateReplicator",
        "CustomDomainAction",
        "UniqueAliasesAction",
    ];

    let created = setting.stack_call("CreateStack", &setting.stack(), &template(ALIASES, "first")).await;
    assert!(created.contains("CREATE_COMPLETE"), "{created}");
    let first: Vec<String> = ids.iter().map(|id| output(&created, id)).collect();
    assert_eq!(
        [first[0].as_str(), &first[3], &first[4]],
        ["test.shop.example.com", "CustomDomainAction", "UniqueAliasesAction"]
    );
    let names =
        ["test.shop.example.com", "*.test.shop.example.com", "www.example.com", "api.shop.example.com"];
    let certificate =
        |region: &str, arn: &str| ((region.to_owned(), arn.to_owned()), names.map(str::to_owned).to_vec());
    let both = BTreeMap::from([certificate("us-west-2", &first[1]), certificate("us-east-1", &first[2])]);
    assert_eq!(setting.certificates().await, both);
    assert_eq!(output(&created, "UniqueValues"), "api.shop.example.com www.example.com");
    insta::assert_snapshot!(records().await, @r"
    example.com:
      www.example.com. A ZLB lb-1.us-west-2.elb.amazonaws.com. true
      _acme-challenge.www.example.com. CNAME 60 fake-validation-80fc0fb9.acm.amazonaws.com.
    shop.example.com:
      api.shop.example.com. A ZLB lb-1.us-west-2.elb.amazonaws.com. true
      _acme-challenge.api.shop.example.com. CNAME 60 fake-validation-a14ef0a9.acm.amazonaws.com.
      test.shop.example.com. NS 60 ns-1.awsdns-1.com ns-2.awsdns-2.net ns-3.awsdns-3.org ns-4.awsdns-4.co.uk
    test.shop.example.com:
      _acme-challenge.test.shop.example.com. CNAME 60 fake-validation-ea087be6.acm.amazonaws.com.
    ");

    // Whatever else changes, no id does, and so nothing is deleted.
    let updated = setting.stack_call("UpdateStack", &setting.stack(), &template(ALIASES, "second")).await;
    assert!(updated.contains("UPDATE_COMPLETE"), "{updated}");
    assert_eq!(ids.map(|id| output(&updated, id)).to_vec(), first);
    assert_eq!(setting.certificates().await, both);

    let updated = setting
        .stack_call(
            "UpdateStack",
            &setting.stack(),
            &template(r#"{"web": ["api.shop.example.com"]}"#, "third"),
        )
        .await;
    assert!(updated.contains("UPDATE_COMPLETE"), "{updated}");
    let third = ids.map(|id| output(&updated, id)).to_vec();
    assert_ne!((&third[1], &third[2]), (&first[1], &first[2]));
    let left: Vec<String> = setting.certificates().await.into_keys().map(|(_, arn)| arn).collect();
    assert_eq!(left, [third[2].clone(), third[1].clone()]);
    insta::assert_snapshot!(records().await, @r"
    example.com:
    shop.example.com:
      api.shop.example.com. A ZLB lb-1.us-west-2.elb.amazonaws.com. true
      _acme-challenge.api.shop.example.com. CNAME 60 fake-validation-a14ef0a9.acm.amazonaws.com.
      test.shop.example.com. NS 60 ns-1.awsdns-1.com ns-2.awsdns-2.net ns-3.awsdns-3.org ns-4.awsdns-4.co.uk
    test.shop.example.com:
      _acme-challenge.test.shop.example.com. CNAME 60 fake-validation-ea087be6.acm.amazonaws.com.
    ");

    setting.delete().await;
    assert_eq!(setting.certificates().await, BTreeMap::new());
    insta::assert_snapshot!(records().await, @r"
    example.com:
    shop.example.com:
    test.shop.example.com:
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_of_versions_and_delete_markers_is_emptied_before_it_goes() {
    let setting = Setting::new().await;
    let bucket = setting.bucket(LOGS);
    let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    setting
        .s3
        .put_bucket_versioning()
        .bucket(&bucket)
        .versioning_configuration(versioning)
        .send()
        .await
        .unwrap();
    let template = |comment: &str| {
        setting.template(&[(
            "ELBAccessLogsBucketCleanerAction",
            "BucketCleanerFunction",
            json!({ "BucketName": bucket, "Comment": comment }),
        )])
    };
    let created = setting.stack_call("CreateStack", &setting.stack(), &template("first")).await;
    let id = output(&created, "ELBAccessLogsBucketCleanerAction");
    assert_eq!(id, "bucket-cleaner-ELBAccessLogsBucketCleanerAction");
    // More than a page: 1,100 versions of 550 objects, and markers for some.
    for key in 0..550 {
        for version in 0..2 {
            let path = format!("/{bucket}/log-{key}");
            setting.emulator.s3(Method::PUT, &path, vec![b'x'; version]).await.unwrap();
        }
        if key % 10 == 0 {
            setting.emulator.s3(Method::DELETE, &format!("/{bucket}/log-{key}"), Vec::new()).await.unwrap();
        }
    }
    let updated = setting.stack_call("UpdateStack", &setting.stack(), &template("second")).await;
    assert_eq!(output(&updated, "ELBAccessLogsBucketCleanerAction"), id);
    let listed = async || {
        let page = setting.s3.list_object_versions().bucket(&bucket).send().await.unwrap();
        (page.versions().len() + page.delete_markers().len(), page.is_truncated().unwrap_or_default())
    };
    assert_eq!(listed().await, (1000, true));

    setting.delete().await;
    assert_eq!(listed().await, (0, false));
    let by_function = setting.account.calls().filter(|call| call.operation == "DeleteObjects");
    assert_eq!(by_function.0.len(), 2);
    setting.s3.delete_bucket().bucket(&bucket).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_gone_does_not_keep_the_environment() {
    let setting = Setting::new().await;
    let bucket = setting.bucket(LOGS);
    let template = setting.template(&[(
        "ELBAccessLogsBucketCleanerAction",
        "BucketCleanerFunction",
        json!({ "BucketName": bucket }),
    )]);
    setting.stack_call("CreateStack", &setting.stack(), &template).await;
    setting.emulator.s3(Method::DELETE, &format!("/{bucket}"), Vec::new()).await.unwrap();
    setting.delete().await;
}
