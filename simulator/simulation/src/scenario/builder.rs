//! Scenarios put together in code, without the bounds of the course.

use std::fmt::Write as _;

use super::{Benchmarks, Limits, Scenario};
use crate::json::ScenarioError;

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
    /// let error = Scenario::builder("x").fault(r#"{"type": "isolte"}"#).build().unwrap_err();
    /// assert!(error.to_string().contains("`isolte`"), "{error}");
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
    /// Returns the first mistake in a field or a fault. Unlike in a file, a field of the course's part that is unknown
    /// is one.
    pub fn build(self) -> Result<Scenario, ScenarioError> {
        let text = self.to_json();
        let (mut scenario, warnings) = Scenario::parse(&self.name, &text)?;
        if let Some(warning) = warnings.into_iter().next() {
            return Err(ScenarioError { place: warning.place, message: warning.message });
        }
        scenario.benchmarks = Benchmarks::NONE;
        scenario.limits = Limits::NONE;
        Ok(scenario)
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
        let is_set = |name: &str| self.course.iter().any(|(set, _)| set == name);
        if !is_set("max_packets") {
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
