//! A fraction between 0 and 1 as an integer, so that no float reaches the engine.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Decimal, decimal};

/// A probability or fraction from 0 to 1, in whole parts per billion.
///
/// ```
/// use simulation::units::Ratio;
///
/// let drops: Ratio = "0.15".parse()?;
/// assert_eq!(drops.ppb(), 150_000_000);
/// assert_eq!(drops.to_string(), "0.15");
/// assert!("1.5".parse::<Ratio>().is_err());
/// # Ok::<(), simulation::units::RatioError>(())
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Ratio(u32);

impl Ratio {
    /// The ratio 0: never.
    pub const ZERO: Self = Self(0);

    /// The ratio 1: always.
    pub const ONE: Self = Self(Self::BILLION);

    /// The number of parts in the whole.
    pub const BILLION: u32 = 1_000_000_000;

    /// Returns a ratio of `ppb` parts per billion; more than a billion counts as [`Ratio::ONE`].
    pub const fn from_ppb(ppb: u32) -> Self {
        if ppb > Self::BILLION { Self::ONE } else { Self(ppb) }
    }

    /// Returns the parts per billion, 0 to [`Ratio::BILLION`].
    pub const fn ppb(self) -> u32 {
        self.0
    }
}

impl FromStr for Ratio {
    type Err = RatioError;

    /// Reads a decimal number in JSON's form, such as `0.2` or `2e-1`. Digits below a billionth are dropped.
    fn from_str(text: &str) -> Result<Self, RatioError> {
        let scaled = Decimal::parse(text).map(|decimal| decimal.scaled(9));
        let ppb = scaled.filter(|scaled| scaled.lies_within(0, Self::BILLION.into()));
        match ppb.and_then(|scaled| u32::try_from(scaled.floor).ok()) {
            Some(ppb) => Ok(Self(ppb)),
            None => Err(RatioError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Ratio {
    type Error = RatioError;

    fn try_from(text: String) -> Result<Self, RatioError> {
        text.parse()
    }
}

impl From<Ratio> for String {
    fn from(ratio: Ratio) -> Self {
        ratio.to_string()
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal::show(self.0.into(), 9))
    }
}

/// The error for a text that is not a decimal number from 0 to 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatioError(String);

impl fmt::Display for RatioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a number from 0 to 1", self.0)
    }
}

impl std::error::Error for RatioError {}
