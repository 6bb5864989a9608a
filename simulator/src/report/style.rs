//! Colours. A stream that is no terminal strips them again, as `NO_COLOR` does.

use anstyle::{AnsiColor, Style};

use simulation::check::Class;
use simulation::metrics::Tier;

/// Headings.
pub const BOLD: Style = Style::new().bold();
/// What is there for completeness.
pub const DIM: Style = Style::new().dimmed();
/// All is well.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// Better than well.
pub const BEST: Style = AnsiColor::Cyan.on_default();
/// Could be better.
pub const FAIR: Style = AnsiColor::Yellow.on_default();
/// Wrong.
pub const BAD: Style = AnsiColor::Red.on_default().bold();

/// The style of a verdict.
pub fn of_class(class: Class) -> Style {
    match class {
        Class::Pass => GOOD,
        Class::Budget | Class::Unknown => FAIR,
        Class::Liveness | Class::Correctness | Class::Crash => BAD,
    }
}

/// The style of a grade.
pub fn of_tier(tier: Tier) -> Style {
    match tier {
        Tier::Bonus => BEST,
        Tier::Full => GOOD,
        Tier::Partial => FAIR,
        Tier::None => BAD,
    }
}
