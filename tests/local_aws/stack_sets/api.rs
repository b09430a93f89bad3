//! The requests about stack sets.

use std::sync::Arc;

use hyper::Method;

use super::super::call::Incoming;
use super::super::cloudformation::bucket_and_key;
use super::super::faults::error_reply;
use super::super::gateway::State;
use super::super::http::{Reply, reply};
use super::super::xml::escape;
use super::shapes::{instance_xml, operation_xml, result_xml, set_xml};
use super::{
    Action, Answer, Definition, Key, Pairs, Preferences, Refusal, Start, Started, Target, no_instance, run,
};

/// The longest template that can be passed inline.
const LONGEST_TEMPLATE: usize = 51_200;
/// Items of one page unless the request asks for fewer.
const PAGE: usize = 100;

/// Answers a request about stack sets; `None` when it is about something else.
pub(crate) async fn answer(state: &Arc<State>, account: &str, request: &Incoming) -> Option<Reply> {
    let name = request.field("StackSetName").unwrap_or_default();
    let key = Key {
        account: account.to_owned(),
        region: request.region.clone(),
        name: name.split(':').next().unwrap_or_default().to_owned(),
    };
    let call = Request { state, key, request };
    let content = match request.operation.as_str() {
        "CreateStackSet" => call.create().await,
        "UpdateStackSet" => call.update().await,
        "DeleteStackSet" => state.stack_sets.delete(&call.key).map(|()| String::new()),
        "DescribeStackSet" => call.describe(),
        "ListStackSets" => Ok(call.list()),
        "CreateStackInstances" => call.change_instances(Action::Create),
        "UpdateStackInstances" => call.change_instances(Action::Update),
        "DeleteStackInstances" => call.change_instances(Action::Delete),
        "DescribeStackInstance" => call.describe_instance(),
        "ListStackInstances" => call.list_instances(),
        "DescribeStackSetOperation" => call.describe_operation(),
        "ListStackSetOperations" => call.list_operations(),
        "ListStackSetOperationResults" => call.list_results(),
        "StopStackSetOperation" => call.stop(),
        _ => return None,
    };
    Some(match content {
        Ok(content) => {
            let action = &request.operation;
            let body =
                format!("<{action}Response><{action}Result>{content}</{action}Result></{action}Response>");
            reply(200, "text/xml", body)
        }
        Err(Refusal(status, code, message)) => error_reply(request, status, code, &message),
    })
}

/// The template of a stack set, for those who ask about it by the set's name.
pub(crate) fn template(state: &State, account: &str, request: &Incoming) -> Option<Result<String, Reply>> {
    let name = request.field("StackSetName")?.to_owned();
    let key = Key { account: account.to_owned(), region: request.region.clone(), name };
    let found = state.stack_sets.with(&key, |set| Ok(set.definition.template.clone()));
    Some(found.map_err(|Refusal(status, code, message)| error_reply(request, status, code, &message)))
}

struct Request<'a> {
    state: &'a Arc<State>,
    key: Key,
    request: &'a Incoming,
}

impl Request<'_> {
    fn field(&self, name: &str) -> Option<&str> {
        self.request.field(name)
    }

    fn list_of(&self, name: &str) -> Vec<String> {
        (1..).map_while(|number| self.field(&format!("{name}.member.{number}")).map(str::to_owned)).collect()
    }

    fn pairs(&self, name: &str, key: &str, value: &str) -> Pairs {
        (1..)
            .map_while(|number| {
                let field = |part| self.field(&format!("{name}.member.{number}.{part}"));
                Some((field(key)?.to_owned(), field(value).unwrap_or_default().to_owned()))
            })
            .collect()
    }

    async fn create(&self) -> Answer<String> {
        let Some(template) = self.template().await? else {
            return Err(invalid("Either TemplateBody or TemplateURL must be specified"));
        };
        let role =
            || format!("arn:aws:iam::{}:role/AWSCloudFormationStackSetAdministrationRole", self.key.account);
        let definition = Definition {
            description: self.field("Description").unwrap_or_default().to_owned(),
            template,
            parameters: self.pairs("Parameters", "ParameterKey", "ParameterValue"),
            tags: self.pairs("Tags", "Key", "Value"),
            capabilities: self.list_of("Capabilities"),
            administration_role: self.field("AdministrationRoleARN").map_or_else(role, str::to_owned),
            execution_role: self
                .field("ExecutionRoleName")
                .unwrap_or("AWSCloudFormationStackSetExecutionRole")
                .to_owned(),
        };
        let id = self.state.stack_sets.create(&self.key, definition, self.field("ClientRequestToken"))?;
        Ok(format!("<StackSetId>{id}</StackSetId>"))
    }

    async fn update(&self) -> Answer<String> {
        let (mut definition, all) = self.state.stack_sets.with(&self.key, |set| {
            Ok((set.definition.clone(), set.instances.keys().cloned().collect::<Vec<_>>()))
        })?;
        match self.template().await? {
            Some(template) => definition.template = template,
            None if self.field("UsePreviousTemplate") == Some("true") => {}
            None => {
                return Err(invalid(
                    "Either TemplateBody, TemplateURL or UsePreviousTemplate must be specified",
                ));
            }
        }
        let previous = std::mem::take(&mut definition.parameters);
        definition.parameters = (1..)
            .map_while(|number| {
                let field = |part| self.field(&format!("Parameters.member.{number}.{part}"));
                let key = field("ParameterKey")?;
                let kept = field("UsePreviousValue") == Some("true");
                let known = previous.iter().find(|(known, _)| kept && known == key);
                let given = || (key.to_owned(), field("ParameterValue").unwrap_or_default().to_owned());
                Some(known.cloned().unwrap_or_else(given))
            })
            .collect();
        if self.request.form.iter().any(|(key, _)| key == "Tags" || key.starts_with("Tags.")) {
            definition.tags = self.pairs("Tags", "Key", "Value");
        }
        let capabilities = self.list_of("Capabilities");
        if !capabilities.is_empty() {
            definition.capabilities = capabilities;
        }
        for (field, value) in [
            ("Description", &mut definition.description),
            ("AdministrationRoleARN", &mut definition.administration_role),
            ("ExecutionRoleName", &mut definition.execution_role),
        ] {
            if let Some(given) = self.field(field) {
                given.clone_into(value);
            }
        }
        let chosen = self.targets();
        let targets = if chosen.is_empty() { all } else { chosen };
        self.start(Action::Update, targets, Some(definition), None)
    }

    /// The template in the request, if there is one the service can read.
    async fn template(&self) -> Answer<Option<String>> {
        let emulator = self.state.emulator(&self.key.account, &self.key.region);
        let template = match (self.field("TemplateBody"), self.field("TemplateURL")) {
            (Some(body), _) if body.len() > LONGEST_TEMPLATE => {
                return Err(invalid(&format!(
                    "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must \
                     have length less than or equal to {LONGEST_TEMPLATE}"
                )));
            }
            (Some(body), _) => body.to_owned(),
            (None, Some(url)) => {
                let unreadable = || invalid(&format!("S3 error: cannot read {url}"));
                let path = bucket_and_key(url).ok_or_else(unreadable)?;
                let object = emulator.s3(Method::GET, &format!("/{path}"), Vec::new()).await;
                String::from_utf8_lossy(object.map_err(|_| unreadable())?.body()).into_owned()
            }
            (None, None) => return Ok(None),
        };
        let fields = [("TemplateBody", template.as_str())];
        let checked = emulator.query("cloudformation", "ValidateTemplate", &fields).await;
        checked.map_err(|error| {
            let said = error.to_string();
            invalid(said.split_once(": ").map_or(said.as_str(), |(_, said)| said))
        })?;
        Ok(Some(template))
    }

    /// Every named account in every named region.
    fn targets(&self) -> Vec<Target> {
        let mut accounts = self.list_of("Accounts");
        accounts.extend(self.list_of("DeploymentTargets.Accounts"));
        let regions = self.list_of("Regions");
        let in_regions = |account: &String| -> Vec<Target> {
            regions.iter().map(|region| (account.clone(), region.clone())).collect()
        };
        accounts.iter().flat_map(in_regions).collect()
    }

    fn change_instances(&self, action: Action) -> Answer<String> {
        let targets = self.targets();
        if targets.is_empty() {
            return Err(invalid("Accounts and Regions must be specified"));
        }
        if action == Action::Delete && self.field("RetainStacks").is_none() {
            return Err(invalid(
                "1 validation error detected: Value null at 'retainStacks' failed to satisfy constraint: \
                                Member must not be null",
            ));
        }
        let named = self.request.form.iter().any(|(key, _)| key.starts_with("ParameterOverrides"));
        let overrides = named.then(|| self.pairs("ParameterOverrides", "ParameterKey", "ParameterValue"));
        self.start(action, targets, None, overrides)
    }

    fn start(
        &self,
        action: Action,
        targets: Vec<Target>,
        definition: Option<Definition>,
        overrides: Option<Pairs>,
    ) -> Answer<String> {
        let preference = |name: &str| self.field(&format!("OperationPreferences.{name}"));
        let mut request = self.request.form.clone();
        request.sort();
        let start = Start {
            id: self.field("OperationId").map(str::to_owned),
            action,
            targets,
            definition,
            overrides,
            retain: self.field("RetainStacks") == Some("true"),
            preferences: Preferences {
                parallel: preference("RegionConcurrencyType") == Some("PARALLEL"),
                region_order: self.list_of("OperationPreferences.RegionOrder"),
                failure_tolerance: preference("FailureToleranceCount")
                    .and_then(|count| count.parse().ok())
                    .unwrap_or(0),
            },
            request,
        };
        let id = match self.state.stack_sets.begin(&self.key, start)? {
            Started::Known(id) => id,
            Started::New(id) => {
                tokio::spawn(run(Arc::clone(self.state), self.key.clone(), id.clone()));
                id
            }
        };
        Ok(format!("<OperationId>{}</OperationId>", escape(&id)))
    }

    fn stop(&self) -> Answer<String> {
        let id = self.field("OperationId").unwrap_or_default();
        self.state.stack_sets.with(&self.key, |set| {
            let operation = set.operation(id)?;
            if operation.ended.is_some() {
                let message = format!("Operation {id} is not running");
                return Err(Refusal(400, "InvalidOperationException", message));
            }
            operation.status = "STOPPING";
            Ok(String::new())
        })
    }

    fn describe(&self) -> Answer<String> {
        self.state.stack_sets.with(&self.key, |set| Ok(set_xml(&self.key, set)))
    }

    fn list(&self) -> String {
        let sets = self.state.stack_sets.lock();
        let mut own: Vec<_> = sets
            .iter()
            .filter(|(key, _)| (&key.account, &key.region) == (&self.key.account, &self.key.region))
            .collect();
        own.sort_by_key(|(key, _)| &key.name);
        let deleted = self.field("Status") == Some("DELETED");
        let items = own.into_iter().filter(|_| !deleted).map(|(key, set)| {
            let description = escape(&set.definition.description);
            format!(
                "<member><StackSetName>{0}</StackSetName><StackSetId>{1}</StackSetId><Description>{description}\
                 </Description><Status>ACTIVE</Status><PermissionModel>SELF_MANAGED</PermissionModel></member>",
                key.name,
                set.id(&key.name)
            )
        });
        self.page(&items.collect::<Vec<_>>())
    }

    fn describe_instance(&self) -> Answer<String> {
        let field = |name: &str| self.field(name).unwrap_or_default().to_owned();
        let target = (field("StackInstanceAccount"), field("StackInstanceRegion"));
        self.state.stack_sets.with(&self.key, |set| {
            let id = set.id(&self.key.name);
            let missing = || no_instance(&id, &target.0, &target.1);
            let instance = set.instances.get(&target).ok_or_else(missing)?;
            Ok(format!("<StackInstance>{}</StackInstance>", instance_xml(&id, &target, instance)))
        })
    }

    fn list_instances(&self) -> Answer<String> {
        let wanted = |field: &str, value: &str| self.field(field).is_none_or(|wanted| wanted == value);
        let details: Vec<&str> = (1..)
            .map_while(|number| {
                self.field(&format!("Filters.member.{number}.Name"))?;
                self.field(&format!("Filters.member.{number}.Values"))
            })
            .collect();
        let items = self.state.stack_sets.with(&self.key, |set| {
            let id = set.id(&self.key.name);
            Ok(set
                .instances
                .iter()
                .filter(|(target, _)| {
                    wanted("StackInstanceAccount", &target.0) && wanted("StackInstanceRegion", &target.1)
                })
                .filter(|(_, instance)| details.iter().all(|wanted| *wanted == instance.detailed_status))
                .map(|(target, instance)| format!("<member>{}</member>", instance_xml(&id, target, instance)))
                .collect::<Vec<_>>())
        })?;
        Ok(self.page(&items))
    }

    fn describe_operation(&self) -> Answer<String> {
        let id = self.field("OperationId").unwrap_or_default();
        self.state.stack_sets.with(&self.key, |set| {
            let (set_id, role) = (set.id(&self.key.name), escape(&set.definition.administration_role));
            let execution = escape(&set.definition.execution_role);
            let operation = set.operation(id)?;
            let retain = match operation.action {
                Action::Delete => format!("<RetainStacks>{}</RetainStacks>", operation.retain),
                _ => String::new(),
            };
            Ok(format!(
                "<StackSetOperation>{}<StackSetId>{set_id}</StackSetId>{retain}<AdministrationRoleARN>{role}\
                 </AdministrationRoleARN><ExecutionRoleName>{execution}</ExecutionRoleName></StackSetOperation>",
                operation_xml(operation)
            ))
        })
    }

    fn list_operations(&self) -> Answer<String> {
        let items = self.state.stack_sets.with(&self.key, |set| {
            let newest_first = set.operations.iter().rev();
            Ok(newest_first.map(|one| format!("<member>{}</member>", operation_xml(one))).collect::<Vec<_>>())
        })?;
        Ok(self.page(&items))
    }

    fn list_results(&self) -> Answer<String> {
        let id = self.field("OperationId").unwrap_or_default();
        let items = self.state.stack_sets.with(&self.key, |set| {
            Ok(set
                .operation(id)?
                .results
                .iter()
                .map(|(target, one)| result_xml(target, one))
                .collect::<Vec<_>>())
        })?;
        Ok(self.page(&items))
    }

    /// One page of summaries. The token is where the next one begins.
    fn page(&self, items: &[String]) -> String {
        let number = |name| self.field(name).and_then(|value| value.parse().ok());
        let (start, size) = (number("NextToken").unwrap_or(0), number("MaxResults").unwrap_or(PAGE).max(1));
        let shown: String = items.iter().skip(start).take(size).map(String::as_str).collect();
        let next = Some(start + size).filter(|next| *next < items.len());
        let token = next.map(|next| format!("<NextToken>{next}</NextToken>")).unwrap_or_default();
        format!("<Summaries>{shown}</Summaries>{token}")
    }
}

fn invalid(message: &str) -> Refusal {
    Refusal(400, "ValidationError", message.to_owned())
}
