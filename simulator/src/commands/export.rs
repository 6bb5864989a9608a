//! `simulator export`: writes a run in the format of another tool.

use std::io::{self, Write};

use crate::files::load_failure;
use crate::report::export::{chrome, edn, porcupine, shiviz};
use crate::report::layout::Page;
use simulation::engine::Options;
use simulation::evidence::Evidence;

use super::error::{CliError, is_failure};
use super::export_arguments::{ExportArguments, ExportFormat};
use super::replay::replay_plan;
use super::run::{load, run_once, write_file};
use super::target::Target;

/// Runs the command.
pub(crate) fn run(arguments: &ExportArguments, out: &mut Page<'_>) -> Result<u8, CliError> {
    let options = options(arguments.to);
    let why = "a run is made again to be written, and real time never gives the same one";
    let path = &arguments.source;
    let outcome = if is_failure(path) {
        if arguments.seed.is_some() {
            let what = "--seed is for scenarios: a failure file holds its own seed";
            return Err(CliError::Usage(format!("{}: {what}", path.display())));
        }
        let failure = load_failure(path)?;
        let target = Target::of_failure(&arguments.target, &failure)?;
        target.refuse_real_time(why)?;
        replay_plan(&target, path, &failure.plan, options)
    } else {
        let target = Target::new(&arguments.target)?;
        target.refuse_real_time(why)?;
        let (scenario, seed) = load(path, arguments.seed)?;
        run_once(&target, &scenario, seed, options)
    };
    let Evidence { history, own, .. } = &outcome.evidence;
    if own.is_some() && options.history {
        let what = "this format is for the operations of a key-value store; `run --history` writes any service's";
        return Err(CliError::Usage(format!("{}: {what}", path.display())));
    }
    let write = |out: &mut dyn Write| match arguments.to {
        ExportFormat::Chrome => chrome::write(out, &outcome),
        ExportFormat::Shiviz => shiviz::write(out, &outcome),
        ExportFormat::Edn => edn::write(out, history),
        ExportFormat::PorcupineKv => porcupine::write_kv(out, history),
        ExportFormat::PorcupineEtcd => {
            porcupine::write_etcd(out, history, arguments.key.as_deref())
        }
    };
    // What the format cannot say is found before a file is made.
    let mut text = Vec::new();
    write(&mut text)
        .map_err(|error: io::Error| CliError::Usage(format!("{}: {error}", path.display())))?;
    match &arguments.output {
        Some(file) => write_file(file, |file| file.write_all(&text))?,
        None => out.verbatim()?.write_all(&text)?,
    }
    Ok(0)
}

/// Returns what a run must record for a format.
fn options(format: ExportFormat) -> Options {
    let is_drawn = matches!(format, ExportFormat::Chrome | ExportFormat::Shiviz);
    Options { trace: is_drawn, picture: is_drawn, history: !is_drawn, ..Options::default() }
}
