//! A local AWS for tests and the demo: the ministack emulator behind a gateway of our own. Development only.
//!
//! [`LocalAws::shared`] starts one instance per process; it ends with the process. Each test takes an [`Account`] of its
//! own, which isolates stacks, parameters, faults and the record of calls. Nothing listens off loopback.
//!
//! ```text
//! let account = LocalAws::shared().account();
//! account.seed(App::new("shop").env("test").job("report-gen"))?;
//! account.fault(Rule::throttle("cloudformation:CreateChangeSet").times(2));
//! account.pace("shop-test-report-gen", Pace::EventEvery(Duration::from_millis(50)));
//! let output = Command::new(copilot).args(["job", "deploy"]).envs(account.env()).output()?;
//! assert_eq!(account.calls().of_program().count("sts:AssumeRole"), 1);
//! ```

#![allow(
    clippy::disallowed_methods,
    reason = "the program's rules for the clock and the environment are not the harness's"
)]

mod call;
mod change_sets;
mod clock;
mod cloudformation;
mod emulator;
mod faults;
mod gateway;
mod http;
mod ministack;
mod record;
mod registry;
mod roles;
mod runs;
mod seed;
mod stack_sets;
mod stack_view;
mod summaries;
mod turns;
mod xml;
mod yaml;

use std::future::Future;
use std::net::TcpListener as StdListener;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

pub(crate) use change_sets::Change;
pub(crate) use emulator::Emulator;
pub(crate) use faults::{Action, Rule};
pub(crate) use http::send;
pub(crate) use record::{Call, Caller, Calls};
pub(crate) use registry::host as registry_host;
pub(crate) use runs::{QueryStory, TaskStory};
pub(crate) use seed::{App, Environment, SeededApp, output};
pub(crate) use stack_view::{Event, Pace, Script};

use gateway::State;
use ministack::Ministack;

/// The region everything is in unless a test says otherwise.
pub(crate) const REGION: &str = "us-west-2";

/// A running local AWS.
pub(crate) struct LocalAws {
    state: Arc<State>,
    port: u16,
    runtime: Handle,
    registry: Mutex<bool>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl LocalAws {
    /// The instance of this process, started on first use.
    #[allow(clippy::panic, reason = "nothing can be tested without it")]
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<LocalAws> = OnceLock::new();
        SHARED.get_or_init(|| {
            Self::start(0).unwrap_or_else(|error| panic!("the local AWS does not start: {error:#}"))
        })
    }

    /// Starts an instance whose gateway listens on this port of 127.0.0.1; 0 picks a free one.
    pub(crate) fn start(port: u16) -> Result<Self> {
        let (started, result) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("local-aws".to_owned()).spawn(move || {
            let run = || -> Result<()> {
                let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
                let listener = StdListener::bind(("127.0.0.1", port))
                    .with_context(|| format!("listen on 127.0.0.1:{port} for AWS calls"))?;
                listener.set_nonblocking(true)?;
                let port = listener.local_addr()?.port();
                let mut ministack = Ministack::spawn(port)?;
                let state = Arc::new(State::new(ministack.port));
                runtime.block_on(async {
                    ministack.ready().await?;
                    tokio::spawn(gateway::serve(TcpListener::from_std(listener)?, Arc::clone(&state)));
                    let _ = started.send(Ok((state, port, runtime.handle().clone())));
                    let _ = stopped.await;
                    Ok(())
                })
            };
            if let Err(error) = run() {
                let _ = started.send(Err(error));
            }
        })?;
        let (state, port, runtime) =
            result.recv().map_err(|_| anyhow!("the local AWS ended while starting"))??;
        Ok(Self { state, port, runtime, registry: Mutex::new(false), stop: Some(stop), thread: Some(thread) })
    }

    /// Where AWS clients find it: the value of `AWS_ENDPOINT_URL`.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The port on 127.0.0.1 that AWS calls go to.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Runs a future on the harness's own runtime for as long as that lasts.
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(future);
    }

    /// An account nobody has used yet.
    pub(crate) fn account(&self) -> Account<'_> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = format!("2{:011}", NEXT.fetch_add(1, Ordering::Relaxed));
        Account { aws: self, id, region: REGION.to_owned() }
    }

    /// An unused account whose image registry the Docker Engine reaches by its real name.
    ///
    /// # Errors
    /// When all of them are taken, when setup.sh has not run, or when another process keeps the registry's port.
    pub(crate) fn registry_account(&self) -> Result<Account<'_>> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let index = NEXT.fetch_add(1, Ordering::Relaxed);
        let id = registry::ACCOUNTS.get(index).context("all accounts with a registry name are taken")?;
        let mut running = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        if !*running {
            let listener = self.block_on(registry::listen())?;
            self.runtime.spawn(registry::serve(listener, Arc::clone(&self.state)));
            *running = true;
        }
        Ok(Account { aws: self, id: (*id).to_owned(), region: REGION.to_owned() })
    }

    /// Runs a future on the harness's own runtime; callable from plain and from async tests.
    #[allow(clippy::panic, reason = "passes a panic on")]
    pub(crate) fn block_on<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> T {
        let (sender, receiver) = mpsc::channel();
        self.runtime.spawn(async move {
            let _ = sender.send(future.await);
        });
        receiver.recv().unwrap_or_else(|_| panic!("a task of the local AWS panicked"))
    }
}

impl Drop for LocalAws {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One AWS account of a local AWS.
pub(crate) struct Account<'a> {
    aws: &'a LocalAws,
    id: String,
    region: String,
}

impl Account<'_> {
    /// The twelve digits.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The environment variables that make an AWS client use this account, and nothing of the developer's own.
    pub(crate) fn env(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.aws.endpoint()),
            ("AWS_ACCESS_KEY_ID", self.id.clone()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("AWS_REGION", self.region.clone()),
            ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            // The registry's name, which is that of a real one, stands for a loopback address here.
            ("COPILOT_TEST_PLAIN_LOOPBACK_REGISTRY", "1".to_owned()),
        ]
    }

    /// The account as a profile of an AWS configuration file.
    pub(crate) fn profile(&self, name: &str) -> String {
        let Self { id, region, .. } = self;
        format!(
            "[profile {name}]\naws_access_key_id = {id}\naws_secret_access_key = local\nregion = {region}\n"
        )
    }

    /// Configuration for SDK clients inside the test.
    pub(crate) async fn sdk_config(&self) -> aws_config::SdkConfig {
        let credentials =
            aws_credential_types::Credentials::new(self.id.clone(), "local", None, None, "local-aws");
        aws_config::defaults(aws_config::BehaviorVersion::latest())
            .endpoint_url(self.aws.endpoint())
            .credentials_provider(credentials)
            .region(aws_types::region::Region::new(self.region.clone()))
            .load()
            .await
    }

    /// The account past the gateway: calls that are not recorded and meet no faults.
    pub(crate) fn emulator(&self) -> Emulator {
        self.aws.state.emulator(&self.id, &self.region)
    }

    /// Seeds an application.
    pub(crate) fn seed(&self, app: App) -> Result<SeededApp> {
        let (state, account, region) = (Arc::clone(&self.aws.state), self.id.clone(), self.region.clone());
        self.aws.block_on(async move { seed::seed(&state, &account, &region, &app).await })
    }

    /// Puts a fault rule in force.
    pub(crate) fn fault(&self, rule: Rule) {
        self.aws.state.faults.add(&self.id, rule);
    }

    /// Lifts all fault rules.
    pub(crate) fn clear_faults(&self) {
        self.aws.state.faults.clear(&self.id);
    }

    /// From now on AWS's clock is so many seconds ahead of this machine's, and it refuses what is signed with another time.
    pub(crate) fn clock_ahead(&self, seconds: i64) {
        self.aws.state.clocks.set(&self.id, seconds);
    }

    /// Slows down the next operation on a stack.
    pub(crate) fn pace(&self, stack: &str, pace: Pace) {
        self.aws.state.views.pace(&self.id, stack, pace);
    }

    /// From now on each creation and update of a stack takes at least this long, those of stack sets (deletions too) included.
    pub(crate) fn pace_all(&self, pace: Duration) {
        self.aws.state.views.pace_all(&self.id, Pace::EndAfter(pace));
        self.aws.state.stack_sets.pace(&self.id, pace);
    }

    /// Replaces the next executed change set of a stack by a story.
    pub(crate) fn script(&self, stack: &str, script: Script) {
        self.aws.state.views.script(&self.id, stack, script);
    }

    /// From now on a stack's change sets are described as these pages of changes; so is the nested change set of that id.
    pub(crate) fn tell_changes(&self, stack_or_id: &str, pages: Vec<Vec<Change>>) {
        self.aws.state.change_sets.tell(&self.id, stack_or_id, pages);
    }

    /// Tells a story about the stack's next `CancelUpdateStack`, `ContinueUpdateRollback` or `DeleteStack`, which is then not
    /// carried out (a deletion that is complete in the end is). Stories about one operation are told one after the other.
    pub(crate) fn story(&self, stack: &str, operation: &str, script: Script) {
        self.aws.state.views.story(&self.id, stack, operation, script);
    }

    /// Tells a story about a stack from the first look at its events on. The stack need not exist: a nested one is known by
    /// the ARN in its parent's events, see [`Event::nested`]. `template` is what `GetTemplate` then answers.
    pub(crate) fn tell(&self, stack: &str, script: Script, template: Option<&str>) {
        self.aws.state.views.tell(&self.id, stack, script, template);
    }

    /// Ends [`Account::pace`] and [`Account::script`]: the stack shows as it is.
    pub(crate) fn release(&self, stack: &str) {
        self.aws.state.views.release(&self.id, stack);
    }

    /// All calls in this account so far.
    pub(crate) fn calls(&self) -> Calls {
        self.aws.state.log.all(&self.id)
    }

    /// The calls that started at or after a moment.
    pub(crate) fn calls_since(&self, moment: Instant) -> Calls {
        self.aws.state.log.since(&self.id, moment)
    }
}
