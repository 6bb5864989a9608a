//! Runs the original simulator, a Python script, as a process.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use simulation::scenario::Scenario;

use crate::report;
use crate::sample::Sample;

/// The time that Python may take to start and to finish.
const PATIENCE: Duration = Duration::from_secs(30);

/// The time that an interrupted run has to stop its replicas.
const GRACE: Duration = Duration::from_secs(5);

/// The original simulator, on this machine.
#[derive(Debug)]
pub(crate) struct Original {
    script: PathBuf,
}

impl Original {
    /// Finds the script `run` in its folder.
    ///
    /// # Errors
    ///
    /// If it does not exist, or no `python3` starts.
    pub(crate) fn open(folder: &Path) -> Result<Original, String> {
        let script = absolute(&folder.join("run")).map_err(|error| {
            format!(
                "{error}; the argument should be the folder of the original simulator, \
                 which holds its script `run`"
            )
        })?;
        if !python_exists() {
            return Err("the original simulator is a Python script, but python3 cannot be started"
                .to_owned());
        }
        Ok(Original { script })
    }

    /// Runs one scenario in real time, in a fresh folder, and reads the output.
    ///
    /// # Errors
    ///
    /// If the replica or the scenario's file cannot be read, the run does not end in time (it is stopped then), or
    /// its statistics cannot be parsed.
    pub(crate) fn run(&self, replica: &Path, scenario: &Scenario) -> Result<Sample, String> {
        let file = scenario.path.as_deref();
        let file = absolute(file.ok_or("the original needs a scenario in a file")?)?;
        let folder = Scratch::new().map_err(|error| format!("no temporary folder: {error}"))?;
        let output = folder.0.join("output");
        let limit = Duration::from_nanos(scenario.duration()) + PATIENCE;
        let ended = self
            .start(&absolute(replica)?, &file, &folder.0, &output)
            .and_then(|mut python| wait_or_stop(&mut python, limit))
            .map_err(|error| format!("python3 cannot be run: {error}"))?;
        if !ended {
            return Err(format!("it did not end within {} s", limit.as_secs()));
        }
        let output = fs::read(&output).map_err(|error| format!("its output is gone: {error}"))?;
        report::parse(&String::from_utf8_lossy(&output))
    }

    fn start(
        &self,
        replica: &Path,
        scenario: &Path,
        folder: &Path,
        output: &Path,
    ) -> io::Result<Child> {
        let output = File::create(output)?;
        Command::new("python3")
            .arg(&self.script)
            .arg("-s")
            .arg("-r")
            .args([replica, scenario])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stderr(output.try_clone()?)
            .stdout(output)
            .spawn()
    }
}

/// Returns true if the interpreter that the original needs can be started.
pub(crate) fn python_exists() -> bool {
    let version = Command::new("python3").arg("--version").output();
    version.is_ok_and(|output| output.status.success())
}

/// Returns the absolute path of a file.
///
/// Runs need it, because they have a working folder of their own.
///
/// # Errors
///
/// If the file cannot be read.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, String> {
    let problem = |error| format!("{} cannot be read: {error}", path.display());
    let path = path.canonicalize().map_err(problem)?;
    File::open(&path).map_err(problem)?;
    Ok(path)
}

/// Returns true if the run ended by itself.
///
/// A run that takes too long is interrupted as by Ctrl-C. Only then does the original stop its replicas, each of
/// which is in a process group of its own.
fn wait_or_stop(python: &mut Child, limit: Duration) -> io::Result<bool> {
    if ends_within(python, limit)? {
        return Ok(true);
    }
    let id = python.id().to_string();
    Command::new("kill").args(["-INT", &id]).status()?;
    if !ends_within(python, GRACE)? {
        python.kill()?;
        python.wait()?;
    }
    Ok(false)
}

fn ends_within(child: &mut Child, limit: Duration) -> io::Result<bool> {
    let started = Instant::now();
    while started.elapsed() < limit {
        if child.try_wait()?.is_some() {
            return Ok(true);
        }
        sleep(Duration::from_millis(100));
    }
    Ok(false)
}

/// A folder that is removed with its owner.
///
/// Some replicas write files in the folder where they are started.
pub(crate) struct Scratch(pub PathBuf);

impl Scratch {
    /// Makes a folder.
    pub(crate) fn new() -> io::Result<Scratch> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("agreement-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder)?;
        Ok(Scratch(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that is left in the temporary folder does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_the_script_is_an_error_that_names_it() {
        let error = Original::open(Path::new("no/such/folder")).expect_err("there is none");
        assert!(error.starts_with("no/such/folder/run cannot be read: "), "{error}");
    }

    #[test]
    fn a_run_that_takes_too_long_is_stopped() -> io::Result<()> {
        let mut child = Command::new("sleep").arg("60").spawn()?;
        assert!(!wait_or_stop(&mut child, Duration::ZERO)?);
        assert!(child.try_wait()?.is_some(), "it still runs");
        Ok(())
    }
}
