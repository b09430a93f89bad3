import * as cdk from 'aws-cdk-lib';
import * as path from 'path';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
// IMPORTS

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
    // CALLS
  }

  // FUNCTIONS
}
