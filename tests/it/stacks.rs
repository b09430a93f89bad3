//! Tests of the local AWS's stacks: types of resources that an environment has, conditions, exports, deletion.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use aws_sdk_cloudformation::types::Parameter;

use crate::local_aws::{Account, LocalAws, REGION, output};

/// An account to make stacks in, with a bucket for templates and code.
pub(crate) struct Stacks {
    pub account: Account<'static>,
    pub client: aws_sdk_cloudformation::Client,
    pub bucket: String,
}

impl Stacks {
    pub(crate) async fn new() -> Self {
        let account = LocalAws::shared().account();
        let config = account.sdk_config().await;
        let bucket = format!("artifacts-{}", account.id());
        let s3 = aws_sdk_s3::Client::new(&config);
        let place =
            aws_sdk_s3::types::CreateBucketConfiguration::builder().location_constraint(REGION.into());
        s3.create_bucket().bucket(&bucket).create_bucket_configuration(place.build()).send().await.unwrap();
        Self { account, client: aws_sdk_cloudformation::Client::new(&config), bucket }
    }

    pub(crate) async fn upload(&self, key: &str, body: Vec<u8>) {
        let s3 = aws_sdk_s3::Client::new(&self.account.sdk_config().await);
        s3.put_object().bucket(&self.bucket).key(key).body(body.into()).send().await.unwrap();
    }

    /// Creates or updates a stack; its description when it is there as wanted.
    pub(crate) async fn deploy(
        &self,
        stack: &str,
        template: &str,
        parameters: &BTreeMap<String, String>,
    ) -> String {
        let known = self.account.emulator().settled_stack(stack).await.is_ok();
        let (kind, wanted) =
            if known { ("UPDATE", "UPDATE_COMPLETE") } else { ("CREATE", "CREATE_COMPLETE") };
        let id = self.change_set(stack, kind, template, parameters).await;
        self.client.execute_change_set().change_set_name(id).send().await.unwrap();
        self.settled(stack, wanted).await
    }

    /// What an update would do: `Modify Cluster (False)`, …
    pub(crate) async fn changes(
        &self,
        stack: &str,
        template: &str,
        parameters: &BTreeMap<String, String>,
    ) -> Vec<String> {
        let id = self.change_set(stack, "UPDATE", template, parameters).await;
        let description = self.client.describe_change_set().change_set_name(id).send().await.unwrap();
        let line = |change: &aws_sdk_cloudformation::types::Change| {
            let change = change.resource_change().unwrap();
            let replacement =
                change.replacement().map(|one| format!(" ({})", one.as_str())).unwrap_or_default();
            let action = change.action().unwrap().as_str();
            format!("{action} {}{replacement}", change.logical_resource_id().unwrap())
        };
        description.changes().iter().map(line).collect()
    }

    /// Makes a change set that can be executed; its id.
    async fn change_set(
        &self,
        stack: &str,
        kind: &str,
        template: &str,
        parameters: &BTreeMap<String, String>,
    ) -> String {
        let key = format!("templates/{stack}-{}", uuid::Uuid::new_v4());
        self.upload(&key, template.as_bytes().to_vec()).await;
        let parameters = parameters
            .iter()
            .map(|(key, value)| Parameter::builder().parameter_key(key).parameter_value(value).build());
        let created = self
            .client
            .create_change_set()
            .stack_name(stack)
            .change_set_name(format!("copilot-{}", uuid::Uuid::new_v4()))
            .change_set_type(kind.into())
            .template_url(format!("https://{}.s3.{REGION}.amazonaws.com/{key}", self.bucket))
            .set_parameters(Some(parameters.collect()))
            .capabilities("CAPABILITY_NAMED_IAM".into());
        let id = created.send().await.unwrap().id().unwrap().to_owned();
        loop {
            let description = self.client.describe_change_set().change_set_name(&id).send().await.unwrap();
            match description.status().unwrap().as_str() {
                "CREATE_COMPLETE" => return id,
                "FAILED" => panic!("{stack}: {:?}", description.status_reason()),
                _ => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    /// Waits for the end of an operation; a failure tells which resources failed and why.
    pub(crate) async fn settled(&self, stack: &str, wanted: &str) -> String {
        loop {
            let description = self.account.emulator().settled_stack(stack).await;
            let description =
                description.unwrap_or_else(|_| "<StackStatus>DELETE_COMPLETE</StackStatus>".into());
            if description.contains(&format!("<StackStatus>{wanted}</StackStatus>")) {
                return description;
            }
            let events = self.client.describe_stack_events().stack_name(stack).send().await.unwrap();
            let failed: Vec<_> = events
                .stack_events()
                .iter()
                .filter(|event| {
                    event.resource_status().is_some_and(|status| status.as_str().ends_with("FAILED"))
                })
                .map(|event| (event.logical_resource_id(), event.resource_status_reason()))
                .collect();
            assert_eq!(failed, [], "{stack} instead of {wanted}: {description}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) async fn delete(&self, stack: &str) {
        self.client.delete_stack().stack_name(stack).send().await.unwrap();
        self.settled(stack, "DELETE_COMPLETE").await;
    }
}

/// The deployment package of a function in Node.js.
pub(crate) fn function(code: &str) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("index.js", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(code.as_bytes()).unwrap();
    archive.finish().unwrap().into_inner()
}

const NETWORK: &str = "Parameters:
  FlowLogs: {Type: String, Default: 'false', AllowedValues: [true, false]}
  Nat: {Type: String, Default: 'false', AllowedValues: [true, false]}
  Insights: {Type: String, Default: disabled}
  Code: {Type: String}
Conditions:
  HasFlowLogs: !Equals [!Ref FlowLogs, 'true']
  HasNat: !Equals [!Ref Nat, 'true']
Resources:
  VPC: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16, EnableDnsSupport: true, EnableDnsHostnames: true}}
  Gateway: {Type: 'AWS::EC2::InternetGateway'}
  Attachment: {Type: 'AWS::EC2::VPCGatewayAttachment', Properties: {VpcId: !Ref VPC, InternetGatewayId: !Ref Gateway}}
  Table: {Type: 'AWS::EC2::RouteTable', Properties: {VpcId: !Ref VPC}}
  Route:
    Type: AWS::EC2::Route
    DependsOn: Attachment
    Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}
  SubnetA: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref VPC, CidrBlock: 10.0.0.0/24, AvailabilityZone: !Select [0, !GetAZs '']}}
  SubnetB: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref VPC, CidrBlock: 10.0.1.0/24, AvailabilityZone: !Select [1, !GetAZs '']}}
  InTable: {Type: 'AWS::EC2::SubnetRouteTableAssociation', Properties: {RouteTableId: !Ref Table, SubnetId: !Ref SubnetA}}
  Address: {Type: 'AWS::EC2::EIP', Condition: HasNat, DependsOn: Attachment, Properties: {Domain: vpc}}
  NatGateway: {Type: 'AWS::EC2::NatGateway', Condition: HasNat, Properties: {AllocationId: !GetAtt Address.AllocationId, SubnetId: !Ref SubnetA}}
  Group: {Type: 'AWS::EC2::SecurityGroup', Properties: {VpcId: !Ref VPC, GroupDescription: tasks}}
  FromItself: {Type: 'AWS::EC2::SecurityGroupIngress', Properties: {GroupId: !Ref Group, IpProtocol: -1, SourceSecurityGroupId: !Ref Group}}
  ToDatabase: {Type: 'AWS::EC2::SecurityGroupEgress', Properties: {GroupId: !Ref Group, IpProtocol: tcp, FromPort: 5432, ToPort: 5432, CidrIp: 10.0.0.0/16}}
  LogGroup: {Type: 'AWS::Logs::LogGroup', Condition: HasFlowLogs, Properties: {RetentionInDays: 14}}
  FlowLog:
    Type: AWS::EC2::FlowLog
    Condition: HasFlowLogs
    Properties: {ResourceId: !Ref VPC, ResourceType: VPC, TrafficType: ALL, LogGroupName: !Ref LogGroup, DeliverLogsPermissionArn: !GetAtt Role.Arn}
  Namespace: {Type: 'AWS::ServiceDiscovery::PrivateDnsNamespace', Properties: {Name: test.shop.local, Vpc: !Ref VPC}}
  Cluster:
    Type: AWS::ECS::Cluster
    Properties:
      CapacityProviders: [FARGATE, FARGATE_SPOT]
      Configuration: {ExecuteCommandConfiguration: {Logging: DEFAULT}}
      ClusterSettings: [{Name: containerInsights, Value: !Ref Insights}]
  Files: {Type: 'AWS::EFS::FileSystem', Properties: {Encrypted: true}}
  MountA: {Type: 'AWS::EFS::MountTarget', Properties: {FileSystemId: !Ref Files, SubnetId: !Ref SubnetA, SecurityGroups: [!Ref Group]}}
  MountB: {Type: 'AWS::EFS::MountTarget', Properties: {FileSystemId: !Ref Files, SubnetId: !Ref SubnetB, SecurityGroups: [!Ref Group]}}
  Balancer: {Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: {Scheme: internal, Subnets: [!Ref SubnetA, !Ref SubnetB], SecurityGroups: [!Ref Group]}}
  Targets: {Type: 'AWS::ElasticLoadBalancingV2::TargetGroup', Properties: {Port: 80, Protocol: HTTP, TargetType: ip, VpcId: !Ref VPC}}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Balancer
      Port: 443
      Protocol: HTTPS
      Certificates: [{CertificateArn: 'arn:aws:acm:us-west-2:123456789012:certificate/1'}]
      DefaultActions: [{Type: forward, TargetGroupArn: !Ref Targets}]
  MoreCertificates:
    Type: AWS::ElasticLoadBalancingV2::ListenerCertificate
    Properties: {ListenerArn: !Ref Listener, Certificates: [{CertificateArn: 'arn:aws:acm:us-west-2:123456789012:certificate/2'}]}
  Rule:
    Type: AWS::ElasticLoadBalancingV2::ListenerRule
    Properties:
      ListenerArn: !Ref Listener
      Priority: 1
      Conditions: [{Field: path-pattern, Values: ['/api']}]
      Actions: [{Type: forward, TargetGroupArn: !Ref Targets}]
  Zone: {Type: 'AWS::Route53::HostedZone', Properties: {Name: test.shop.example.com}}
  Record:
    Type: AWS::Route53::RecordSet
    Properties: {HostedZoneId: !Ref Zone, Name: a.test.shop.example.com., Type: A, AliasTarget: {DNSName: !GetAtt Balancer.DNSName, HostedZoneId: !GetAtt Balancer.CanonicalHostedZoneID}}
  Records:
    Type: AWS::Route53::RecordSetGroup
    Properties: {HostedZoneId: !Ref Zone, RecordSets: [{Name: b.test.shop.example.com., Type: TXT, TTL: '60', ResourceRecords: ['\"b\"']}]}
  Access: {Type: 'AWS::CloudFront::OriginAccessControl', Properties: {OriginAccessControlConfig: {Name: shop, OriginAccessControlOriginType: s3, SigningBehavior: always, SigningProtocol: sigv4}}}
  Distribution:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        DefaultCacheBehavior: {TargetOriginId: site, ViewerProtocolPolicy: allow-all, CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad}
        Origins: [{Id: site, DomainName: !GetAtt Balancer.DNSName, CustomOriginConfig: {OriginProtocolPolicy: match-viewer}}]
  Key: {Type: 'AWS::KMS::Key', Properties: {EnableKeyRotation: true, KeyPolicy: {Version: '2012-10-17', Statement: []}}}
  Bucket: {Type: 'AWS::S3::Bucket', Properties: {VersioningConfiguration: {Status: Enabled}}}
  BucketPolicy: {Type: 'AWS::S3::BucketPolicy', Properties: {Bucket: !Ref Bucket, PolicyDocument: {Version: '2012-10-17', Statement: []}}}
  Repository: {Type: 'AWS::ECR::Repository', Properties: {RepositoryName: shop/api}}
  Parameter: {Type: 'AWS::SSM::Parameter', Properties: {Name: /shop/greeting, Type: String, Value: hello}}
  Role:
    Type: AWS::IAM::Role
    DeletionPolicy: Retain
    Properties:
      RoleName: shop-test-Role
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      Policies: [{PolicyName: logs, PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'logs:*', Resource: '*'}]}}]
  Policy: {Type: 'AWS::IAM::ManagedPolicy', Properties: {PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 's3:*', Resource: '*'}]}}}
  Function:
    Type: AWS::Lambda::Function
    Properties: {Handler: index.handler, Runtime: nodejs24.x, Role: !GetAtt Role.Arn, Code: {S3Bucket: !Ref Code, S3Key: function.zip}}
  Custom: {Type: 'Custom::Greeting', Properties: {ServiceToken: !GetAtt Function.Arn, Name: !Ref Insights}}
Outputs:
  VpcId: {Value: !Ref VPC, Export: {Name: !Sub '${AWS::StackName}-VpcId'}}
  FromItself: {Value: !Ref FromItself}
  ToDatabase: {Value: !GetAtt ToDatabase.Id}
  Address: {Condition: HasNat, Value: !Sub '${Address} ${Address.AllocationId}'}
  Nat: {Condition: HasNat, Value: !Sub '${NatGateway} ${NatGateway.NatGatewayId}'}
  FlowLog: {Condition: HasFlowLogs, Value: !Sub '${FlowLog} ${FlowLog.Id}'}
  Namespace: {Value: !Sub '${Namespace} ${Namespace.Arn}'}
  Cluster: {Value: !Sub '${Cluster} ${Cluster.Arn}'}
  Files: {Value: !Sub '${Files} ${Files.Arn} ${MountA}'}
  Balancer: {Value: !Sub '${Balancer} ${Balancer.LoadBalancerFullName} ${Balancer.DNSName} ${Balancer.CanonicalHostedZoneID}'}
  Targets: {Value: !Sub '${Targets} ${Targets.TargetGroupFullName}'}
  Listener: {Value: !Sub '${Listener} ${MoreCertificates} ${Rule}'}
  Zone: {Value: !Sub ['${Zone} ${Servers}', {Servers: !Join [',', !GetAtt Zone.NameServers]}]}
  Record: {Value: !Sub '${Record} ${Records}'}
  Distribution: {Value: !Sub '${Distribution} ${Distribution.DomainName} ${Access}'}
  Key: {Value: !Sub '${Key} ${Key.Arn}'}
  Bucket: {Value: !Sub '${Bucket} ${Bucket.Arn} ${Bucket.DomainName} ${Bucket.RegionalDomainName}'}
  Repository: {Value: !Sub '${Repository} ${Repository.Arn} ${Repository.RepositoryUri}'}
  Role: {Value: !Sub '${Role} ${Role.Arn} ${Role.RoleId} ${Policy}'}
  Custom: {Value: !Sub '${Custom} ${Custom.Greeting}'}
";

const FUNCTION: &str = "exports.handler = async (event) => {
  const body = JSON.stringify({Status: 'SUCCESS', RequestId: event.RequestId, StackId: event.StackId,
    LogicalResourceId: event.LogicalResourceId, PhysicalResourceId: 'greeting',
    Data: {Greeting: `${event.RequestType} ${event.ResourceProperties.Name}`}});
  await fetch(event.ResponseURL, {method: 'PUT', body});
};";

/// What the references come to; `#` stands for letters and digits.
const SHAPES: &str = "VpcId: vpc-#
FromItself: sgr-#
ToDatabase: sgr-#
Address: #.#.#.# eipalloc-#
Nat: nat-# nat-#
FlowLog: fl-# fl-#
Namespace: ns-# arn:aws:servicediscovery:us-west-2:ACCOUNT:namespace/ns-#
Cluster: shop-test-Cluster arn:aws:ecs:us-west-2:ACCOUNT:cluster/shop-test-Cluster
Files: fs-# arn:aws:elasticfilesystem:us-west-2:ACCOUNT:file-system/fs-# fsmt-#
Balancer: arn:aws:elasticloadbalancing:us-west-2:ACCOUNT:loadbalancer/app/shop-test-balancer-#/# app/shop-test-balancer-#/# \
shop-test-balancer-#-#.us-west-2.elb.amazonaws.com #
Targets: arn:aws:elasticloadbalancing:us-west-2:ACCOUNT:targetgroup/shop-test-Targets-#/# shop-test-Targets-#/#
Listener: arn:aws:elasticloadbalancing:us-west-2:ACCOUNT:listener/app/shop-test-balancer-#/#/# shop-test-MoreCertificates-# \
arn:aws:elasticloadbalancing:us-west-2:ACCOUNT:listener-rule/app/shop-test-balancer-#/#/#/#
Zone: # ns-1.awsdns-1.com,ns-2.awsdns-2.net,ns-3.awsdns-3.org,ns-4.awsdns-4.co.uk
Record: a.test.shop.example.com. shop-test-Records-#
Distribution: # #.cloudfront.net #
Key: #-#-#-#-# arn:aws:kms:us-west-2:ACCOUNT:key/#-#-#-#-#
Bucket: shop-test-bucket-# arn:aws:s3:::shop-test-bucket-# shop-test-bucket-#.s3.amazonaws.com \
shop-test-bucket-#.s3.us-west-2.amazonaws.com
Repository: shop/api arn:aws:ecr:us-west-2:ACCOUNT:repository/shop/api ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/shop/api
Role: shop-test-Role arn:aws:iam::ACCOUNT:role/shop-test-Role # arn:aws:iam::ACCOUNT:policy/shop-test-Policy-#
Custom: greeting Update enabled";

/// Whether a text is what a pattern says.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('#') else { return pattern == text };
    let rest = text.strip_prefix(before).unwrap_or_default();
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    end > 0 && fits(after, &rest[end..])
}

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_s_types_are_made_changed_and_deleted() {
    let stacks = Stacks::new().await;
    stacks.upload("function.zip", function(FUNCTION)).await;
    let code = ("Code", stacks.bucket.as_str());
    stacks.deploy("shop-test", NETWORK, &values(&[code])).await;
    let more = values(&[code, ("FlowLogs", "true"), ("Nat", "true"), ("Insights", "enabled")]);
    insta::assert_debug_snapshot!(stacks.changes("shop-test", NETWORK, &more).await, @r#"
    [
        "Add Address",
        "Modify Cluster (False)",
        "Modify Custom (Conditional)",
        "Add FlowLog",
        "Add LogGroup",
        "Add NatGateway",
    ]
    "#);
    let description = stacks.deploy("shop-test", NETWORK, &more).await;
    for shape in SHAPES.lines() {
        let (key, pattern) = shape.split_once(": ").unwrap();
        let value = output(&description, key).unwrap().replace(stacks.account.id(), "ACCOUNT");
        assert!(fits(pattern, &value), "{key}: {value}");
    }

    let moved = NETWORK.replace("FromPort: 5432", "FromPort: 5431").replace("Name: shop,", "Name: shop2,");
    insta::assert_debug_snapshot!(stacks.changes("shop-test", &moved, &more).await, @r#"
    [
        "Modify Access (False)",
        "Modify ToDatabase (True)",
    ]
    "#);
    stacks.deploy("shop-test", &moved, &more).await;
    let only_outputs = format!("{moved}  ForceId: {{Value: one}}\n");
    insta::assert_debug_snapshot!(stacks.changes("shop-test", &only_outputs, &more).await, @"[]");
    stacks.deploy("shop-test", &only_outputs, &more).await;
    stacks.deploy("shop-test", NETWORK, &values(&[code])).await;

    // What another stack imports stays; so does a bucket with something in it.
    let importer = "Resources: {Topic: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: !ImportValue shop-test-VpcId}}}";
    stacks.deploy("importer", importer, &BTreeMap::new()).await;
    let refused = stacks.client.delete_stack().stack_name("shop-test").send().await.unwrap_err();
    let refused = refused.into_service_error();
    insta::assert_snapshot!(refused.meta().message().unwrap().replace(stacks.account.id(), "ACCOUNT"), @"Export shop-test-VpcId is imported by stack importer");
    stacks.delete("importer").await;
    let resources = stacks.client.describe_stack_resource().stack_name("shop-test");
    let bucket = resources.logical_resource_id("Bucket").send().await.unwrap();
    let bucket = bucket.stack_resource_detail().unwrap().physical_resource_id().unwrap().to_owned();
    let s3 = aws_sdk_s3::Client::new(&stacks.account.sdk_config().await);
    let put = s3.put_object().bucket(&bucket).key("a").body(vec![b'a'].into()).send().await.unwrap();
    stacks.client.delete_stack().stack_name("shop-test").send().await.unwrap();
    let emulator = stacks.account.emulator();
    assert!(emulator.settled_stack("shop-test").await.unwrap().contains("<StackStatus>DELETE_FAILED<"));
    s3.delete_object().bucket(&bucket).key("a").version_id(put.version_id().unwrap()).send().await.unwrap();
    stacks.delete("shop-test").await;
    let role = emulator.query("iam", "GetRole", &[("RoleName", "shop-test-Role")]).await;
    assert!(role.is_ok(), "retained");

    // The retained role is in the way of a new stack, as in AWS.
    let role = "Resources: {Role: {Type: 'AWS::IAM::Role', Properties: {RoleName: shop-test-Role, \
                AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}}}}";
    let again = stacks.client.create_stack().stack_name("again").template_body(role);
    again.capabilities("CAPABILITY_NAMED_IAM".into()).send().await.unwrap();
    assert!(emulator.settled_stack("again").await.unwrap().contains("<StackStatus>ROLLBACK_COMPLETE<"));
}
