//! A CDK app in TypeScript.

use std::collections::BTreeMap;

use super::Resource;

/// Short names of modules where people use others than the service's own.
const ALIASES: [(&str, &str); 4] =
    [("stepfunctions", "sfn"), ("servicediscovery", "sd"), ("cloudwatch", "cw"), ("dynamodb", "ddb")];

/// Name and content of each file.
pub(super) fn files(resources: &[Resource]) -> [(&'static str, String); 7] {
    [
        (".gitignore", include_str!("files/gitignore").to_owned()),
        ("README.md", include_str!("files/cdk.md").to_owned()),
        ("bin/override.ts", include_str!("files/override.ts").to_owned()),
        ("cdk.json", include_str!("files/cdk.json").to_owned()),
        ("package.json", include_str!("files/package.json").to_owned()),
        ("stack.ts", stack(resources)),
        ("tsconfig.json", include_str!("files/tsconfig.json").to_owned()),
    ]
}

/// The stack, with a function to fill in for each resource.
fn stack(resources: &[Resource]) -> String {
    let mut modules = BTreeMap::new();
    let (mut calls, mut functions) = (String::new(), String::new());
    for Resource { kind, id } in resources {
        let mut parts = kind.split("::").skip(1);
        let (Some(service), Some(class)) = (parts.next(), parts.next()) else { continue };
        let service = service.to_lowercase();
        let alias =
            ALIASES.iter().find(|(name, _)| *name == service).map_or(service.as_str(), |(_, alias)| alias);
        modules.insert(format!("aws_{service}"), alias.to_owned());
        calls.push_str(&format!("    this.transform{id}();\n"));
        functions.push_str(&format!(
            "
  private transform{id}() {{
    const resource = this.template.getResource('{id}') as {alias}.Cfn{class};
    // Change its properties here, such as `resource.addPropertyOverride('Name', 'value')`; then remove the next line.
    throw new Error('transform{id} is not written yet: ' + resource.logicalId);
  }}
"
        ));
    }
    let imports: String = modules
        .iter()
        .map(|(module, alias)| format!("import {{ {module} as {alias} }} from 'aws-cdk-lib';\n"))
        .collect();
    include_str!("files/stack.ts")
        .replace("// IMPORTS\n", &imports)
        .replace("    // CALLS\n", &calls)
        .replace("  // FUNCTIONS\n", functions.trim_start_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_for_each_resource() {
        let resource = |kind: &str, id: &str| Resource { kind: kind.to_owned(), id: id.to_owned() };
        let resources = [
            resource("AWS::ServiceDiscovery::PrivateDnsNamespace", "Namespace"),
            resource("AWS::EC2::VPC", "VPC"),
        ];
        insta::assert_snapshot!(stack(&resources), @"
        import * as cdk from 'aws-cdk-lib';
        import * as path from 'path';
        import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
        import { aws_ec2 as ec2 } from 'aws-cdk-lib';
        import { aws_servicediscovery as sd } from 'aws-cdk-lib';

        interface TransformedStackProps extends cdk.StackProps {
          readonly appName: string;
          readonly envName: string;
        }

        export class TransformedStack extends cdk.Stack {
          readonly template: CfnInclude;
          readonly appName: string;
          readonly envName: string;

          constructor(scope: cdk.App, id: string, props: TransformedStackProps) {
            super(scope, id, props);
            this.template = new CfnInclude(this, 'Template', { templateFile: path.join('.build', 'in.yml') });
            this.appName = props.appName;
            this.envName = props.envName;
            this.transformNamespace();
            this.transformVPC();
          }

          private transformNamespace() {
            const resource = this.template.getResource('Namespace') as sd.CfnPrivateDnsNamespace;
            // Change its properties here, such as `resource.addPropertyOverride('Name', 'value')`; then remove the next line.
            throw new Error('transformNamespace is not written yet: ' + resource.logicalId);
          }

          private transformVPC() {
            const resource = this.template.getResource('VPC') as ec2.CfnVPC;
            // Change its properties here, such as `resource.addPropertyOverride('Name', 'value')`; then remove the next line.
            throw new Error('transformVPC is not written yet: ' + resource.logicalId);
          }
        }
        ");
        insta::assert_snapshot!(stack(&[]), @"
        import * as cdk from 'aws-cdk-lib';
        import * as path from 'path';
        import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';

        interface TransformedStackProps extends cdk.StackProps {
          readonly appName: string;
          readonly envName: string;
        }

        export class TransformedStack extends cdk.Stack {
          readonly template: CfnInclude;
          readonly appName: string;
          readonly envName: string;

          constructor(scope: cdk.App, id: string, props: TransformedStackProps) {
            super(scope, id, props);
            this.template = new CfnInclude(this, 'Template', { templateFile: path.join('.build', 'in.yml') });
            this.appName = props.appName;
            this.envName = props.envName;
          }

        }
        ");
    }
}
