//! Debian's chromium, without a window, driven by the DevTools protocol.
//!
//! The browser takes commands from a pipe and answers on another one, as JSON texts with a zero byte after each, so
//! that no package for sockets is needed; a shell moves the pipes to the numbers that the browser expects.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Scratch;

/// The names that the browser goes by.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

const ARGUMENTS: &str = "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-extensions \
                         --disable-background-networking --remote-debugging-pipe";

/// A running browser with one page.
pub(crate) struct Browser {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    number: u64,
    session: String,
    /// What the page complained of: exceptions, errors in the console, breaches of its policy.
    pub complaints: Vec<String>,
    /// The browser's own folder, which must outlive it.
    _profile: Scratch,
}

impl Browser {
    /// Starts a browser; nothing where there is none, which is a failure where everything is to be tested.
    pub(crate) fn start(name: &str) -> Option<Browser> {
        let is_there = |program: &&str| {
            let version = Command::new(program).arg("--version").output();
            version.is_ok_and(|output| output.status.success())
        };
        let Some(program) = PROGRAMS.into_iter().find(is_there) else {
            super::lacks("chromium");
            return None;
        };
        let profile = Scratch::new(&format!("browser-{name}"));
        let script = format!("exec \"$0\" {ARGUMENTS} --user-data-dir=\"$1\" 3<&0 4>&1 >&2");
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).arg(program).arg(&*profile);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("a shell starts");
        let commands = child.stdin.take().expect("it is a pipe");
        let answers = BufReader::new(child.stdout.take().expect("it is a pipe"));
        let (session, complaints) = (String::new(), Vec::new());
        let mut browser =
            Browser { child, commands, answers, number: 0, session, complaints, _profile: profile };
        browser.open_page();
        Some(browser)
    }

    fn open_page(&mut self) {
        let target = self.call("Target.createTarget", json!({ "url": "about:blank" }));
        let target = json!({ "targetId": target["targetId"], "flatten": true });
        let session = self.call("Target.attachToTarget", target);
        self.session = session["sessionId"].as_str().expect("a session has a name").to_owned();
        for domain in ["Runtime.enable", "Log.enable", "Page.enable"] {
            self.call(domain, json!({}));
        }
        self.resize(1280, 800);
    }

    /// Makes the page so large, in pixels.
    pub(crate) fn resize(&mut self, width: u32, height: u32) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// Opens a file without a viewer, and waits until it is there.
    pub(crate) fn show(&mut self, file: &Path) {
        self.call("Page.navigate", json!({ "url": format!("file://{}", file.display()) }));
        let begin = Instant::now();
        let is_there = format!(
            "decodeURI(location.pathname) == {} && document.readyState == 'complete'",
            json!(file.to_string_lossy())
        );
        while self.value(&is_there) != json!(true) {
            assert!(begin.elapsed() < Duration::from_secs(30), "{} is not shown", file.display());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Opens a file, and waits until the viewer has drawn it.
    pub(crate) fn open(&mut self, file: &Path, address: &str) {
        // Else a page that differs in its address only would not be loaded again.
        self.call("Page.navigate", json!({ "url": "about:blank" }));
        self.call("Page.navigate", json!({ "url": format!("file://{}{address}", file.display()) }));
        let begin = Instant::now();
        // While a page is being loaded there may be no document.
        while self.text("document.documentElement?.dataset.ready ?? ''").is_empty() {
            assert!(begin.elapsed() < Duration::from_secs(60), "{}", self.complaints.join("\n"));
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Returns what an expression of JavaScript comes to.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let what = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let result = self.call("Runtime.evaluate", what);
        assert!(result.get("exceptionDetails").is_none(), "{expression}: {result}");
        result["result"]["value"].clone()
    }

    /// Returns what an expression comes to, which is a text.
    pub(crate) fn text(&mut self, expression: &str) -> String {
        self.value(expression).as_str().unwrap_or_default().to_owned()
    }

    /// Presses a key, and waits until the page has drawn what follows.
    pub(crate) fn press(&mut self, key: &str) {
        let text = if key.chars().count() == 1 { key } else { "" };
        self.call("Input.dispatchKeyEvent", json!({ "type": "keyDown", "key": key, "text": text }));
        self.call("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": key }));
        self.settle();
    }

    /// Changes the part of the address that says what is looked at.
    pub(crate) fn look_at(&mut self, address: &str) {
        // The address that is there already makes no event.
        self.value(&format!(
            "new Promise((seen) => {{ addEventListener('hashchange', () => seen(0), {{ once: true }}); \
             setTimeout(() => seen(0), 2000); location.hash = {}; }})",
            json!(address)
        ));
        self.settle();
    }

    /// Waits until what was asked of the page is drawn.
    pub(crate) fn settle(&mut self) {
        let drawn = "new Promise(drawn => setTimeout(() => requestAnimationFrame(() => \
             requestAnimationFrame(() => drawn(0)))))";
        self.value(drawn);
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.number += 1;
        let mut command = json!({ "id": self.number, "method": method, "params": parameters });
        if !self.session.is_empty() {
            command["sessionId"] = json!(self.session);
        }
        let mut text = command.to_string().into_bytes();
        text.push(0);
        self.commands.write_all(&text).expect("the browser listens");
        loop {
            let mut answer = Vec::new();
            self.answers.read_until(0, &mut answer).expect("the browser answers");
            assert_eq!(answer.pop(), Some(0), "the browser has ended");
            let answer: Value = serde_json::from_slice(&answer).expect("an answer is JSON");
            if answer["id"] == json!(self.number) {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.note(&answer);
        }
    }

    /// Keeps an event that is a complaint.
    fn note(&mut self, event: &Value) {
        let parameters = &event["params"];
        let complaint = match event["method"].as_str().unwrap_or_default() {
            "Runtime.exceptionThrown" => Some(&parameters["exceptionDetails"]),
            "Runtime.consoleAPICalled" => Some(parameters),
            "Log.entryAdded" => Some(&parameters["entry"]),
            _ => None,
        };
        self.complaints.extend(complaint.map(Value::to_string));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
