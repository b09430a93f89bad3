//! Stack sets as the service has them, which the emulator lacks: a template with one real stack (`StackSet-<name>-<uuid>`) per
//! account and region, changed by operations of which only one runs at a time.
//!
//! Left out: permissions by AWS Organizations, managed execution, drift, import, account gates, and operations that run on
//! several accounts of one region at once. A deleted stack set is forgotten.

mod api;
mod operations;
mod shapes;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

pub(super) use api::{answer, template};
pub(super) use operations::run;

/// The service name of fault rules about instances and of their record: `stackset:CreateInstance`, `stackset:UpdateInstance`,
/// `stackset:DeleteInstance`, each about `<stack set>/<account>/<region>`. An error's message becomes the result's reason.
pub(super) const INSTANCES: &str = "stackset";

/// Which stack set: the administrator's account and region, and the name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub account: String,
    pub region: String,
    pub name: String,
}

/// An account and a region that an instance is in.
pub(super) type Target = (String, String);

type Pairs = Vec<(String, String)>;

/// What stacks are made from.
#[derive(Clone, Debug, Default)]
pub(super) struct Definition {
    pub description: String,
    pub template: String,
    pub parameters: Pairs,
    pub tags: Pairs,
    pub capabilities: Vec<String>,
    pub administration_role: String,
    pub execution_role: String,
}

#[derive(Clone, Debug)]
struct StackSet {
    uuid: String,
    /// The idempotency token of the request that made it.
    token: Option<String>,
    definition: Definition,
    instances: BTreeMap<Target, Instance>,
    /// The newest last.
    operations: Vec<Operation>,
}

#[derive(Clone, Debug)]
struct Instance {
    stack_id: Option<String>,
    status: &'static str,
    detailed_status: &'static str,
    reason: Option<String>,
    overrides: Pairs,
    operation: String,
}

#[derive(Clone, Debug)]
struct Operation {
    id: String,
    action: Action,
    status: &'static str,
    created: SystemTime,
    ended: Option<SystemTime>,
    preferences: Preferences,
    retain: bool,
    results: BTreeMap<Target, Outcome>,
    /// The request that started it, to tell a repetition from another one with the same id; empty for a seeded one, whose
    /// stacks do not appear in the record.
    request: Pairs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Create,
    Update,
    Delete,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Preferences {
    /// All regions at once instead of one after the other.
    pub parallel: bool,
    pub region_order: Vec<String>,
    /// So many accounts may fail in a region before the operation fails.
    pub failure_tolerance: usize,
}

#[derive(Clone, Debug)]
struct Outcome {
    status: &'static str,
    reason: Option<String>,
}

/// An operation about to start.
#[derive(Clone, Debug)]
pub(super) struct Start {
    pub id: Option<String>,
    pub action: Action,
    pub targets: Vec<Target>,
    pub definition: Option<Definition>,
    pub overrides: Option<Pairs>,
    pub retain: bool,
    pub preferences: Preferences,
    pub request: Pairs,
}

impl Start {
    /// The creation of instances that is part of seeding an account.
    pub(super) fn creation(targets: Vec<Target>) -> Self {
        Self {
            id: None,
            action: Action::Create,
            targets,
            definition: None,
            overrides: None,
            retain: false,
            preferences: Preferences { parallel: true, ..Preferences::default() },
            request: Vec::new(),
        }
    }
}

/// What became of a request to start an operation.
pub(super) enum Started {
    /// It is to be run now, see [`run`].
    New(String),
    /// The request was repeated.
    Known(String),
}

/// Why the service refuses a request: status, code, message.
#[derive(Clone, Debug)]
pub(super) struct Refusal(pub u16, pub &'static str, pub String);

type Answer<T> = Result<T, Refusal>;

/// The stack sets of all accounts.
#[derive(Debug, Default)]
pub(super) struct StackSets {
    sets: Mutex<HashMap<Key, StackSet>>,
    /// How long each stack operation takes, by administrator account.
    paces: Mutex<HashMap<String, Duration>>,
}

impl StackSets {
    /// From now on each stack operation of the account's stack sets takes at least this long.
    pub(super) fn pace(&self, account: &str, pace: Duration) {
        self.paces.lock().unwrap_or_else(PoisonError::into_inner).insert(account.to_owned(), pace);
    }

    fn pace_of(&self, account: &str) -> Duration {
        let paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        paces.get(account).copied().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, StackSet>> {
        self.sets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at a stack set.
    fn with<T>(&self, key: &Key, look: impl FnOnce(&mut StackSet) -> Answer<T>) -> Answer<T> {
        let missing =
            || Refusal(404, "StackSetNotFoundException", format!("StackSet {} not found", key.name));
        look(self.lock().get_mut(key).ok_or_else(missing)?)
    }

    /// Makes a stack set; its id.
    pub(super) fn create(&self, key: &Key, definition: Definition, token: Option<&str>) -> Answer<String> {
        let mut sets = self.lock();
        if let Some(known) = sets.get(key) {
            return match (token.is_some() && known.token.as_deref() == token, known.operations.is_empty()) {
                (true, true) => Ok(known.id(&key.name)),
                (true, false) => Err(Refusal(
                    409,
                    "CreatedButModifiedException",
                    format!("StackSet {} has been created already, but was modified since", key.name),
                )),
                (false, _) => Err(Refusal(
                    409,
                    "NameAlreadyExistsException",
                    format!("The Name {} already exists", key.name),
                )),
            };
        }
        let set = StackSet {
            uuid: uuid::Uuid::new_v4().to_string(),
            token: token.map(str::to_owned),
            definition,
            instances: BTreeMap::new(),
            operations: Vec::new(),
        };
        let id = set.id(&key.name);
        sets.insert(key.clone(), set);
        Ok(id)
    }

    /// The stack of an up-to-date instance, or why there is none.
    pub(super) fn stack_of(&self, key: &Key, target: &Target) -> Answer<String> {
        self.with(key, |set| {
            let missing = || no_instance(&set.id(&key.name), &target.0, &target.1);
            let instance = set.instances.get(target).ok_or_else(missing)?;
            let failed = || Refusal(400, "StackFailed", instance.reason.clone().unwrap_or_default());
            instance.stack_id.clone().filter(|_| instance.status == "CURRENT").ok_or_else(failed)
        })
    }

    /// Removes a stack set; one that does not exist is as good as removed.
    fn delete(&self, key: &Key) -> Answer<()> {
        let mut sets = self.lock();
        let Some(set) = sets.get(key) else { return Ok(()) };
        set.refuse_while_busy(key)?;
        if !set.instances.is_empty() {
            let message = format!("StackSet {} is not empty", key.name);
            return Err(Refusal(409, "StackSetNotEmptyException", message));
        }
        sets.remove(key);
        Ok(())
    }

    /// Notes an operation that is about to run.
    pub(super) fn begin(&self, key: &Key, start: Start) -> Answer<Started> {
        self.with(key, |set| {
            if let Some(known) =
                start.id.as_ref().and_then(|id| set.operations.iter().position(|o| &o.id == id))
            {
                return set.repeated(known, &start);
            }
            set.refuse_while_busy(key)?;
            if start.action == Action::Update {
                let unknown = start.targets.iter().find(|target| !set.instances.contains_key(*target));
                if let Some((account, region)) = unknown {
                    return Err(no_instance(&set.id(&key.name), account, region));
                }
            }
            Ok(Started::New(set.start(start)))
        })
    }
}

impl StackSet {
    fn id(&self, name: &str) -> String {
        format!("{name}:{}", self.uuid)
    }

    fn arn(&self, key: &Key) -> String {
        format!("arn:aws:cloudformation:{}:{}:stackset/{}", key.region, key.account, self.id(&key.name))
    }

    fn refuse_while_busy(&self, key: &Key) -> Answer<()> {
        match self.operations.last() {
            Some(last) if last.ended.is_none() => {
                let message = format!("Another Operation on StackSet {} is in progress", self.arn(key));
                Err(Refusal(409, "OperationInProgressException", message))
            }
            _ => Ok(()),
        }
    }

    /// The id is an idempotency token as long as no other operation came after the one it stands for.
    fn repeated(&self, known: usize, start: &Start) -> Answer<Started> {
        let operation = &self.operations[known];
        let id = &operation.id;
        if operation.request != start.request {
            let message = format!("OperationId {id} already exists");
            return Err(Refusal(409, "OperationIdAlreadyExistsException", message));
        }
        if known + 1 < self.operations.len() {
            let message = format!("Another operation has been performed since operation {id}");
            return Err(Refusal(409, "StaleRequestException", message));
        }
        Ok(Started::Known(id.clone()))
    }

    fn start(&mut self, start: Start) -> String {
        let id = start.id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        if let Some(definition) = start.definition {
            self.definition = definition;
            // Those in a failed deletion stay what they are.
            for instance in self.instances.values_mut().filter(|one| one.status != "INOPERABLE") {
                instance.status = "OUTDATED";
            }
        }
        let mut results = BTreeMap::new();
        for target in start.targets {
            let known = self.instances.get(&target).map(|instance| instance.status);
            if matches!((start.action, known), (Action::Delete, None) | (Action::Update, Some("INOPERABLE")))
            {
                continue;
            }
            let instance = self.instances.entry(target.clone()).or_insert_with(|| Instance {
                stack_id: None,
                status: "OUTDATED",
                detailed_status: "PENDING",
                reason: None,
                overrides: Vec::new(),
                operation: String::new(),
            });
            instance.detailed_status = "PENDING";
            instance.reason = None;
            instance.operation.clone_from(&id);
            if let Some(overrides) = &start.overrides {
                instance.overrides.clone_from(overrides);
            }
            results.insert(target, Outcome { status: "PENDING", reason: None });
        }
        self.operations.push(Operation {
            id: id.clone(),
            action: start.action,
            status: "RUNNING",
            created: SystemTime::now(),
            ended: None,
            preferences: start.preferences,
            retain: start.retain,
            results,
            request: start.request,
        });
        id
    }

    fn operation(&mut self, id: &str) -> Answer<&mut Operation> {
        let missing = || Refusal(404, "OperationNotFoundException", format!("Operation {id} not found"));
        self.operations.iter_mut().find(|operation| operation.id == id).ok_or_else(missing)
    }
}

fn no_instance(set: &str, account: &str, region: &str) -> Refusal {
    let message =
        format!("Stack instance not found for StackSet: {set}, account: {account}, region: {region}");
    Refusal(404, "StackInstanceNotFoundException", message)
}
