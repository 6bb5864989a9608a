//! The limits on what an executable under test may use of the machine.

use clap::Args;

use simulation::seconds::moment;
use simulation::{Nanos, ResourceLimits};

use super::parsers::time;

#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Limits of an executable")]
pub(crate) struct LimitArguments {
    /// Stop a process that needs more memory than this, such as 256M or 2G. Address space that it only reserves does
    /// not count
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub memory: Option<u32>,
    /// Let the user who runs this have no more processes and threads than these, all runs together. The kernel does
    /// not apply that to root
    #[arg(long, value_name = "N", value_parser = processes)]
    pub processes: Option<u32>,
    /// In virtual time: stop the replicas of a run that takes longer than this in real time, such as 60s. What it
    /// strikes depends on the machine
    #[arg(long, value_name = "T", value_parser = time, allow_hyphen_values = true)]
    pub wall_time: Option<Nanos>,
    /// In virtual time: let the threads of a process take turns in one fixed way, and not as the seed draws them
    #[arg(long)]
    pub fixed_turns: bool,
}

impl LimitArguments {
    /// Returns the limits, with those of a failure file where the user gives none.
    pub(crate) fn or(&self, stored: ResourceLimits) -> LimitArguments {
        ResourceLimits::from(self).or(stored).into()
    }

    /// Returns the limits as arguments of a command, each after a space.
    pub(crate) fn as_arguments(&self) -> String {
        let LimitArguments { memory, processes, wall_time, fixed_turns } = self;
        let mut text = String::new();
        memory.iter().for_each(|mib| text.push_str(&format!(" --memory {mib}M")));
        processes.iter().for_each(|count| text.push_str(&format!(" --processes {count}")));
        if let Some(time) = *wall_time {
            let time = moment(time);
            let time = time.trim_end_matches(" s").trim_end_matches('0').trim_end_matches('.');
            text.push_str(&format!(" --wall-time {time}s"));
        }
        if *fixed_turns {
            text.push_str(" --fixed-turns");
        }
        text
    }
}

impl From<&LimitArguments> for ResourceLimits {
    fn from(arguments: &LimitArguments) -> ResourceLimits {
        ResourceLimits {
            memory_mib: arguments.memory,
            processes: arguments.processes,
            wall_time_ns: arguments.wall_time,
            fixed_turns: arguments.fixed_turns,
        }
    }
}

impl From<ResourceLimits> for LimitArguments {
    fn from(limits: ResourceLimits) -> LimitArguments {
        LimitArguments {
            memory: limits.memory_mib,
            processes: limits.processes,
            wall_time: limits.wall_time_ns,
            fixed_turns: limits.fixed_turns,
        }
    }
}

/// Parses a size in MiB or GiB.
fn memory(text: &str) -> Result<u32, String> {
    let expected = "expected a size from 16M to 1024G, such as 256M or 2G";
    let (number, unit) = match text.strip_suffix(['G', 'g']) {
        Some(number) => (number, 1_024),
        None => (text.strip_suffix(['M', 'm']).ok_or(expected)?, 1),
    };
    let mib = number.parse::<u32>().ok().and_then(|number| number.checked_mul(unit));
    mib.filter(|mib| (16..=1 << 20).contains(mib)).ok_or_else(|| expected.to_owned())
}

fn processes(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (1..=1 << 22).contains(number));
    number.ok_or_else(|| "expected a number of processes from 1 to 4194304".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_a_unit() {
        assert_eq!((memory("256M"), memory("2G")), (Ok(256), Ok(2_048)));
        for bad in ["", "M", "256", "15M", "-1M", "1.5G", "4294967295G", "1T", "256 M"] {
            assert!(memory(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn they_are_written_as_they_are_read() {
        let limits = LimitArguments {
            memory: Some(256),
            processes: Some(9),
            wall_time: Some(1_500_000_000),
            fixed_turns: true,
        };
        assert_eq!(
            limits.as_arguments(),
            " --memory 256M --processes 9 --wall-time 1.5s --fixed-turns"
        );
        assert_eq!(time("1.5s"), Ok(1_500_000_000));
    }
}
