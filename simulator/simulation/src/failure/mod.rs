//! A failure: the plan that fails, its finding, and the digest that a replay must reproduce.
//!
//! A failure is stored as its plan, not only as its seed. Scenario files and the expansion of seeds may change; the run
//! of a plan changes only if the system under test does.
//!
//! ```text
//!   explore ──saves──▶ failure file ──▶ replay   the run again; does the digest still agree?
//!                          ▲    └─────▶ shrink   the smallest plan that fails in the same way
//!                          └───────────────┘
//! ```
//!
//! The file is JSON with one line for each request, fault and loss, so that it can be read and edited. A plan from a
//! file is checked ([`Plan::check`]) before it may run.

mod compatibility;
mod json_format;
mod locate;
mod read;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::UnderTest;
use crate::check::{Check, CheckName, Class, Subject, Verdict, judge};
use crate::digest::Digest;
use crate::digest_samples::DigestSamples;
use crate::engine::Options;
use crate::evidence::Evidence;
use crate::plan::Plan;
use crate::resource_limits::ResourceLimits;

/// The number of the file's format.
const FORMAT: u32 = 1;

/// The version of this crate.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A run that failed, with everything that its replay needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The format of the file, always 1.
    format: u32,
    /// The version of the simulator that found the failure.
    pub version: String,
    /// The name of the system under test ([`UnderTest::name`]).
    pub system: String,
    /// The path of the executable under test, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable: Option<PathBuf>,
    /// The environment that the system's runs depend on ([`UnderTest::environment`]).
    #[serde(default, rename = "surroundings", skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The size limit of an executable's files in MiB, if not the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_limit: Option<u32>,
    /// The other limits on an executable's processes.
    #[serde(default, skip_serializing_if = "ResourceLimits::is_none")]
    pub limits: ResourceLimits,
    /// The class of the run.
    pub class: Class,
    /// The check that failed.
    pub check: CheckName,
    /// The subject of the finding, if the check has several. Files written before this field existed only have the
    /// reason, from which the subject is derived when they are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// The check's reason, in one line.
    pub reason: String,
    /// The digest of the run, sixteen hexadecimal digits.
    pub digest: String,
    /// The digest at several points of the run, to locate a difference.
    #[serde(default, rename = "checkpoints", skip_serializing_if = "Option::is_none")]
    pub digest_samples: Option<DigestSamples>,
    /// The plan to run.
    pub plan: Plan,
}

impl Failure {
    /// Returns the failure that a verdict on a run of this plan reports; `None` if the run passed.
    pub fn of(
        system: &dyn UnderTest,
        plan: &Plan,
        evidence: &Evidence,
        verdict: &Verdict,
    ) -> Option<Failure> {
        let check = verdict.decisive()?;
        Some(Failure {
            format: FORMAT,
            version: VERSION.to_owned(),
            system: system.name().to_owned(),
            executable: system.executable().map(Path::to_owned),
            environment: system.environment().map(str::to_owned),
            file_limit: system.file_limit(),
            limits: system.limits(),
            class: verdict.class,
            check: check.name,
            subject: check.breaches.first().map(|breach| breach.subject),
            reason: check.reason().to_owned(),
            digest: evidence.digest.to_string(),
            digest_samples: Some(evidence.digest_samples.clone()),
            plan: plan.clone(),
        })
    }

    /// Runs a plan that escapes this failure, and returns it in the form of a failure, so that it can be stored and
    /// replayed like one. If it passes, it is of class [`Class::Pass`] and names the check of this failure.
    #[must_use]
    pub fn escaped(&self, system: &dyn UnderTest, plan: &Plan) -> Failure {
        let evidence = system.run(plan, Options::default());
        let verdict = judge(plan, &evidence);
        if let Some(other) = Failure::of(system, plan, &evidence, &verdict) {
            return other;
        }
        Failure {
            version: VERSION.to_owned(),
            system: system.name().to_owned(),
            executable: system.executable().map(Path::to_owned),
            environment: system.environment().map(str::to_owned),
            file_limit: system.file_limit(),
            limits: system.limits(),
            class: Class::Pass,
            subject: None,
            reason: "all checks hold".to_owned(),
            digest: evidence.digest.to_string(),
            digest_samples: Some(evidence.digest_samples),
            plan: plan.clone(),
            ..self.clone()
        }
    }

    /// Runs a plan and returns its failure; `None` if it passes.
    pub fn find(system: &dyn UnderTest, plan: &Plan) -> Option<Failure> {
        let evidence = system.run(plan, Options::default());
        Failure::of(system, plan, &evidence, &judge(plan, &evidence))
    }

    /// Runs a plan and returns its failure if it is the same as this one.
    pub fn again(&self, system: &dyn UnderTest, plan: &Plan) -> Option<Failure> {
        let evidence = system.run(plan, Options::default());
        let verdict = judge(plan, &evidence);
        let check = self.shown_by(&verdict)?;
        let breach = self.subject.and_then(|subject| check.breach(subject));
        let reason = breach.map_or(check.reason(), |breach| &breach.reason).to_owned();
        let found = Failure::of(system, plan, &evidence, &verdict)?;
        Some(Failure { check: self.check, subject: self.subject, reason, ..found })
    }

    /// Returns the check of this failure in a verdict of the same class.
    pub fn shown_by<'v>(&self, verdict: &'v Verdict) -> Option<&'v Check> {
        self.found_in(verdict).filter(|_| verdict.class == self.class)
    }

    /// Returns the check of this failure in a verdict of any class.
    ///
    /// The check has the same name and class, and the same subject if the check has several.
    pub fn found_in<'v>(&self, verdict: &'v Verdict) -> Option<&'v Check> {
        verdict.failed().find(|check| {
            check.name == self.check
                && check.fails_as == self.class
                && self.subject.is_none_or(|subject| check.breach(subject).is_some())
        })
    }

    /// Returns the finding in one line: `liveness, answered: ` and the reason.
    pub fn finding(&self) -> String {
        finding(self.class, self.check, &self.reason)
    }

    /// Returns a description of a differing digest and its probable cause; `None` if it is the expected one.
    ///
    /// The run was of `system` in its `environment` ([`UnderTest::name`], [`UnderTest::environment`]).
    pub fn difference(
        &self,
        system: &str,
        environment: Option<&str>,
        digest: Digest,
    ) -> Option<String> {
        if digest.to_string() == self.digest {
            return None;
        }
        let cause = if self.system != system {
            format!("it was found in {}, and this is {system}", self.system)
        } else if self.version != VERSION {
            format!("it was found with version {}, and this is {VERSION}", self.version)
        } else if let (Some(then), Some(now)) = (&self.environment, environment)
            && then != now
        {
            format!("it was driven by {then}, and now by {now}")
        } else {
            let code = if self.executable.is_some() { "executable" } else { "code under test" };
            format!("the {code}, the simulator or the plan has changed since")
        };
        let expected = &self.digest;
        Some(format!("the digest differs, {expected} was expected and {digest} came out: {cause}"))
    }

    /// Returns the text of the failure file.
    ///
    /// # Errors
    ///
    /// Returns the error of `serde_json`. No value of these types causes one.
    pub fn to_json(&self) -> io::Result<String> {
        Ok(json_format::to_string(self)?)
    }

    /// Reads a failure from the text of a file; `path` stands for the file in messages.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not a failure file of this format, or if its plan cannot run.
    pub fn parse(path: &Path, text: &str) -> Result<Failure, FailureError> {
        read::parse(path, text)
    }
}

/// Returns a finding in one line.
pub fn finding(class: Class, check: CheckName, reason: &str) -> String {
    format!("{}, {check}: {reason}", class.name())
}

/// Returns true if a text looks like a failure file, rather than like a scenario.
pub fn looks_like_failure(text: &str) -> bool {
    serde_json::from_str::<read::Head>(text)
        .is_ok_and(|head| head.format.is_some() || head.plan.is_some())
}

/// The reason for which a failure file could not be read. Displayed as `file:line:column: ` and the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureError {
    /// The file.
    pub path: PathBuf,
    /// The line and column, from 1, if they are known.
    pub position: Option<(usize, usize)>,
    /// The problem, and the expected content.
    pub message: String,
}

impl fmt::Display for FailureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some((line, column)) = self.position {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " {}", self.message)
    }
}

impl std::error::Error for FailureError {}
