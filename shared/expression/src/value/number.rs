//! Numbers: exact as long as they are integers of at most 127 bits, else doubles.
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "conversions round and saturate, as jq's do"
)]

use std::cmp::Ordering;

use super::{Error, Val};

/// A number. Integers that fit are always `Int`; results of arithmetic that are integral become
/// integers again, so that `6 / 2` prints as `3`.
#[derive(Clone, Debug)]
pub(crate) enum Num {
    Int(i64),
    /// An integer beyond 64 bits.
    Wide(Box<i128>),
    Float(f64),
}

/// Doubles below this are converted to integers without doubt.
const EXACT: f64 = 9.2e18;

impl Num {
    pub(crate) fn from_i128(int: i128) -> Self {
        i64::try_from(int).map_or_else(|_| Self::Wide(Box::new(int)), Self::Int)
    }

    /// The result of a computation.
    pub(crate) fn from_f64(float: f64) -> Self {
        if float.fract() == 0.0 && float.abs() < EXACT {
            Self::Int(truncated(float) as i64)
        } else {
            Self::Float(float)
        }
    }

    /// A number as written in a program or string: JSON's grammar, and a leading `+` or point.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        {
            return None;
        }
        match text.parse::<i128>() {
            Ok(int) => Some(Self::from_i128(int)),
            Err(_) => text.parse().ok().map(Self::Float),
        }
    }

    pub(crate) fn as_f64(&self) -> f64 {
        match self {
            Self::Int(int) => *int as f64,
            Self::Wide(int) => **int as f64,
            Self::Float(float) => *float,
        }
    }

    /// The integer, if it is one.
    pub(crate) fn as_i128(&self) -> Option<i128> {
        match self {
            Self::Int(int) => Some((*int).into()),
            Self::Wide(int) => Some(**int),
            Self::Float(float) => {
                (float.fract() == 0.0 && float.abs() < EXACT).then(|| truncated(*float))
            }
        }
    }

    /// Rounded down; saturated. `None` if it is not a number.
    pub(crate) fn floor(&self) -> Option<i128> {
        match self {
            Self::Int(int) => Some((*int).into()),
            Self::Wide(int) => Some(**int),
            Self::Float(float) => (!float.is_nan()).then(|| truncated(float.floor())),
        }
    }

    pub(crate) fn is_nan(&self) -> bool {
        matches!(self, Self::Float(float) if float.is_nan())
    }

    pub(crate) fn abs(&self) -> Self {
        match self {
            Self::Int(int) => Self::from_i128(i128::from(*int).abs()),
            Self::Wide(int) => Self::from_i128(int.saturating_abs()),
            Self::Float(float) => Self::Float(float.abs()),
        }
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        self.compute(other, i128::checked_add, |x, y| x + y)
    }

    pub(crate) fn sub(&self, other: &Self) -> Self {
        self.compute(other, i128::checked_sub, |x, y| x - y)
    }

    pub(crate) fn mul(&self, other: &Self) -> Self {
        self.compute(other, i128::checked_mul, |x, y| x * y)
    }

    pub(crate) fn div(&self, other: &Self) -> Result<Self, Error> {
        if other.as_f64() == 0.0 {
            return Err(by_zero("divided"));
        }
        let exact = |x: i128, y: i128| (x.checked_rem(y)? == 0).then(|| x / y);
        Ok(self.compute(other, exact, |x, y| x / y))
    }

    /// jq's remainder: of the truncated operands, with the sign of the left one.
    pub(crate) fn rem(&self, other: &Self) -> Result<Self, Error> {
        if self.is_nan() || other.is_nan() {
            return Ok(Self::Float(f64::NAN));
        }
        let (left, right) = (self.truncated(), other.truncated());
        if right == 0 {
            return Err(by_zero("divided (remainder)"));
        }
        Ok(Self::from_i128(left.checked_rem(right).unwrap_or(0)))
    }

    pub(crate) fn neg(&self) -> Self {
        match self {
            Self::Int(int) => Self::from_i128(-i128::from(*int)),
            Self::Wide(int) => int
                .checked_neg()
                .map_or(Self::Float(-(**int as f64)), Self::from_i128),
            Self::Float(float) => Self::Float(-float),
        }
    }

    /// A total order, in which not-a-number equals itself and comes first.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Float(x), Self::Float(y)) => order_floats(*x, *y),
            (Self::Float(x), Self::Int(_) | Self::Wide(_)) => {
                order_int(other.truncated(), *x).reverse()
            }
            (Self::Int(_) | Self::Wide(_), Self::Float(y)) => order_int(self.truncated(), *y),
            (Self::Int(_) | Self::Wide(_), Self::Int(_) | Self::Wide(_)) => {
                self.truncated().cmp(&other.truncated())
            }
        }
    }

    fn truncated(&self) -> i128 {
        match self {
            Self::Int(int) => (*int).into(),
            Self::Wide(int) => **int,
            Self::Float(float) => truncated(*float),
        }
    }

    fn compute(
        &self,
        other: &Self,
        ints: impl FnOnce(i128, i128) -> Option<i128>,
        floats: impl FnOnce(f64, f64) -> f64,
    ) -> Self {
        let exact = match (self, other) {
            (Self::Float(_), _) | (_, Self::Float(_)) => None,
            (Self::Int(_) | Self::Wide(_), Self::Int(_) | Self::Wide(_)) => {
                ints(self.truncated(), other.truncated())
            }
        };
        exact.map_or_else(
            || Self::from_f64(floats(self.as_f64(), other.as_f64())),
            Self::from_i128,
        )
    }
}

fn by_zero(what: &str) -> Error {
    Error::new(Val::string(format!(
        "number and number cannot be {what} because the divisor is zero"
    )))
}

fn truncated(float: f64) -> i128 {
    float as i128
}

fn order_floats(x: f64, y: f64) -> Ordering {
    x.partial_cmp(&y)
        .unwrap_or_else(|| y.is_nan().cmp(&x.is_nan()))
}

/// Compares exactly, since rounding the integer would not give a total order.
fn order_int(int: i128, float: f64) -> Ordering {
    if float.is_nan() {
        return Ordering::Greater;
    }
    if float.is_infinite() {
        return if float > 0.0 {
            Ordering::Less
        } else {
            Ordering::Greater
        };
    }
    let whole = truncated(float);
    int.cmp(&whole)
        .then_with(|| order_floats(0.0, float - float.trunc()))
}
