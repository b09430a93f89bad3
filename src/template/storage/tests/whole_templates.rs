//! Whole templates as they are written.

use super::*;

#[test]
fn a_bucket_of_a_job() {
    insta::assert_snapshot!(bucket::template("my-bucket", Level::Workload), @r#"
    # The bucket my-bucket.

    Parameters:
      App:
        Type: String
        Description: Your application's name.
      Env:
        Type: String
        Description: The environment name your service, job, or workflow is being deployed to.
      Name:
        Type: String
        Description: Your workload's name.

    Resources:
      mybucketBucket:
        Metadata:
          aws:copilot:description: An Amazon S3 bucket to store and retrieve objects for my-bucket
        Type: AWS::S3::Bucket
        Properties:
          VersioningConfiguration:
            Status: Enabled
          AccessControl: Private
          BucketEncryption:
            ServerSideEncryptionConfiguration:
              - ServerSideEncryptionByDefault:
                  SSEAlgorithm: AES256
          PublicAccessBlockConfiguration:
            BlockPublicAcls: true
            BlockPublicPolicy: true
            IgnorePublicAcls: true
            RestrictPublicBuckets: true
          OwnershipControls:
            Rules:
              - ObjectOwnership: BucketOwnerEnforced
          LifecycleConfiguration:
            Rules:
              - Id: ExpireNonCurrentObjects
                Status: Enabled
                NoncurrentVersionExpirationInDays: 30
                AbortIncompleteMultipartUpload:
                  DaysAfterInitiation: 1

      mybucketBucketPolicy:
        Metadata:
          aws:copilot:description: A bucket policy to deny unencrypted access to the bucket and its contents
        Type: AWS::S3::BucketPolicy
        DeletionPolicy: Retain
        Properties:
          Bucket: !Ref mybucketBucket
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: ForceHTTPS
                Effect: Deny
                Principal: "*"
                Action: s3:*
                Condition:
                  Bool:
                    aws:SecureTransport: false
                Resource:
                  - !Sub ${ mybucketBucket.Arn}/*
                  - !Sub ${ mybucketBucket.Arn}

      mybucketAccessPolicy:
        Metadata:
          aws:copilot:description: An IAM ManagedPolicy for your service to access the my-bucket bucket
        Type: AWS::IAM::ManagedPolicy
        Properties:
          Description: !Sub
            - Grants CRUD access to the S3 bucket ${Bucket}
            - Bucket: !Ref mybucketBucket
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: S3ObjectActions
                Effect: Allow
                Action:
                  - s3:GetObject
                  - s3:PutObject
                  - s3:PutObjectACL
                  - s3:PutObjectTagging
                  - s3:DeleteObject
                  - s3:RestoreObject
                Resource: !Sub ${ mybucketBucket.Arn}/*
              - Sid: S3ListAction
                Effect: Allow
                Action: s3:ListBucket
                Resource: !Sub ${ mybucketBucket.Arn}

    Outputs:
      # The containers get it as the environment variable MYBUCKET_NAME.
      mybucketName:
        Value: !Ref mybucketBucket
        Description: The name of a user-defined bucket.
      mybucketAccessPolicy:
        Value: !Ref mybucketAccessPolicy
        Description: The IAM::ManagedPolicy to attach to the task role
    "#);
}

#[test]
fn a_table_of_the_environments() {
    insta::assert_snapshot!(table::template(&table(), Level::Environment), @r#"
    # The table my-items.

    Parameters:
      App:
        Type: String
        Description: Your application's name.
      Env:
        Type: String
        Description: The name of the environment being deployed.

    Resources:
      myitems:
        Metadata:
          aws:copilot:description: An Amazon DynamoDB table for my-items
        Type: AWS::DynamoDB::Table
        Properties:
          TableName: !Sub ${App}-${Env}-my-items
          BillingMode: PAY_PER_REQUEST
          AttributeDefinitions:
            - AttributeName: Email
              AttributeType: S
            - AttributeName: "yes"
              AttributeType: "N"
            - AttributeName: Points
              AttributeType: "N"
          KeySchema:
            - AttributeName: Email
              KeyType: HASH
            - AttributeName: "yes"
              KeyType: RANGE
          LocalSecondaryIndexes:
            - IndexName: Points
              KeySchema:
                - AttributeName: Email
                  KeyType: HASH
                - AttributeName: Points
                  KeyType: RANGE
              Projection:
                ProjectionType: ALL

    Outputs:
      myitemsName:
        Value: !Ref myitems
        Description: The name of this DynamoDB table.
        Export:
          Name: !Sub ${App}-${Env}-myitemsTableName
      myitemsDynamoDBTableARN:
        Value: !GetAtt myitems.Arn
        Description: The ARN of the my-items DynamoDB table.
        Export:
          Name: !Sub ${App}-${Env}-myitemsTableArn
    "#);
    insta::assert_snapshot!(table::access_policy("my-items"), @r#"
    # Access to the environment's table my-items, which must be deployed before.

    Parameters:
      App:
        Type: String
        Description: Your application's name.
      Env:
        Type: String
        Description: The environment name your service, job, or workflow is being deployed to.
      Name:
        Type: String
        Description: Your workload's name.

    Resources:
      myitemsDdbTableAccessPolicy:
        Metadata:
          aws:copilot:description: An IAM managed policy for your service to access a DDB table in your environment
        Type: AWS::IAM::ManagedPolicy
        Properties:
          Description: !Sub
            - Grants CRUD access to the Dynamo DB table ${Table}
            - Table:
                Fn::ImportValue: !Sub ${App}-${Env}-myitemsTableName
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: DDBActions
                Effect: Allow
                Action:
                  - dynamodb:BatchGet*
                  - dynamodb:DescribeStream
                  - dynamodb:DescribeTable
                  - dynamodb:Get*
                  - dynamodb:Query
                  - dynamodb:Scan
                  - dynamodb:BatchWrite*
                  - dynamodb:Create*
                  - dynamodb:Delete*
                  - dynamodb:Update*
                  - dynamodb:PutItem
                Resource:
                  Fn::ImportValue: !Sub ${App}-${Env}-myitemsTableArn
              - Sid: DDBLSIActions
                Effect: Allow
                Action:
                  - dynamodb:Query
                  - dynamodb:Scan
                Resource: !Sub
                  - ${ TableARN }/index/*
                  - TableARN:
                      Fn::ImportValue: !Sub ${App}-${Env}-myitemsTableArn

    Outputs:
      # The containers get it as the environment variable MYITEMS_NAME_DDB_TABLE_NAME.
      myitemsNameDdbTableName:
        Value:
          Fn::ImportValue: !Sub ${App}-${Env}-myitemsTableName
        Description: The name of the DynamoDB table.
      myitemsDdbTableAccessPolicy:
        Value: !Ref myitemsDdbTableAccessPolicy
        Description: The IAM managed policy to attach to the task role to give access to the DynamoDB table.
    "#);
}

#[test]
fn a_cluster_of_the_environments() {
    insta::assert_snapshot!(cluster::template(&cluster(Engine::PostgreSql), Level::Environment), @r#"
    # The PostgreSQL cluster shared-db of Aurora Serverless v2.

    Parameters:
      App:
        Type: String
        Description: Your application's name.
      Env:
        Type: String
        Description: The name of the environment being deployed.
      # It counts when the cluster is created only.
      shareddbDBName:
        Type: String
        Description: The name of the initial database to be created in the Aurora Serverless v2 cluster.
        Default: reports
      VPCID:
        Type: String
        Description: The ID of the VPC in which to create the Aurora Serverless v2 cluster.
        Default: ""
      PrivateSubnets:
        Type: String
        Description: The IDs of the private subnets in which to create the Aurora Serverless v2 cluster.
        Default: ""

    Mappings:
      # Least and most capacity, from 0.5 to 256 units of about 2 GiB of memory. `All` holds for every environment.
      # For a capacity of each environment, write `!Ref Env` for `All` in the cluster's ServerlessV2ScalingConfiguration;
      # then every environment needs an entry here, also one that is created later.
      shareddbEnvScalingConfigurationMap:
        prod:
          DBMinCapacity: 0.5
          DBMaxCapacity: 8
        test:
          DBMinCapacity: 0.5
          DBMaxCapacity: 8
        All:
          DBMinCapacity: 0.5
          DBMaxCapacity: 8

    Resources:
      shareddbDBSubnetGroup:
        Type: AWS::RDS::DBSubnetGroup
        Properties:
          DBSubnetGroupDescription: Group of private subnets for Aurora Serverless v2 cluster.
          SubnetIds: !Split
            - ","
            - !Ref PrivateSubnets

      shareddbWorkloadSecurityGroup:
        Metadata:
          aws:copilot:description: A security group for one or more workloads to access the Aurora Serverless v2 cluster shareddb
        Type: AWS::EC2::SecurityGroup
        Properties:
          GroupDescription: The Security Group to access Aurora Serverless v2 cluster shareddb.
          VpcId: !Ref VPCID
          Tags:
            - Key: Name
              Value: !Sub copilot-${App}-${Env}-Aurora

      shareddbDBClusterSecurityGroup:
        Metadata:
          aws:copilot:description: A security group for your Aurora Serverless v2 cluster shareddb
        Type: AWS::EC2::SecurityGroup
        Properties:
          GroupDescription: The Security Group for the Aurora Serverless v2 cluster.
          VpcId: !Ref VPCID
          Tags:
            - Key: Name
              Value: !Sub copilot-${App}-${Env}-Aurora

      shareddbDBClusterSecurityGroupIngressFromWorkload:
        Type: AWS::EC2::SecurityGroupIngress
        Properties:
          Description: Ingress from one or more workloads in the environment.
          IpProtocol: tcp
          FromPort: 5432
          ToPort: 5432
          SourceSecurityGroupId: !Ref shareddbWorkloadSecurityGroup
          GroupId: !Ref shareddbDBClusterSecurityGroup

      shareddbAuroraSecret:
        Metadata:
          aws:copilot:description: A Secrets Manager secret to store your DB credentials
        Type: AWS::SecretsManager::Secret
        Properties:
          Description: !Sub Aurora main user secret for ${AWS::StackName}
          GenerateSecretString:
            SecretStringTemplate: "{\"username\": \"postgres\"}"
            GenerateStringKey: password
            ExcludePunctuation: true
            IncludeSpace: false
            PasswordLength: 16

      shareddbDBClusterParameterGroup:
        Metadata:
          aws:copilot:description: A DB parameter group for engine configuration values
        Type: AWS::RDS::DBClusterParameterGroup
        Properties:
          Description: !Ref AWS::StackName
          Family: aurora-postgresql17
          Parameters:
            client_encoding: UTF8

      shareddbDBCluster:
        Metadata:
          aws:copilot:description: The shareddb Aurora Serverless v2 database cluster
        Type: AWS::RDS::DBCluster
        Properties:
          Engine: aurora-postgresql
          EngineVersion: "17.7"
          DatabaseName: !Ref shareddbDBName
          MasterUsername: !Join
            - ""
            - - "{{resolve:secretsmanager:"
              - !Ref shareddbAuroraSecret
              - :SecretString:username}}
          MasterUserPassword: !Join
            - ""
            - - "{{resolve:secretsmanager:"
              - !Ref shareddbAuroraSecret
              - :SecretString:password}}
          Port: 5432
          DBClusterParameterGroupName: !Ref shareddbDBClusterParameterGroup
          DBSubnetGroupName: !Ref shareddbDBSubnetGroup
          VpcSecurityGroupIds:
            - !Ref shareddbDBClusterSecurityGroup
          ServerlessV2ScalingConfiguration:
            MinCapacity: !FindInMap
              - shareddbEnvScalingConfigurationMap
              - All
              - DBMinCapacity
            MaxCapacity: !FindInMap
              - shareddbEnvScalingConfigurationMap
              - All
              - DBMaxCapacity

      # AvailabilityZone is the region's first one: remove it where no private subnet is in that zone.
      shareddbDBWriterInstance:
        Metadata:
          aws:copilot:description: The shareddb Aurora Serverless v2 writer instance
        Type: AWS::RDS::DBInstance
        Properties:
          DBClusterIdentifier: !Ref shareddbDBCluster
          DBInstanceClass: db.serverless
          Engine: aurora-postgresql
          PromotionTier: 1
          AvailabilityZone: !Select
            - 0
            - !GetAZs
              Ref: AWS::Region

      shareddbSecretAuroraClusterAttachment:
        Type: AWS::SecretsManager::SecretTargetAttachment
        Properties:
          SecretId: !Ref shareddbAuroraSecret
          TargetId: !Ref shareddbDBCluster
          TargetType: AWS::RDS::DBCluster

    Outputs:
      shareddbSecret:
        Value: !Ref shareddbAuroraSecret
        Description: The JSON secret that holds the database username and password. Fields are 'host', 'port', 'dbname', 'username', 'password', 'dbClusterIdentifier' and 'engine'
        Export:
          Name: !Sub ${App}-${Env}-shareddbAuroraSecret
      shareddbSecurityGroup:
        Value: !Ref shareddbWorkloadSecurityGroup
        Description: The security group to attach to the workload.
        Export:
          Name: !Sub ${App}-${Env}-shareddbSecurityGroup
    "#);
    let subnets = vec![reference("PrivateSubnet1"), reference("PrivateSubnet2")];
    insta::assert_snapshot!(cluster::environment_parameters(reference("VPC"), subnets), @r#"
    # Values for parameters of the addons in this directory: ids of the VPC and its private subnets.
    Parameters:
      VPCID: !Ref VPC
      PrivateSubnets: !Join
        - ","
        - - !Ref PrivateSubnet1
          - !Ref PrivateSubnet2
    "#);
}
