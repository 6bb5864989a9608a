//! Colours. A stream removes them if it is no terminal, or if `NO_COLOR` is set.

use anstyle::{AnsiColor, Style};

use simulation::check::Class;
use simulation::metrics::Tier;

/// A style where there are colours at all.
const fn of(style: Style) -> Style {
    if cfg!(feature = "terminal") { style } else { Style::new() }
}

/// The style of headings.
pub const BOLD: Style = of(Style::new().bold());
/// The style of what is there for completeness.
pub const DIM: Style = of(Style::new().dimmed());
/// The style of results that are as they should be.
pub const GOOD: Style = of(AnsiColor::Green.on_default());
/// The style of results that are better than that.
pub const BEST: Style = of(AnsiColor::Cyan.on_default());
/// The style of results that could be better.
pub const FAIR: Style = of(AnsiColor::Yellow.on_default());
/// The style of failures.
pub const BAD: Style = of(AnsiColor::Red.on_default().bold());

/// Returns the style of a class.
pub fn of_class(class: Class) -> Style {
    match class {
        Class::Pass => GOOD,
        Class::Budget | Class::Unknown => FAIR,
        Class::Liveness | Class::Correctness | Class::Crash => BAD,
    }
}

/// Returns the style of a tier.
pub fn of_tier(tier: Tier) -> Style {
    match tier {
        Tier::Bonus => BEST,
        Tier::Full => GOOD,
        Tier::Partial => FAIR,
        Tier::None => BAD,
    }
}
