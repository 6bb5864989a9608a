//! A pager for long output on a terminal, as git has it: `PAGER`, else `less`, which ends by itself where the output
//! fits the screen.

use std::io::{self, IsTerminal, Stdout, Write};
use std::process::{Child, Command, Stdio};

/// The pager where `PAGER` names none.
const DEFAULT: &str = "less";

/// What `less` and `lv` are told, unless the user tells them something else: to end where all fits the screen, to show
/// colours, and to leave the text on the terminal.
const VARIABLES: [(&str, &str); 2] = [("LESS", "FRX"), ("LV", "-c")];

/// The standard output, through a pager where that helps. It is started with the first output.
#[derive(Debug)]
pub(super) enum Output {
    /// Nothing has been written yet.
    Waiting(String),
    /// What is written goes to the pager.
    Paged(Child),
    /// What is written goes where it always goes.
    Plain(Stdout),
}

impl Output {
    /// The standard output as it is.
    pub(super) fn plain() -> Output {
        Output::Plain(io::stdout())
    }

    /// The standard output, through a pager if it is a terminal and the user has not turned pagers off.
    pub(super) fn paged() -> Output {
        let pager = std::env::var("PAGER").unwrap_or_else(|_| DEFAULT.to_owned());
        let is_off = matches!(pager.trim(), "" | "cat");
        if is_off || !io::stdout().is_terminal() {
            return Output::plain();
        }
        Output::Waiting(pager)
    }

    /// Waits until the user has seen enough.
    pub(super) fn finish(self) {
        if let Output::Paged(mut child) = self {
            drop(child.stdin.take());
            // It has nothing to tell.
            let _ = child.wait();
        }
    }

    fn start(&mut self) {
        let Output::Waiting(pager) = self else { return };
        *self = match start(pager) {
            Ok(child) => {
                // Ctrl-C is the pager's, which would be left behind on the terminal.
                let _ = ctrlc::set_handler(|| {});
                Output::Paged(child)
            }
            Err(error) => {
                if *pager != DEFAULT {
                    eprintln!("warning: the pager {pager} cannot be started: {error}");
                }
                Output::plain()
            }
        };
    }

    fn out(&mut self) -> io::Result<&mut dyn Write> {
        self.start();
        match self {
            Output::Plain(stdout) => Ok(stdout),
            Output::Paged(Child { stdin: Some(stdin), .. }) => Ok(stdin),
            Output::Paged(_) | Output::Waiting(_) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        if matches!(self, Output::Waiting(_)) { Ok(()) } else { self.out()?.flush() }
    }
}

/// Starts a pager: directly where that is possible, which tells whether it exists; else through a shell.
fn start(pager: &str) -> io::Result<Child> {
    let is_plain = |c: char| c.is_alphanumeric() || " /._-+=,:@%".contains(c);
    let mut command = if pager.chars().all(is_plain) {
        let mut words = pager.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words);
        command
    } else {
        let mut command = Command::new("sh");
        command.args(["-c", pager]);
        command
    };
    let unset = VARIABLES.iter().filter(|(name, _)| std::env::var_os(name).is_none());
    command.envs(unset.copied()).stdin(Stdio::piped()).spawn()
}
