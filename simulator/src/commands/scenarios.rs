//! `simulator scenarios`: what the embedded scenarios are, and their files.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::files::{self, Embedded};
use crate::report::style;
use simulation::scenario::{Event, Scenario};
use simulation::seconds::seconds;
use simulation::text::{count, shell_word};
use simulation::units::Ratio;

use super::error::CliError;
use super::program_name::program;

/// List the embedded scenarios, or write them out.
///
/// The program carries these scenarios with it, so they can be run by name in any folder: `run crash-3`, `suite
/// swarm`, `explore scenarios`. A file or folder of the same name is taken instead.
#[derive(Debug, Args)]
pub(crate) struct ScenariosArguments {
    /// Write the scenario files to DIR, with a folder for each family; no file that exists is overwritten
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,
}

/// The width of the list: what the narrowest usual terminal shows.
const WIDTH: usize = 80;

/// The columns that names take, with the space around them.
const NAME_WIDTH: usize = 26;

/// A space at which no line is broken.
const NO_BREAK: &str = "\u{a0}";

/// Carries the command out.
pub(crate) fn run(arguments: &ScenariosArguments, out: &mut dyn Write) -> Result<u8, CliError> {
    match &arguments.write {
        Some(folder) => write_files(folder, out)?,
        None => list(out)?,
    }
    Ok(0)
}

/// Lists the scenarios, family by family, each with what it is about.
fn list(out: &mut dyn Write) -> Result<(), CliError> {
    let bold = style::BOLD;
    let mut family = None;
    for embedded in files::embedded_scenarios() {
        if family != Some(embedded.family) {
            let gap = if family.is_some() { "\n" } else { "" };
            writeln!(out, "{gap}{bold}{}{bold:#}", embedded.family)?;
            family = Some(embedded.family);
        }
        let (scenario, _) = Scenario::of_file(embedded.path, embedded.text.as_bytes())?;
        let name = format!("  {}", scenario.name);
        let about = about(&scenario);
        for (number, line) in wrapped(&about, WIDTH - NAME_WIDTH).iter().enumerate() {
            let name = if number == 0 { &name } else { "" };
            writeln!(out, "{name:NAME_WIDTH$}{}", line.replace(NO_BREAK, " "))?;
        }
    }
    let program = program();
    writeln!(out, "\nOne: {program} run crash-3. A family: {program} suite swarm.")?;
    Ok(())
}

/// What a scenario says of itself; the course's scenarios, which say nothing, by what they consist of.
fn about(scenario: &Scenario) -> String {
    if let Some(about) = &scenario.extension.about {
        return about.clone();
    }
    let mut parts = vec![count(scenario.requests, "request")];
    parts.push(format!("{} gets", percent(scenario.mix)));
    if scenario.drops != Ratio::ZERO {
        parts.push(format!("{} of messages lost", percent(scenario.drops)));
    }
    let event =
        |it: &Event| format!("{} at {}", it.kind.name(), seconds(it.at)).replace(' ', NO_BREAK);
    let events: Vec<String> = scenario.events.iter().map(event).collect();
    let events = if events.is_empty() { String::new() } else { format!(": {}", events.join(", ")) };
    parts.join(", ") + &events
}

/// A ratio as a percentage, to the last digit.
fn percent(ratio: Ratio) -> String {
    let ppb = ratio.ppb();
    let (whole, rest) = (ppb / 10_000_000, ppb % 10_000_000);
    let rest = format!("{rest:07}");
    let rest = rest.trim_end_matches('0');
    let point = if rest.is_empty() { "" } else { "." };
    format!("{whole}{point}{rest} %")
}

/// Breaks a text into lines of at most `width` characters, between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().filter(|line| {
            line.is_empty() || line.chars().count() + 1 + word.chars().count() <= width
        });
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => line.extend([" ", word]),
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Writes all files, below a folder for each family. Looks at all of them first, so that none is written if one
/// cannot be.
fn write_files(folder: &Path, out: &mut dyn Write) -> Result<(), CliError> {
    let all: Vec<(PathBuf, Embedded)> = files::embedded_scenarios()
        .into_iter()
        .map(|it| (folder.join(it.path_in_root()), it))
        .collect();
    if let Some((path, _)) = all.iter().find(|(path, _)| path.exists()) {
        return Err(CliError::Usage(format!(
            "{}: it exists, and is not overwritten: give another folder",
            path.display()
        )));
    }
    for (path, embedded) in &all {
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(CliError::file(parent, "created as a folder"))?;
        let written =
            File::create_new(path).and_then(|mut file| file.write_all(embedded.text.as_bytes()));
        written.map_err(CliError::file(path, "written"))?;
    }
    let course = shell_word(&folder.join("course"));
    writeln!(out, "wrote {} to {}", count(all.len(), "scenario"), folder.display())?;
    writeln!(out, "\nRun a family of them:\n\n    {} suite {course}", program())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_exact() {
        let percent_of = |ppb| percent(Ratio::from_ppb(ppb));
        assert_eq!(percent_of(200_000_000), "20 %");
        assert_eq!(percent_of(1_500_000), "0.15 %");
        assert_eq!(percent_of(1_000_000_000), "100 %");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("a bc def", 4), ["a bc", "def"]);
        assert_eq!(wrapped("abcdef g", 3), ["abcdef", "g"]);
        assert_eq!(wrapped("", 3), [""]);
    }
}
