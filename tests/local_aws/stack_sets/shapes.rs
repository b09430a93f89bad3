//! Stack sets, instances, operations and results in the service's XML.

use std::time::SystemTime;

use super::super::stack_view::date;
use super::super::xml::escape;
use super::{Definition, Instance, Key, Operation, Outcome, Pairs, Preferences, StackSet, Target};

fn element(tag: &str, value: Option<&str>) -> String {
    value.map(|value| format!("<{tag}>{}</{tag}>", escape(value))).unwrap_or_default()
}

fn pairs_xml(pairs: &Pairs, key: &str, value: &str) -> String {
    let item = |(name, content): &(String, String)| {
        format!("<member><{key}>{}</{key}><{value}>{}</{value}></member>", escape(name), escape(content))
    };
    pairs.iter().map(item).collect()
}

pub(super) fn set_xml(key: &Key, set: &StackSet) -> String {
    let Definition { description, template, parameters, tags, capabilities, .. } = &set.definition;
    let member = |text: &str| format!("<member>{}</member>", escape(text));
    let capabilities: String = capabilities.iter().map(|one| member(one)).collect();
    let mut regions: Vec<_> = set.instances.keys().map(|(_, region)| region.as_str()).collect();
    regions.sort_unstable();
    regions.dedup();
    let regions: String = regions.into_iter().map(member).collect();
    format!(
        "<StackSet><StackSetName>{}</StackSetName><StackSetId>{}</StackSetId><StackSetARN>{}</StackSetARN>{}\
         <Status>ACTIVE</Status><TemplateBody>{}</TemplateBody><Parameters>{}</Parameters>\
         <Capabilities>{capabilities}</Capabilities><Tags>{}</Tags>\
         <AdministrationRoleARN>{}</AdministrationRoleARN><ExecutionRoleName>{}</ExecutionRoleName>\
         <PermissionModel>SELF_MANAGED</PermissionModel><ManagedExecution><Active>false</Active></ManagedExecution>\
         <Regions>{regions}</Regions></StackSet>",
        key.name,
        set.id(&key.name),
        set.arn(key),
        element("Description", Some(description.as_str()).filter(|text| !text.is_empty())),
        escape(template),
        pairs_xml(parameters, "ParameterKey", "ParameterValue"),
        pairs_xml(tags, "Key", "Value"),
        escape(&set.definition.administration_role),
        escape(&set.definition.execution_role),
    )
}

pub(super) fn instance_xml(set: &str, (account, region): &Target, instance: &Instance) -> String {
    format!(
        "<StackSetId>{set}</StackSetId><Region>{region}</Region><Account>{account}</Account>{}<Status>{}</Status>{}\
         <StackInstanceStatus><DetailedStatus>{}</DetailedStatus></StackInstanceStatus>\
         <LastOperationId>{}</LastOperationId><ParameterOverrides>{}</ParameterOverrides>",
        element("StackId", instance.stack_id.as_deref()),
        instance.status,
        element("StatusReason", instance.reason.as_deref()),
        instance.detailed_status,
        escape(&instance.operation),
        pairs_xml(&instance.overrides, "ParameterKey", "ParameterValue"),
    )
}

pub(super) fn operation_xml(operation: &Operation) -> String {
    let Preferences { parallel, region_order, failure_tolerance } = &operation.preferences;
    let order: String = region_order.iter().map(|region| format!("<member>{region}</member>")).collect();
    let failed = operation.results.values().filter(|one| one.status == "FAILED").count();
    let time = |tag: &str, time: SystemTime| format!("<{tag}>{}</{tag}>", date(time));
    format!(
        "<OperationId>{}</OperationId><Action>{}</Action><Status>{}</Status><OperationPreferences>\
         <RegionConcurrencyType>{}</RegionConcurrencyType><RegionOrder>{order}</RegionOrder>\
         <FailureToleranceCount>{failure_tolerance}</FailureToleranceCount></OperationPreferences>{}{}\
         <StatusDetails><FailedStackInstancesCount>{failed}</FailedStackInstancesCount></StatusDetails>",
        escape(&operation.id),
        operation.action.name(),
        operation.status,
        if *parallel { "PARALLEL" } else { "SEQUENTIAL" },
        time("CreationTimestamp", operation.created),
        operation.ended.map(|ended| time("EndTimestamp", ended)).unwrap_or_default(),
    )
}

pub(super) fn result_xml((account, region): &Target, outcome: &Outcome) -> String {
    let gate = format!(
        "Function not found: arn:aws:lambda:{region}:{account}:function:AWSCloudFormationStackSetAccountGate"
    );
    format!(
        "<member><Account>{account}</Account><Region>{region}</Region><Status>{}</Status>{}<AccountGateResult>\
         <Status>SKIPPED</Status><StatusReason>{gate}</StatusReason></AccountGateResult></member>",
        outcome.status,
        element("StatusReason", outcome.reason.as_deref()),
    )
}
