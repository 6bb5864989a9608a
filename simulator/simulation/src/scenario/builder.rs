//! Scenarios put together in code, without the bounds of the course.

use std::fmt::Write as _;
use std::path::Path;

use serde::de::IgnoredAny;

use super::{Benchmarks, Limits, MOST_PACKETS, Scenario};
use crate::json::ScenarioError;

/// The course's fields that have no method of their own.
const FIELDS: [&str; 7] =
    ["seed", "mix", "start_wait", "end_wait", "drops", "max_packets", "events"];

/// A scenario in the making: see [`Scenario::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder is no scenario until `build` is called"]
pub struct Builder {
    name: String,
    replicas: u16,
    lifetime: u32,
    requests: u32,
    course: Vec<(String, String)>,
    extension: Vec<(String, String)>,
    faults: Vec<String>,
}

impl Scenario {
    /// Returns a builder of a scenario that sets none of the course's bounds: five replicas, which eight clients send
    /// 200 requests within 20 s.
    ///
    /// Fields and faults are those of scenario files, in JSON. The page `scenarios.md` of the documentation describes
    /// them all.
    ///
    /// ```
    /// use simulation::scenario::Scenario;
    ///
    /// let scenario = Scenario::builder("cut leaders")
    ///     .replicas(3)
    ///     .requests(400)
    ///     .field("mix", "0.5")
    ///     .extension("workload", r#"{"kind": "contend", "clients": 6, "keys": 4}"#)
    ///     .fault(r#"{"type": "isolate", "who": "leader", "count": [1, 3], "time": [1, 15], "lasts": [2, 4]}"#)
    ///     .build()?;
    /// assert_eq!((scenario.replicas, scenario.extension.faults.len()), (3, 1));
    ///
    /// let error = Scenario::builder("x").fault(r#"{"type": "isolte", "time": 1}"#).build().unwrap_err();
    /// assert!(error.to_string().contains("did you mean `isolate`?"), "{error}");
    /// # Ok::<(), simulation::json::ScenarioError>(())
    /// ```
    pub fn builder(name: impl Into<String>) -> Builder {
        Builder {
            name: name.into(),
            replicas: 5,
            lifetime: 20,
            requests: 200,
            course: Vec::new(),
            extension: Vec::new(),
            faults: Vec::new(),
        }
    }
}

impl Builder {
    /// Sets the number of replicas, 3 to 21.
    pub fn replicas(mut self, replicas: u16) -> Self {
        self.replicas = replicas;
        self
    }

    /// Sets the time for which clients send requests, in seconds, 5 or more.
    pub fn lifetime(mut self, seconds: u32) -> Self {
        self.lifetime = seconds;
        self
    }

    /// Sets the number of requests of all clients together, 0 to 900,000.
    pub fn requests(mut self, requests: u32) -> Self {
        self.requests = requests;
        self
    }

    /// Sets another of the course's fields, such as `mix` or `drops`, to a value in JSON.
    pub fn field(mut self, name: &str, json: &str) -> Self {
        self.course.push((name.to_owned(), json.to_owned()));
        self
    }

    /// Sets a field of the object `simulator`, such as `workload`, to a value in JSON.
    pub fn extension(mut self, name: &str, json: &str) -> Self {
        self.extension.push((name.to_owned(), json.to_owned()));
        self
    }

    /// Adds a fault of the object `simulator`, as a JSON object.
    pub fn fault(mut self, json: &str) -> Self {
        self.faults.push(json.to_owned());
        self
    }

    /// Returns the scenario.
    ///
    /// # Errors
    ///
    /// Returns the first mistake in a field or a fault. A type of messages that the bundled replica does not have is
    /// none: it is one of the system under test.
    pub fn build(self) -> Result<Scenario, ScenarioError> {
        let error = |what: String| ScenarioError::about(Path::new(&self.name), what);
        self.check().map_err(error)?;
        let parsed = Scenario::parse(&self.name, &self.to_json());
        // The place in a text that the caller never sees is of no use, but the field is.
        let (mut scenario, _) = parsed.map_err(|found| match found.place.field {
            Some(field) => error(format!("`{field}`: {}", found.message)),
            None => error(found.message),
        })?;
        scenario.benchmarks = Benchmarks::NONE;
        scenario.limits = Limits::NONE;
        if !self.sets("max_packets") {
            scenario.max_packets = MOST_PACKETS;
        }
        Ok(scenario)
    }

    fn sets(&self, field: &str) -> bool {
        self.course.iter().any(|(set, _)| set == field)
    }

    /// Checks that every value is JSON, and every field of the course's part one that may be set.
    fn check(&self) -> Result<(), String> {
        let unknown = self.course.iter().find(|(name, _)| !FIELDS.contains(&name.as_str()));
        if let Some((name, _)) = unknown {
            return Err(format!(
                "`{name}`: not a field to set, expected one of {}",
                FIELDS.join(", ")
            ));
        }
        let fields = self.course.iter().map(|(name, json)| (format!("`{name}`"), json));
        let extension =
            self.extension.iter().map(|(name, json)| (format!("`simulator.{name}`"), json));
        let faults =
            (1..).zip(&self.faults).map(|(number, json)| (format!("fault {number}"), json));
        for (what, json) in fields.chain(extension).chain(faults) {
            serde_json::from_str::<IgnoredAny>(json)
                .map_err(|error| format!("{what}: {json} is not JSON: {error}"))?;
        }
        Ok(())
    }

    /// Returns the text of a scenario file. Its bounds are those that a file must have.
    fn to_json(&self) -> String {
        let mut text = format!(
            "{{\"lifetime\": {}, \"replicas\": {}, \"requests\": {}",
            self.lifetime, self.replicas, self.requests
        );
        let mut add = |name: &str, json: &str| {
            let _ = write!(text, ",\n\"{name}\": {json}");
        };
        if !self.sets("max_packets") {
            add("max_packets", "900000");
        }
        let tiers = ["total_msgs", "failures", "duplicates", "median_latency"];
        let tiers = tiers.map(|metric| format!("\"{metric}\": [1, 2, 3]")).join(", ");
        add("tests", &format!("{{\"benchmarks\": {{{tiers}}}}}"));
        self.course.iter().for_each(|(name, json)| add(name, json));
        let mut extension: Vec<String> =
            self.extension.iter().map(|(name, json)| format!("\"{name}\": {json}")).collect();
        if !self.faults.is_empty() {
            extension.push(format!("\"events\": [\n{}\n]", self.faults.join(",\n")));
        }
        add("simulator", &format!("{{{}}}", extension.join(",\n")));
        text + "}"
    }
}
