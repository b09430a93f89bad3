"""What the local AWS has in place of what the emulator (ministack) lacks or does otherwise than AWS. This module is the
application that the emulator's server runs: the emulator's own, with these additions. All shortcuts are listed here.

Resource types, with real records in the emulator's EC2, Route 53 and load balancer interfaces:
- AWS::EC2::SecurityGroupIngress, SecurityGroupEgress: a rule of the group, with an id of its own.
- AWS::EC2::EIP, NatGateway: an address, which cannot be released while a gateway uses it; no traffic flows.
- AWS::EC2::FlowLog: is listed, writes nothing.
- AWS::ElasticLoadBalancingV2::ListenerCertificate: kept with the listener, not shown by DescribeListenerCertificates.
- AWS::Route53::RecordSetGroup: its record sets.

Corrections:
- The name servers of a zone are those of its own record.
- A role, a repository or a log group of a name that is taken makes the stack fail. A bucket that is not empty cannot be deleted by its stack.
- A subnet or a security group that a network interface is in cannot be deleted by its stack; DescribeNetworkInterfaces filters
  by subnet and group.
- `AllowedValues: [true, false]` of a template are words like any other.
- A change set contains what a condition adds or removes, and nothing of what a condition leaves out; one that changes nothing
  but outputs can be executed.
- The URL of a template may have the bucket in its host, and a template and a function's code may be in a bucket of another account that lets this one read it.
- GetResources of the tagging service knows stacks, parameters, state machines and pipelines, and answers in pages.
- PutParameter of SSM refuses what AWS refuses: values that are empty, too large for their tier or in double braces, and
  another type than the parameter has.
- CodePipeline has CreatePipeline, GetPipeline, ListPipelines and DeletePipeline; nothing ever runs.

Looked up and left to the emulator: EC2 DescribeVpcs, DescribeVpcAttribute, DescribeSubnets, DescribeRouteTables,
DescribeAvailabilityZones, DescribeManagedPrefixLists; Route 53 ListHostedZonesByName; IAM roles, their policies and tags; STS
GetCallerIdentity and AssumeRole, also into another account; SSM parameters; ECR ListImages
and BatchDeleteImage; ACM DescribeCertificate; ECS clusters; service-linked roles.

Still other than AWS: load balancers, distributions and file systems are ready at once; nobody checks whether an IAM policy
allows a call, whether a certificate is for the domain, or whether a CIDR block is within the VPC's. The gateway in front adds
stack sets (stack_sets/), refusals of roles that are missing or do not trust the caller (roles.rs), template metadata, and
paced and scripted stacks.

Runs of jobs, their tasks and their logs: see runs.py.

An access key of twelve digits is the account of that number; a session belongs to the account of the role it is of.
"""

import copy
import functools
import json
import re
import uuid

import runs  # noqa: F401 (corrects Step Functions, ECS and Logs)
from ministack.app import SERVICE_HANDLERS, app  # noqa: F401 (the server runs `app`)
from ministack.core import router
from ministack.core.responses import (
    AccountRegionScopedDict,
    error_response_json,
    get_account_id,
    get_region,
    request_scope,
)
from ministack.services import alb, cloudwatch_logs, dynamodb, ec2, ecr, iam, route53, s3, ssm, stepfunctions, tagging
from ministack.services.cloudformation import _change_sets, _stacks, changesets, engine, handlers, helpers, provisioners

TYPES = provisioners._RESOURCE_HANDLERS


def new_id(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:17]}"


def stand_in(resource_type, create, update, delete, replacing=(), tagged=False):
    """Registers a type. A change of a replacing property makes a new resource; the others are up to `update`."""
    TYPES[resource_type] = {
        "create": create,
        "update": update,
        "update_with_logical_id": True,
        "delete": delete,
    }
    provisioners._REPLACING_PROPERTIES[resource_type] = replacing
    if tagged:
        provisioners._STACK_TAG_PROPERTY[resource_type] = ("Tags", "list")


# --- Rules of security groups ---


def rule_type(resource_type, store, peers):
    def group(props):
        found = ec2._security_groups.get(props.get("GroupId"))
        if found is None:
            raise ValueError(f"The security group '{props.get('GroupId')}' does not exist")
        return found

    def create(logical_id, props, stack_name):
        [rule] = provisioners._ec2_sg_permissions([props])
        rules = group(props).setdefault(store, [])
        plain = [{key: value for key, value in one.items() if key != "SecurityGroupRuleId"} for one in rules]
        if any(ec2._rules_match(rule, one) for one in plain):
            raise ValueError(f"the specified rule already exists in {props['GroupId']}")
        rule["SecurityGroupRuleId"] = new_id("sgr")
        rules.append(rule)
        return rule["SecurityGroupRuleId"], {"Id": rule["SecurityGroupRuleId"]}

    def update(physical_id, old_props, new_props, stack_name, logical_id=None):
        [rule] = provisioners._ec2_sg_permissions([new_props])
        for one in group(new_props)[store]:
            if one.get("SecurityGroupRuleId") == physical_id:
                one.update(rule)
        return physical_id, {"Id": physical_id}

    def delete(physical_id, props):
        found = ec2._security_groups.get(props.get("GroupId"))
        if found is not None:
            found[store] = [one for one in found[store] if one.get("SecurityGroupRuleId") != physical_id]

    replacing = ("CidrIp", "CidrIpv6", "FromPort", "GroupId", "IpProtocol", "ToPort", *peers)
    stand_in(resource_type, create, update, delete, replacing)


rule_type(
    "AWS::EC2::SecurityGroupIngress",
    "IpPermissions",
    ("GroupName", "SourcePrefixListId", "SourceSecurityGroupId", "SourceSecurityGroupName", "SourceSecurityGroupOwnerId"),
)
rule_type(
    "AWS::EC2::SecurityGroupEgress",
    "IpPermissionsEgress",
    ("DestinationPrefixListId", "DestinationSecurityGroupId"),
)


# --- Addresses, gateways, flow logs ---


def address(public_ip):
    return next((one for one in ec2._addresses.values() if one["PublicIp"] == public_ip), None)


def eip_create(logical_id, props, stack_name):
    allocation = new_id("eipalloc")
    record = {"AllocationId": allocation, "PublicIp": ec2._random_ip("52."), "Domain": props.get("Domain", "vpc")}
    empty = ("AssociationId", "InstanceId", "NetworkInterfaceId", "PrivateIpAddress")
    ec2._addresses[allocation] = {**record, **dict.fromkeys(empty)}
    provisioners._ec2_apply_tags(allocation, props)
    return record["PublicIp"], {"AllocationId": allocation, "PublicIp": record["PublicIp"]}


def eip_update(physical_id, old_props, new_props, stack_name, logical_id=None):
    allocation = address(physical_id)["AllocationId"]
    provisioners._ec2_apply_tags(allocation, new_props, old_props)
    return physical_id, {"AllocationId": allocation, "PublicIp": physical_id}


def eip_delete(physical_id, props):
    found = address(physical_id)
    if found is None:
        return
    allocation = found["AllocationId"]
    gateways = ec2._nat_gateways.values()
    if any(one["AllocationId"] == allocation and one["State"] == "available" for one in gateways):
        raise ValueError(f"Address {allocation} is in use and cannot be released")
    ec2._addresses.pop(allocation, None)
    ec2._tags.pop(allocation, None)


stand_in(
    "AWS::EC2::EIP", eip_create, eip_update, eip_delete,
    ("Address", "IpamPoolId", "NetworkBorderGroup", "TransferAddress"), tagged=True,
)


def nat_create(logical_id, props, stack_name):
    subnet = ec2._subnets.get(props.get("SubnetId"))
    if subnet is None:
        raise ValueError(f"The subnet ID '{props.get('SubnetId')}' does not exist")
    public = props.get("ConnectivityType", "public") == "public"
    if public and props.get("AllocationId") not in ec2._addresses:
        raise ValueError(f"The allocation ID '{props.get('AllocationId')}' does not exist")
    attachments = [a["VpcId"] for igw in ec2._internet_gateways.values() for a in igw.get("Attachments", [])]
    if public and subnet["VpcId"] not in attachments:
        raise ValueError(f"Network {subnet['VpcId']} has no Internet gateway attached")
    nat = new_id("nat")
    ec2._nat_gateways[nat] = {
        "NatGatewayId": nat,
        "SubnetId": props["SubnetId"],
        "VpcId": subnet["VpcId"],
        "AllocationId": props.get("AllocationId"),
        "ConnectivityType": props.get("ConnectivityType", "public"),
        "State": "available",
        "CreateTime": ec2._now_ts(),
        "Tags": [],
    }
    provisioners._ec2_apply_tags(nat, props)
    return nat, {"NatGatewayId": nat}


def retag(attribute):
    """An update that changes nothing but tags."""

    def update(physical_id, old_props, new_props, stack_name, logical_id=None):
        provisioners._ec2_apply_tags(physical_id, new_props, old_props)
        return physical_id, {attribute: physical_id}

    return update


def nat_delete(physical_id, props):
    if physical_id in ec2._nat_gateways:
        ec2._nat_gateways[physical_id]["State"] = "deleted"
    ec2._tags.pop(physical_id, None)


stand_in(
    "AWS::EC2::NatGateway", nat_create, retag("NatGatewayId"), nat_delete,
    ("AllocationId", "AvailabilityMode", "ConnectivityType", "PrivateIpAddress", "SubnetId", "VpcId"), tagged=True,
)


def flow_log_create(logical_id, props, stack_name):
    flow_log = new_id("fl")
    ec2._flow_logs[flow_log] = {
        "FlowLogId": flow_log,
        "ResourceId": props.get("ResourceId", ""),
        "ResourceType": props.get("ResourceType", "VPC"),
        "TrafficType": props.get("TrafficType", "ALL"),
        "LogDestinationType": props.get("LogDestinationType", "cloud-watch-logs"),
        "LogDestination": props.get("LogDestination") or props.get("LogGroupName") or "",
        "FlowLogStatus": "ACTIVE",
        "CreationTime": ec2._now_ts(),
    }
    provisioners._ec2_apply_tags(flow_log, props)
    return flow_log, {"Id": flow_log}


def flow_log_delete(physical_id, props):
    ec2._flow_logs.pop(physical_id, None)
    ec2._tags.pop(physical_id, None)


stand_in(
    "AWS::EC2::FlowLog", flow_log_create, retag("Id"), flow_log_delete,
    (
        "DeliverCrossAccountRole", "DeliverLogsPermissionArn", "DestinationOptions", "LogDestination",
        "LogDestinationType", "LogFormat", "LogGroupName", "MaxAggregationInterval", "ResourceId", "ResourceType",
        "TrafficType",
    ),
    tagged=True,
)


# --- Certificates of listeners ---


def listener_certificate_create(logical_id, props, stack_name):
    listener = alb._listeners.get(props.get("ListenerArn"))
    if listener is None:
        raise ValueError(f"Listener '{props.get('ListenerArn')}' not found")
    physical_id = f"{stack_name}-{logical_id}-{uuid.uuid4().hex[:12].upper()}"
    certificates = [one["CertificateArn"] for one in props.get("Certificates", [])]
    listener.setdefault("AdditionalCertificates", {})[physical_id] = certificates
    return physical_id, {"Id": physical_id}


def listener_certificate_update(physical_id, old_props, new_props, stack_name, logical_id=None):
    certificates = [one["CertificateArn"] for one in new_props.get("Certificates", [])]
    alb._listeners[new_props["ListenerArn"]]["AdditionalCertificates"][physical_id] = certificates
    return physical_id, {"Id": physical_id}


def listener_certificate_delete(physical_id, props):
    listener = alb._listeners.get(props.get("ListenerArn"), {})
    listener.get("AdditionalCertificates", {}).pop(physical_id, None)


stand_in(
    "AWS::ElasticLoadBalancingV2::ListenerCertificate",
    listener_certificate_create, listener_certificate_update, listener_certificate_delete, ("ListenerArn",),
)


# --- Groups of record sets ---


def record_sets(props):
    zone = {key: props[key] for key in ("HostedZoneId", "HostedZoneName") if key in props}
    return [{**zone, **one} for one in props.get("RecordSets", [])]


def record_set_group_create(logical_id, props, stack_name):
    for one in record_sets(props):
        provisioners._r53_record_set_create(logical_id, one, stack_name)
    physical_id = f"{stack_name}-{logical_id}-{uuid.uuid4().hex[:12].upper()}"
    return physical_id, {"Id": physical_id}


def record_set_group_update(physical_id, old_props, new_props, stack_name, logical_id=None):
    for one in record_sets(old_props):
        provisioners._r53_record_set_delete(physical_id, one)
    for one in record_sets(new_props):
        provisioners._r53_record_set_create(logical_id, one, stack_name)
    return physical_id, {"Id": physical_id}


def record_set_group_delete(physical_id, props):
    for one in record_sets(props):
        provisioners._r53_record_set_delete(physical_id, one)


stand_in(
    "AWS::Route53::RecordSetGroup", record_set_group_create, record_set_group_update, record_set_group_delete,
    ("HostedZoneId", "HostedZoneName"),
)


# --- Name servers of zones ---


def with_name_servers(change):
    @functools.wraps(change)
    def changed(*args):
        physical_id, attributes = change(*args)
        records = route53._records.get(physical_id, [])
        servers = [value for one in records if one["Type"] == "NS" for value in one["ResourceRecords"]]
        return physical_id, {**attributes, "NameServers": [str(one).rstrip(".") for one in servers[:4]]}

    return changed


for operation in ("create", "update"):
    ZONE = TYPES["AWS::Route53::HostedZone"]
    ZONE[operation] = with_name_servers(ZONE[operation])


# --- Names that are taken, buckets that are not empty ---


def refuse_taken(resource_type, name_property, store):
    create = TYPES[resource_type]["create"]

    def checked(logical_id, props, stack_name):
        name = props.get(name_property)
        if name and name in store:
            raise ValueError(
                f"Resource handler returned message: \"Resource of type '{resource_type}' with identifier '{name}' "
                "already exists.\" (HandlerErrorCode: AlreadyExists)"
            )
        return create(logical_id, props, stack_name)

    TYPES[resource_type]["create"] = checked


refuse_taken("AWS::IAM::Role", "RoleName", iam._roles)
refuse_taken("AWS::ECR::Repository", "RepositoryName", ecr._repositories)
refuse_taken("AWS::Logs::LogGroup", "LogGroupName", cloudwatch_logs._log_groups)
refuse_taken("AWS::DynamoDB::Table", "TableName", dynamodb._tables)

delete_bucket = TYPES["AWS::S3::Bucket"]["delete"]


def delete_empty_bucket(physical_id, props):
    bucket = s3._buckets.get(physical_id)
    if bucket is not None and (bucket["objects"] or s3._bucket_has_versions(physical_id)):
        raise ValueError(
            "The bucket you tried to delete is not empty. You must delete all versions in the bucket. "
            "(Service: S3, Status Code: 409)"
        )
    delete_bucket(physical_id, props)


TYPES["AWS::S3::Bucket"]["delete"] = delete_empty_bucket


# --- Network interfaces ---


def interfaces(subnet=None, group=None):
    for one in ec2._network_interfaces.values():
        groups = [entry["GroupId"] for entry in one.get("Groups", [])]
        if subnet in (None, one["SubnetId"]) and (group is None or group in groups):
            yield one


def refuse_in_use(resource_type, name, key):
    delete = TYPES[resource_type]["delete"]

    def checked(physical_id, props):
        if any(interfaces(**{key: physical_id})):
            raise ValueError(
                f"The {name} '{physical_id}' has dependencies and cannot be deleted. (Service: Ec2, Status Code: 400) "
                "(HandlerErrorCode: InvalidRequest) DependencyViolation"
            )
        delete(physical_id, props)

    TYPES[resource_type]["delete"] = checked


refuse_in_use("AWS::EC2::Subnet", "subnet", "subnet")
refuse_in_use("AWS::EC2::SecurityGroup", "group", "group")

describe_interfaces = ec2._ACTION_MAP["DescribeNetworkInterfaces"]


def describe_interfaces_of(params):
    named = {}
    for number in range(1, 5):
        name = ec2._p(params, f"Filter.{number}.Name")
        value = ec2._p(params, f"Filter.{number}.Value.1")
        named |= {"subnet": value} if name == "subnet-id" else {"group": value} if name == "group-id" else {}
    if not named:
        return describe_interfaces(params)
    items = "".join(ec2._eni_fields_xml(one) for one in interfaces(**named))
    content = f"<networkInterfaceSet>{items}</networkInterfaceSet>"
    return ec2._xml(200, "DescribeNetworkInterfacesResponse", content)


ec2._ACTION_MAP["DescribeNetworkInterfaces"] = describe_interfaces_of


# --- Templates ---

resolve_parameters = engine._resolve_parameters


@functools.wraps(resolve_parameters)
def resolve_with_words(template, *rest):
    for definition in (template.get("Parameters") or {}).values():
        allowed = definition.get("AllowedValues") if isinstance(definition, dict) else None
        if allowed:
            definition["AllowedValues"] = [str(one).lower() if isinstance(one, bool) else one for one in allowed]
    return resolve_parameters(template, *rest)


for module in (engine, changesets, handlers, provisioners):
    if hasattr(module, "_resolve_parameters"):
        module._resolve_parameters = resolve_with_words

resolve_for_difference = changesets._resolve_props_for_diff


@functools.wraps(resolve_for_difference)
def resolve_what_is_there(template, params, stack_name, stack_id):
    resolved = resolve_for_difference(template, params, stack_name, stack_id)
    conditions = engine._evaluate_conditions(template, params)
    for name, resource in list(resolved.get("Resources", {}).items()):
        if not conditions.get(resource.get("Condition"), True):
            del resolved["Resources"][name]
    return resolved


changesets._resolve_props_for_diff = resolve_what_is_there


def outputs(template, params, stack):
    conditions = engine._evaluate_conditions(template, params)
    there = {
        name: one
        for name, one in copy.deepcopy(template.get("Outputs") or {}).items()
        if conditions.get(one.get("Condition"), True)
    }
    return engine._resolve_refs(
        there, stack.get("_resources", {}), params, conditions, template.get("Mappings", {}),
        stack["StackName"], stack["StackId"],
    )


create_change_set = handlers._ACTION_HANDLERS["CreateChangeSet"]


def create_change_set_of_outputs_too(params):
    answer = create_change_set(params)
    change_set = _change_sets.get(re.sub(r"(?s).*<Id>(.*)</Id>.*", r"\1", answer[2].decode()))
    if not change_set or change_set["Changes"] or "didn't contain changes" not in change_set["StatusReason"]:
        return answer
    stack = _stacks[change_set["StackName"]]
    before = outputs(stack.get("_template", {}), stack.get("_resolved_params", {}), stack)
    if before != outputs(change_set["_template"], change_set["_resolved_params"], stack):
        change_set |= {"Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "StatusReason": ""}
    return answer


handlers._ACTION_HANDLERS["CreateChangeSet"] = create_change_set_of_outputs_too

resolve_document = helpers._resolve_document


@functools.wraps(resolve_document)
def resolve_from_any_url(params, body_key, url_key, label):
    url = helpers._p(params, url_key)
    bucket_in_host = re.fullmatch(r"https://([^/]+?)\.(s3[.-][^/]*amazonaws\.com[^/]*)/(.*)", url or "")
    if not bucket_in_host:
        return resolve_document(params, body_key, url_key, label)
    bucket, host, key = bucket_in_host.groups()
    in_path = f"https://{host}/{bucket}/{key}"
    document, error = resolve_document({**params, url_key: [in_path]}, body_key, url_key, label)
    if error:
        status, headers, body = error
        error = (status, headers, body.replace(in_path.encode(), url.encode()))
    return document, error


helpers._resolve_document = resolve_from_any_url

get_object = s3._get_object_data


@functools.wraps(get_object)
def get_readable_object(bucket, key, version_id=None):
    owner, caller = s3._bucket_owner_account(bucket), get_account_id()
    if owner is None or owner == caller:
        return get_object(bucket, key, version_id)
    if not s3._foreign_bucket_allows(owner, bucket, key, "GET", {}, caller):
        return None
    with request_scope(owner, get_region()):
        return get_object(bucket, key, version_id)


s3._get_object_data = get_readable_object


# --- Pipelines, and tags of everything ---

pipelines = AccountRegionScopedDict()


def pipeline_arn(name):
    return f"arn:aws:codepipeline:{get_region()}:{get_account_id()}:{name}"


def create_pipeline(data):
    declared = data["pipeline"]
    pipelines[declared["name"]] = {"pipeline": declared, "tags": data.get("tags", [])}
    return {"pipeline": declared, "tags": data.get("tags", [])}


def list_pipelines(data):
    return {"pipelines": [{"name": name, "version": 1} for name in sorted(pipelines)]}


def get_pipeline(data):
    found = pipelines.get(data["name"])
    if found is None:
        raise KeyError(data["name"])
    return {"pipeline": found["pipeline"], "metadata": {"pipelineArn": pipeline_arn(data["name"])}}


def delete_pipeline(data):
    pipelines.pop(data["name"], None)
    return {}


PIPELINE_CALLS = {
    "CreatePipeline": create_pipeline,
    "DeletePipeline": delete_pipeline,
    "GetPipeline": get_pipeline,
    "ListPipelines": list_pipelines,
}


async def answer_about_pipelines(method, path, headers, body, query_params):
    call = PIPELINE_CALLS.get(headers.get("x-amz-target", "").rpartition(".")[2])
    try:
        status, answer = 200, call(json.loads(body or b"{}"))
    except (KeyError, TypeError):
        status, answer = 400, {"__type": "PipelineNotFoundException", "message": "The pipeline was not found"}
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer).encode()


SERVICE_HANDLERS["codepipeline"] = answer_about_pipelines
router.SERVICE_PATTERNS["codepipeline"] = {
    "target_prefixes": ["CodePipeline_20150709"],
    "credential_scope": "codepipeline",
}


def tagged_stacks():
    for stack in list(_stacks.values()):
        if stack.get("StackStatus") != "DELETE_COMPLETE":
            yield stack["StackId"], tagging._normalise_list(stack.get("Tags"))


def tagged_pipelines():
    for name, one in pipelines.items():
        yield pipeline_arn(name), [{"Key": tag["key"], "Value": tag["value"]} for tag in one["tags"]]


def tagged_machines():
    for arn, tags in stepfunctions._tags.items():
        yield arn, tagging._normalise_ecs(tags)


tagging._COLLECTORS |= {
    "cloudformation": tagged_stacks,
    "codepipeline": tagged_pipelines,
    "ssm": tagging._collect_ssm,
    "states": tagged_machines,
}
matches_type = tagging._matches_type_filters


def matches_pipeline_too(arn, type_filters):
    """The ARN of a pipeline does not name its type."""
    if ":codepipeline:" in arn and "codepipeline:pipeline" in (type_filters or []):
        return True
    return matches_type(arn, type_filters)


tagging._matches_type_filters = matches_pipeline_too
get_resources = tagging._HANDLERS["GetResources"]


def get_resources_in_pages(data):
    paging = {key: data.pop(key) for key in ("PaginationToken", "ResourcesPerPage") if key in data}
    status, headers, body = get_resources(data)
    if status != 200:
        return status, headers, body
    answer = json.loads(body)
    start = int(paging.get("PaginationToken") or 0)
    end = start + paging.get("ResourcesPerPage", 50)
    everything = answer["ResourceTagMappingList"]
    answer["ResourceTagMappingList"] = everything[start:end]
    answer["PaginationToken"] = str(end) if end < len(everything) else ""
    return status, headers, json.dumps(answer).encode()


tagging._HANDLERS["GetResources"] = get_resources_in_pages


# --- Parameters ---

put_any_parameter = ssm._put_parameter
TIERS = {"Standard": 4096, "Advanced": 8192}


def put_parameter(data):
    def refuse(message, code="ValidationException"):
        return error_response_json(code, message, 400)

    value = data.get("Value", "")
    if not value:
        return refuse(
            "1 validation error detected: Value at 'value' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1"
        )
    if re.search(r"\{\{.*\}\}", value, re.DOTALL):
        return refuse(f'Parameter value: {value} can\'t nest another parameter. Do not use "{{{{}}}}" in the value.')
    existing = ssm._parameters.get(data.get("Name"))
    tier = data.get("Tier") or ssm._default_tier(data, value, existing)
    if len(value.encode()) > TIERS.get(tier, TIERS["Advanced"]):
        return refuse(
            f"{tier} tier parameters support a maximum parameter value of {TIERS[tier]} characters. To create a "
            "larger parameter value, upgrade the parameter to use the advanced-parameter tier."
        )
    if existing and data.get("Overwrite") and data.get("Type", existing["Type"]) != existing["Type"]:
        return refuse(
            "The parameter type can't be changed.", code="HierarchyTypeMismatchException"
        )
    return put_any_parameter(data)


ssm._put_parameter = put_parameter
