//! All integration tests, in one program: what links once is built once.

mod again;
mod causes;
mod circles;
mod command_line;
mod determinism;
mod executables;
mod explaining;
mod exploring;
mod failures;
mod families;
mod grade;
mod languages;
mod leases;
mod network_faults;
mod real_time;
mod reports;
mod requests;
mod scenario_course;
mod scenario_errors;
mod scenario_format;
mod shrinking;
mod support;
mod survival;
mod tidy;
mod verdicts;
